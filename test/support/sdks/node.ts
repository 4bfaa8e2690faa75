/** Node 1.8.5 */

import { randomUUID } from "node:crypto";
import { ANY_DATE, MODELS, readAs } from "./models.ts";
import { concatenated, type Habits, lastSegment, type Operation, p256 } from "./sdk.ts";

const NOTHING: readonly Operation[] = [
  ...(["lookup", "getKeyword", "getInMessage", "getOutMessage", "getMerchant", "getOtp", "getTransaction"] as const),
  ...(["getConfig", "validity", "verifyPincode", "getServerKey", "getClientKey"] as const),
];

export const node: Habits = {
  name: "Node",
  keyName: "NodeSdkTest2025",
  merchantId: "NodeSdkTest",
  serviceCode: "10001",
  newKeyPair: p256,
  scheme: "HMAC",
  headers: { "x-sdk": "Node", "x-sdk-version": "1.8.5" },
  // fetch says text/plain;charset=UTF-8 for a text.
  contentType: "of the library",
  nonce: () => randomUUID(),
  address: concatenated,
  inPath: encodeURIComponent,
  inQuery: encodeURIComponent,
  // A quote in a query is signed as it is; the library escapes it on the way.
  signed: (url) => url.toLowerCase(),
  signsPing: true,
  success: "listed",
  // Every other status is read as JSON, and is no exception: a body that is none makes it one.
  failure: (status, body) => ({ error: "InvalidResponse", status, message: JSON.parse(body) }),
  isNothing: (operation) => NOTHING.includes(operation),
  idOf: lastSegment,
  read: (model, value) => readAs({ date: ANY_DATE, hasTypes: false }, model, value),
  write(model, value) {
    // Its own check, before anything is sent: no members but the schema's, no nulls, no empty texts.
    if (model !== "OutMessage" && model !== "Keyword") return value;
    for (const [name, member] of Object.entries(value)) {
      if (!(name in MODELS[model])) throw new Error(`${name} is not allowed`);
      if (member === null || member === "") throw new Error(`${name} is not allowed to be empty`);
    }
    return value;
  },
  readBoolean: (text) => JSON.parse(text) === true,
  validityPath: "validity",
};
