/** flowroute-messaging-php and flowroute-sdk-v3-php */

import { type Habits, until206 } from "./sdk.ts";
import { named } from "./v3.ts";

export const php2: Habits = {
  name: "PHP for v2",
  version: "v2",
  headers: {
    POST: {
      "user-agent": "Flowroute Messaging SDK 1.0",
      "content-type": "application/json; charset=utf-8",
      accept: "*/*",
    },
    GET: { "user-agent": "Flowroute Messaging SDK 1.0", accept: "*/*" },
  },
  write: ({ to, from, text }) => ({ to, from, content: text }),
  canLookUp: true,
  succeeds: until206,
  read: (body) => JSON.parse(body),
  fail(operation, status, body) {
    const words: Record<number, string> = operation === "send" ? { 401: "UNAUTHORIZED", 403: "FORBIDDEN" } : {};
    throw new Error(`APIException: ${words[status] ?? "HTTP Response Not OK"} ${status} ${body}`);
  },
  hears: {
    wrongKey: /^APIException: UNAUTHORIZED 401 \{"errors":\[/,
    badNumber: /^APIException: FORBIDDEN 403 \{"errors":\[/,
    nobodys: /^APIException: HTTP Response Not OK 404 \{"errors":\[/,
  },
};

export const php3: Habits = {
  name: "PHP v3",
  version: "v2.1",
  headers: {
    POST: {
      "user-agent": "Flowroute SDK v3.0",
      "content-type": "application/vnd.api+json",
      accept: "*/*",
      "accept-encoding": "deflate, gzip, br, zstd",
    },
    PUT: {
      "user-agent": "Flowroute SDK v3.0",
      "content-type": "application/vnd.api+json",
      accept: "*/*",
      "accept-encoding": "deflate, gzip, br, zstd",
    },
    GET: {
      "user-agent": "Flowroute SDK v3.0",
      accept: "application/json",
      "accept-encoding": "deflate, gzip, br, zstd",
    },
  },
  // The media type says JSON:API, the body is flat.
  write: ({ to, from, text }) => ({ to, from, body: text }),
  canLookUp: true,
  date: (at) => encodeURIComponent(new Date(at).toISOString().replace(/\.\d+Z$/, "+00:00")),
  succeeds: until206,
  read: (body) => JSON.parse(body),
  ...named,
};
