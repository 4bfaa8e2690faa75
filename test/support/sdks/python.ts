/** Python 1.8.5 */

import { randomUUID } from "node:crypto";
import { ANY_DATE, readAs } from "./models.ts";
import { asForm, concatenated, type Habits, lastSegment, type Operation, p256 } from "./sdk.ts";

const NOTHING: readonly Operation[] = ["lookup", "freetext", "getKeyword", "getOutMessage", "getMerchant", "getConfig"];

export const python: Habits = {
  name: "Python",
  keyName: "PythonSdkTest",
  merchantId: "mer_test",
  serviceCode: "14002",
  newKeyPair: p256,
  scheme: "ECDSA",
  headers: { "x-sdk": "Python", "x-sdk-version": "1.8.5" },
  nonce: () => randomUUID(),
  address: concatenated,
  inPath: (value) => value,
  inQuery: (value, _, operation) => (operation === "verifyPincode" ? value : asForm(value)),
  signed: (url) => url.toLowerCase(),
  signsPing: true,
  success: "below 400",
  failure(status, body) {
    throw new Error(`HTTPError: ${status}: ${body}`);
  },
  isNothing: (operation) => NOTHING.includes(operation),
  idOf: lastSegment,
  read(model, value) {
    // `strex` becomes an object of its own, made from its items: null has none.
    const notNull = (_: string, member: string) => member === "strex";
    // Attributes are set from what comes, so what does not come is not there.
    const needs = { StrexTransaction: ["statusCode"] };
    return readAs({ date: ANY_DATE, hasTypes: false, notNull, needs }, model, value);
  },
  write: (_, value) => value,
  // The text is compared, to the letter.
  readBoolean: (text) => text === "true",
  validityPath: "validity",
};
