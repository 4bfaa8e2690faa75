/** Two of npm's that are not the vendor's: flowroute-sms 1.1, and FredLackey's flowroute-sms-api. */

import { enveloped, type Habits } from "./sdk.ts";

function checkKey(accessKey: string): void {
  if (!/^\d+$/.test(accessKey)) throw new Error("the access key must be numeric");
}

export const flowrouteSms: Habits = {
  name: "flowroute-sms",
  version: "v2",
  headers: {
    POST: { "content-type": "application/json", accept: "application/json" },
    GET: { accept: "application/json" },
  },
  check(_, text) {
    for (const number of [text?.to, text?.from]) {
      if (!/^1\d{10}$/.test(number ?? "")) throw new Error("a number must have 11 digits and begin with 1");
    }
  },
  write: ({ to, from, text }) => ({ to, from, body: text }),
  canLookUp: true,
  // A day.
  date: (at) => new Date(at).toISOString().slice(0, 10),
  // It does not look at the status: an error is a result like another.
  succeeds: () => true,
  read(body, operation) {
    const read = JSON.parse(body);
    return operation === "list" ? read : read.data || read;
  },
  fail: () => undefined,
  hears: {
    wrongKey: /^\{"errors":\[\{"id":"[^"]+","status":401,/,
    badNumber: /must have 11 digits/,
    nobodys: /^\{"errors":\[\{"id":"[^"]+","status":404,/,
  },
};

export const fredLackey: Habits = {
  name: "flowroute-sms-api",
  version: "v2.1",
  headers: { POST: { "content-type": "application/vnd.api+json", accept: "application/vnd.api+json" } },
  check(accessKey, text) {
    checkKey(accessKey);
    if ((text?.text ?? "").length > 70) throw new Error("too long");
  },
  write: enveloped,
  canLookUp: false,
  // 202 and nothing else.
  succeeds: (status) => status === 202,
  read: (body) => JSON.parse(body),
  fail() {
    throw new ReferenceError("response is not defined");
  },
  hears: { wrongKey: /^response is not defined$/, badNumber: /^response is not defined$/, nobodys: /^/ },
};
