/** .NET 1.8.16 */

import { randomUUID } from "node:crypto";
import { ANY_DATE, type Model, readAs } from "./models.ts";
import { asForm, type Habits, lastSegment, type Operation, p256 } from "./sdk.ts";

/** `DateTimeOffset` that nobody set. */
const UNSET = "0001-01-01T00:00:00+00:00";

/** Structs, which cannot be null. */
const VALUES: Partial<Record<Model, readonly string[]>> = {
  OutMessage: ["sendTime", "timeToLive", "deliveryMode", "created", "lastModified", "smscMessageParts"],
  StrexTransaction: ["age", "isRestricted", "price", "timeout", "created", "lastModified"],
  OneTimePassword: ["recurring", "timeToLive"],
  OneClickConfig: ["age", "isRestricted", "price", "timeout", "recurring", "created", "lastModified"],
  Keyword: ["enabled", "created", "lastModified"],
  InMessage: ["isStopMessage", "processAttempts", "created"],
  PublicKey: ["accountId", "created", "lastModified", "notUsableBefore", "expiry"],
  Lookup: ["created"],
};

/** What a model sends that nobody set. */
const DEFAULTS: Partial<Record<Model, object>> = {
  OutMessage: { sendTime: UNSET, created: UNSET, lastModified: UNSET, smscMessageParts: 0 },
  Keyword: { created: UNSET, lastModified: UNSET },
  OneClickConfig: { timeout: 0, created: UNSET, lastModified: UNSET },
  StrexTransaction: { timeout: 0, created: UNSET, lastModified: UNSET },
};

/** Put into the address as they are. */
const RAW_IN_PATH: readonly Operation[] = ["getKeyword", "updateKeyword", "deleteKeyword", "getOtp", "getTransaction"];
const RAW_IN_QUERY = ["merchantId", "serviceCode", "price"];

const NOTHING: readonly Operation[] = [
  ...(["lookup", "freetext", "getKeyword", "getInMessage", "getOutMessage", "getMerchant", "getOtp"] as const),
  ...(["getTransaction", "getConfig", "token", "getServerKey", "getClientKey"] as const),
];

export const net: Habits = {
  name: ".NET",
  keyName: "NetSdkTest",
  merchantId: "mer_net",
  serviceCode: "14002",
  newKeyPair: p256,
  scheme: "HMAC",
  headers: { "x-sdk": ".NET", "x-sdk-version": "1.8.16", accept: "application/json" },
  contentType: "application/json; charset=utf-8",
  nonce: () => randomUUID(),
  address: (base, path) => new URL(path, base).href,
  inPath: (value, operation) => (RAW_IN_PATH.includes(operation) ? value : asForm(value)),
  inQuery: (value, name, operation) =>
    RAW_IN_QUERY.includes(name) || (operation === "verifyPincode" && name !== "") ? value : asForm(value),
  // Request.RequestUri.AbsoluteUri: what goes over the wire.
  signed: (url) => new URL(url).href.toLowerCase(),
  signsPing: false,
  success: "2xx",
  failure(status, body) {
    // Deserialized case-sensitively; what is no such object leaves the reason phrase.
    const { Message } = JSON.parse(body) as { Message?: string };
    throw new Error(Message ?? `${status}`);
  },
  isNothing: (operation) => NOTHING.includes(operation),
  // `Location.AbsoluteUri` throws for a relative one.
  idOf: (location) => lastSegment(location && new URL(location).href),
  read: (model, value) =>
    readAs(
      { date: ANY_DATE, hasTypes: true, notNull: (of, member) => VALUES[of]?.includes(member) ?? false },
      model,
      value,
    ),
  write: (model, value) => ({ ...(model === "Pincode" ? {} : DEFAULTS[model]), ...value }),
  readBoolean: (text) => JSON.parse(text) === true,
  validityPath: "userinfo",
};
