/** Java 1.8.13 */

import { randomUUID } from "node:crypto";
import { readAs } from "./models.ts";
import { asForm, concatenated, type Habits, lastSegment, type Operation, p256 } from "./sdk.ts";

const NOTHING: readonly Operation[] = [
  ...(["getKeyword", "getInMessage", "getOutMessage", "getMerchant", "getOtp", "getTransaction"] as const),
  ...(["getConfig", "validity", "verifyPincode", "getServerKey", "getClientKey"] as const),
];

export const java: Habits = {
  name: "Java",
  keyName: "JavaSdkTest2024",
  merchantId: "JavaSdkTest",
  serviceCode: "10001",
  newKeyPair: p256,
  scheme: "HMAC",
  headers: { "x-sdk": "Java", "x-sdk-version": "1.8.13" },
  contentType: "application/json; charset=utf-8",
  nonce: () => randomUUID(),
  address: concatenated,
  inPath: asForm,
  inQuery: asForm,
  signed: (url) => url.toLowerCase(),
  signsPing: true,
  success: "listed",
  failure(status, body) {
    throw new Error(`${status}: ${body}`);
  },
  isNothing: (operation) => NOTHING.includes(operation),
  idOf: (location) => (location === null ? "" : lastSegment(location)),
  read(model, value) {
    // Its getters are called `isRestricted`, so what it reads and writes is `restricted`; the other it ignores.
    const { restricted } = value as { restricted?: boolean };
    // ZonedDateTime needs a zone; enums need a name that they know.
    const zoned = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;
    const read = readAs({ date: zoned, hasTypes: true, hasEnums: true }, model, value);
    return restricted === undefined ? read : { ...read, restricted };
  },
  write(model, { isRestricted, ...value }) {
    return {
      ...value,
      ...(isRestricted === undefined ? {} : { restricted: isRestricted }),
      ...(model === "OneTimePassword" ? { timeToLive: value.timeToLive ?? 0 } : {}),
    };
  },
  readBoolean: (text) => JSON.parse(text) === true,
  validityPath: "validity",
};
