/** PHP 1.8.14 */

import { randomBytes } from "node:crypto";
import { newKeyPair } from "../target365-client.ts";
import { readAs } from "./models.ts";
import { asForm, type Habits, lastSegment } from "./sdk.ts";

export const php: Habits = {
  name: "PHP",
  keyName: "RsaTestKey",
  merchantId: "mer_target365_as",
  serviceCode: "14002",
  // What the vendor recommends for PHP.
  newKeyPair: () => newKeyPair("rsa", 1024),
  scheme: "HMAC",
  headers: { "x-sdk": "Php", "x-sdk-version": "1.8.14" },
  // uniqid((string) time(), true)
  nonce: () => `1795316274${randomBytes(7).toString("hex").slice(0, 13)}.${String(Math.random()).slice(2, 10)}`,
  address: (base, path) => `${base.replace(/\/*$/, "")}/${path}`,
  inPath: (value) => value,
  inQuery: asForm,
  // strtolower, which since PHP 8 knows ASCII only.
  signed: (url) => url.replace(/[A-Z]/g, (letter) => letter.toLowerCase()),
  signsPing: true,
  success: "2xx",
  failure(status, body) {
    throw new Error(`Client error: ${status}: ${body}`);
  },
  isNothing: (operation) => operation === "lookup",
  idOf: lastSegment,
  read(model, value) {
    // The class that it reads `strex` into takes no array: a bug of its own, whatever stands there.
    if (model === "OutMessage" && (value as { strex?: unknown }).strex !== undefined) throw new TypeError("strex");
    // DateTimeAttribute takes an offset, and no Z; types are strict, also the getters'.
    const date = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?\+00:00$/;
    const needs = { InMessage: ["processed"], Lookup: ["gender"] };
    return readAs({ date, hasTypes: true, needs, notNull: (_, __, kind) => kind === "date" }, model, value);
  },
  write: (_, value) => value,
  readBoolean: (text) => JSON.parse(text) === true,
  validityPath: "validity",
};
