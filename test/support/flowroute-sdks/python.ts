/** flowroute-messaging-python and flowroute-sdk-v3-python */

import { enveloped, type Habits, until206 } from "./sdk.ts";
import { named } from "./v3.ts";

export const python2: Habits = {
  name: "Python for v2",
  version: "v2",
  headers: {
    POST: {
      "user-agent": "Flowroute Messaging SDK 1.0",
      "content-type": "application/json; charset=utf-8",
      accept: "*/*",
      "accept-encoding": "gzip, deflate",
    },
    GET: { "user-agent": "python-requests/2.28.1", accept: "*/*", "accept-encoding": "gzip, deflate" },
  },
  write: ({ to, from, text }) => ({ to, from, content: text }),
  canLookUp: true,
  succeeds: until206,
  read: (body) => JSON.parse(body),
  fail(operation, status, body) {
    // Decoded before the status is looked at, so that a body that is no JSON is what the program hears of.
    const decoded = JSON.parse(body);
    const words: Record<number, string> = operation === "send" ? { 401: "UNAUTHORIZED", 403: "FORBIDDEN" } : {};
    throw new Error(
      `APIException: ${words[status] ?? "HTTP Response Not OK"} ${status} ${JSON.stringify(decoded.errors)}`,
    );
  },
  hears: {
    wrongKey: /^APIException: UNAUTHORIZED 401 \[\{"id":/,
    badNumber: /^APIException: FORBIDDEN 403 \[/,
    nobodys: /^APIException: HTTP Response Not OK 404 \[/,
  },
};

export const python3: Habits = {
  name: "Python v3",
  version: "v2.1",
  headers: {
    POST: {
      "user-agent": "Flowroute SDK v3.0",
      accept: "application/vnd.api+json",
      "content-type": "application/vnd.api+json; charset=utf-8",
      "accept-encoding": "gzip, deflate",
    },
    PUT: {
      "user-agent": "Flowroute SDK v3.0",
      accept: "application/vnd.api+json",
      "content-type": "application/vnd.api+json; charset=utf-8",
      "accept-encoding": "gzip, deflate",
    },
    GET: { "user-agent": "Flowroute SDK v3.0", accept: "application/json", "accept-encoding": "gzip, deflate" },
  },
  write: enveloped,
  canLookUp: true,
  // A datetime without a zone.
  date: (at) => encodeURIComponent(new Date(at).toISOString().replace(/\.\d+Z$/, "")),
  succeeds: until206,
  read: (body) => JSON.parse(body),
  ...named,
};
