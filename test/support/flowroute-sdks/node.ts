/** flowroute-messaging-nodejs and flowroute-sdk-v3-nodejs */

import { enveloped, type Habits, until206 } from "./sdk.ts";
import { named } from "./v3.ts";

export const node2: Habits = {
  name: "Node for v2",
  version: "v2",
  headers: { POST: { "content-type": "application/json; charset=utf-8" }, GET: {} },
  write: ({ to, from, text }) => ({ to, from, content: text }),
  canLookUp: true,
  succeeds: until206,
  // Handed over as it came, in either case.
  read: (body) => body,
  fail(operation, status, body) {
    const words: Record<number, string> = operation === "send" ? { 401: "UNAUTHORIZED", 403: "FORBIDDEN" } : {};
    throw new Error(`${words[status] ?? "HTTP Response Not OK"} ${status} ${body}`);
  },
  hears: {
    wrongKey: /^UNAUTHORIZED 401 \{"errors":\[/,
    badNumber: /^FORBIDDEN 403 \{"errors":\[/,
    nobodys: /^HTTP Response Not OK 404 \{"errors":\[/,
  },
};

export const node3: Habits = {
  name: "Node v3",
  version: "v2.1",
  headers: {
    // The media type says JSON, the body is JSON:API's.
    POST: { "user-agent": "Flowroute SDK v3.0", "content-type": "application/json; charset=utf-8" },
    PUT: { "user-agent": "Flowroute SDK v3.0", "content-type": "application/json; charset=utf-8" },
    GET: { "user-agent": "Flowroute SDK v3.0", accept: "application/json" },
  },
  write: enveloped,
  canLookUp: true,
  date: (at) => encodeURIComponent(new Date(at).toISOString().replace(/\.\d+Z$/, "Z")),
  succeeds: until206,
  read: (body) => JSON.parse(body),
  ...named,
};
