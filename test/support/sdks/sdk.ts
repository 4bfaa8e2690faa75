/**
 * The calls of the vendor's SDKs. What one SDK does in its own way (how it signs, escapes, reads, and what it takes for
 * success) are its habits; a file each. Written from the wire, and shares no code with the gateway.
 */

import { authorization, type KeyPair, newKeyPair } from "../target365-client.ts";
import type { Model, Read } from "./models.ts";

export type Operation = keyof typeof LISTED;

/** The status codes that Java and Node have in their sources, to the number. */
const LISTED = {
  ping: 200,
  lookup: 200,
  freetext: 200,
  listKeywords: 200,
  createKeyword: 201,
  getKeyword: 200,
  updateKeyword: 204,
  deleteKeyword: 204,
  prepare: 204,
  createOutMessage: 201,
  createBatch: 201,
  getOutMessage: 200,
  updateOutMessage: 204,
  deleteOutMessage: 204,
  export: 200,
  getInMessage: 200,
  listMerchants: 200,
  getMerchant: 200,
  saveMerchant: 204,
  deleteMerchant: 204,
  createOtp: 201,
  getOtp: 200,
  createTransaction: 201,
  getTransaction: 200,
  reverse: 201,
  validity: 200,
  registration: 201,
  getConfig: 200,
  saveConfig: 201,
  sendPincode: 204,
  verifyPincode: 200,
  getServerKey: 200,
  listClientKeys: 200,
  getClientKey: 200,
  deleteClientKey: 204,
  token: 200,
} as const;

export type Habits = {
  name: string;
  /** As the vendor's suite is configured. */
  keyName: string;
  merchantId: string;
  serviceCode: string;
  newKeyPair(): KeyPair;
  scheme: "HMAC" | "ECDSA";
  headers: Record<string, string>;
  /** Absent: none is sent, or what the HTTP library makes of a text. */
  contentType?: string | "of the library";
  nonce(): string;
  /** The address of a path, by the base URL that it was configured with. */
  address(base: string, path: string): string;
  /** A value in a path, and in a query. */
  inPath(value: string, operation: Operation): string;
  inQuery(value: string, name: string, operation: Operation): string;
  /** What is signed for the address that it made. */
  signed(url: string): string;
  signsPing: boolean;
  /** Which answers are no failure. */
  success: "2xx" | "below 400" | "listed";
  /** What a failure comes to; throws, or is a value. */
  failure(status: number, body: string): unknown;
  /** Whether a 404 is no failure, but nothing. */
  isNothing(operation: Operation): boolean;
  /** The id in a Location; throws if it cannot be read. */
  idOf(location: string | null): string;
  read(model: Model, value: unknown): Read;
  /** What it sends of what it was given. */
  write(model: Model | "Pincode", value: Read): Read;
  /** A verification's answer, which is read from a text. */
  readBoolean(text: string): boolean;
  validityPath: "validity" | "userinfo";
};

export type Sdk = ReturnType<typeof useSdk>;

type Wanted = { path: string; query?: Record<string, string>; body?: unknown };
type Answer = { status: number; text: string; location: string | null };

/** An SDK, configured: with the base URL (its slash at the end) and a key. */
export function useSdk(habits: Habits, base: string, keyName: string, pair: KeyPair) {
  const url = (operation: Operation, { path, query = {} }: Wanted) => {
    const pairs = Object.entries(query).map(([name, value]) => `${name}=${habits.inQuery(value, name, operation)}`);
    return habits.address(base, `api/${path}`) + (pairs.length > 0 ? `?${pairs.join("&")}` : "");
  };

  const send = async (operation: Operation, method: string, wanted: Wanted): Promise<Answer> => {
    const built = url(operation, wanted);
    const body = wanted.body === undefined ? undefined : JSON.stringify(wanted.body);
    const request = { method, url: built, ...(body === undefined ? {} : { body }) };
    const options = { signedUrl: habits.signed(built), scheme: habits.scheme, nonce: habits.nonce() };
    const isSigned = operation !== "ping" || habits.signsPing;
    const { contentType } = habits;
    const answer = await fetch(built, {
      method,
      redirect: "error",
      headers: {
        ...habits.headers,
        ...(isSigned ? { authorization: authorization(keyName, pair, request, options) } : {}),
        ...(contentType && contentType !== "of the library" && body !== undefined
          ? { "content-type": contentType }
          : {}),
      },
      // A text gets a content type from the library, bytes get none.
      ...(body === undefined ? {} : { body: contentType === undefined ? new TextEncoder().encode(body) : body }),
    });
    return { status: answer.status, text: await answer.text(), location: answer.headers.get("location") };
  };

  const isSuccess = (operation: Operation, status: number) =>
    habits.success === "listed"
      ? status === LISTED[operation]
      : status < (habits.success === "2xx" ? 300 : 400) && status >= 200;

  /** What the SDK hands to the program: what was read, nothing, or what a failure comes to. */
  const call = async <T>(
    operation: Operation,
    method: string,
    wanted: Wanted,
    read: (answer: Answer) => T,
  ): Promise<T> => {
    const answer = await send(operation, method, wanted);
    if (isSuccess(operation, answer.status)) return read(answer);
    if (answer.status === 404 && habits.isNothing(operation)) return null as T;
    return habits.failure(answer.status, answer.text) as T;
  };

  const one = (model: Model) => (answer: Answer) => habits.read(model, JSON.parse(answer.text));
  const many = (model: Model) => (answer: Answer) =>
    (JSON.parse(answer.text) as unknown[]).map((value) => habits.read(model, value));
  const id = ({ location }: Answer) => habits.idOf(location);
  const nothing = () => undefined;
  const at = (operation: Operation, folder: string, value: unknown) =>
    `${folder}/${habits.inPath(String(value), operation)}`;

  return {
    habits,
    keyName,
    pair,
    /** An address of nobody's. */
    get: (path: string) => call("ping", "GET", { path }, ({ text }) => text),
    ping: () => call("ping", "GET", { path: "ping" }, ({ text }) => text),
    lookup: (msisdn: string) => call("lookup", "GET", { path: "lookup", query: { msisdn } }, one("Lookup")),
    freetext: (input: string) => call("freetext", "GET", { path: "lookup/freetext", query: { input } }, many("Lookup")),

    keywords: (query: Record<string, string> = {}) =>
      call("listKeywords", "GET", { path: "keywords", query }, many("Keyword")),
    createKeyword: (keyword: Read) =>
      call("createKeyword", "POST", { path: "keywords", body: habits.write("Keyword", keyword) }, id),
    keyword: (keywordId: string) =>
      call("getKeyword", "GET", { path: at("getKeyword", "keywords", keywordId) }, one("Keyword")),
    updateKeyword: (keyword: Read) =>
      call(
        "updateKeyword",
        "PUT",
        { path: at("updateKeyword", "keywords", keyword.keywordId), body: habits.write("Keyword", keyword) },
        nothing,
      ),
    deleteKeyword: (keywordId: string) =>
      call("deleteKeyword", "DELETE", { path: at("deleteKeyword", "keywords", keywordId) }, nothing),

    prepare: (msisdns: readonly string[]) =>
      call(
        "prepare",
        "POST",
        // PHP has no body for an empty list.
        { path: "prepare-msisdns", ...(habits.name === "PHP" && msisdns.length === 0 ? {} : { body: msisdns }) },
        nothing,
      ),
    createOutMessage: (message: Read) =>
      call("createOutMessage", "POST", { path: "out-messages", body: habits.write("OutMessage", message) }, id),
    createBatch: (messages: readonly Read[]) =>
      call(
        "createBatch",
        "POST",
        { path: "out-messages/batch", body: messages.map((message) => habits.write("OutMessage", message)) },
        nothing,
      ),
    outMessage: (transactionId: string) =>
      call("getOutMessage", "GET", { path: at("getOutMessage", "out-messages", transactionId) }, one("OutMessage")),
    updateOutMessage: (message: Read) =>
      call(
        "updateOutMessage",
        "PUT",
        {
          path: at("updateOutMessage", "out-messages", message.transactionId),
          body: habits.write("OutMessage", message),
        },
        nothing,
      ),
    deleteOutMessage: (transactionId: string) =>
      call("deleteOutMessage", "DELETE", { path: at("deleteOutMessage", "out-messages", transactionId) }, nothing),
    export: (from: string, to: string) =>
      call("export", "GET", { path: "export/out-messages", query: { from, to } }, ({ text }) => text),
    inMessage: (shortNumberId: string, transactionId: string) =>
      call(
        "getInMessage",
        "GET",
        { path: at("getInMessage", `in-messages/${shortNumberId}`, transactionId) },
        one("InMessage"),
      ),

    merchants: () => call("listMerchants", "GET", { path: "strex/merchants" }, many("StrexMerchant")),
    merchant: (merchantId: string) =>
      call("getMerchant", "GET", { path: at("getMerchant", "strex/merchants", merchantId) }, one("StrexMerchant")),
    saveMerchant: (merchant: Read) =>
      call(
        "saveMerchant",
        "PUT",
        { path: at("saveMerchant", "strex/merchants", merchant.merchantId), body: merchant },
        nothing,
      ),
    deleteMerchant: (merchantId: string) =>
      call("deleteMerchant", "DELETE", { path: at("deleteMerchant", "strex/merchants", merchantId) }, nothing),
    createOtp: (otp: Read) =>
      call(
        "createOtp",
        "POST",
        { path: "strex/one-time-passwords", body: habits.write("OneTimePassword", otp) },
        // Node and PHP read where it lies; the others do not look.
        (answer) => (habits.name === "Node" || habits.name === "PHP" ? id(answer) : String(otp.transactionId)),
      ),
    otp: (transactionId: string) =>
      call("getOtp", "GET", { path: at("getOtp", "strex/one-time-passwords", transactionId) }, one("OneTimePassword")),
    createTransaction: (transaction: Read) =>
      call(
        "createTransaction",
        "POST",
        { path: "strex/transactions", body: habits.write("StrexTransaction", transaction) },
        // Java does not look where it lies.
        (answer) => (habits.name === "Java" ? String(transaction.transactionId) : id(answer)),
      ),
    transaction: (transactionId: string) =>
      call(
        "getTransaction",
        "GET",
        { path: at("getTransaction", "strex/transactions", transactionId) },
        one("StrexTransaction"),
      ),
    /** Python takes the id from nowhere: it puts a - before the one it gave. */
    reverse: (transactionId: string) =>
      call("reverse", "DELETE", { path: at("reverse", "strex/transactions", transactionId) }, (answer) =>
        habits.name === "Python" ? `-${transactionId}` : id(answer),
      ),
    validity: (recipient: string, merchantId?: string) =>
      call(
        "validity",
        "GET",
        { path: `strex/${habits.validityPath}`, query: { recipient, ...(merchantId ? { merchantId } : {}) } },
        ({ text }) => JSON.parse(text) as string,
      ),
    sendRegistration: (registration: Read) =>
      call("registration", "POST", { path: "strex/registrationsms", body: registration }, nothing),
    oneClickConfig: (configId: string) =>
      call("getConfig", "GET", { path: at("getConfig", "one-click/configs", configId) }, one("OneClickConfig")),
    saveOneClickConfig: (config: Read) =>
      call(
        "saveConfig",
        "PUT",
        {
          path: at("saveConfig", "one-click/configs", config.configId),
          body: habits.write("OneClickConfig", config),
        },
        nothing,
      ),

    sendPincode: (pincode: Read) =>
      call("sendPincode", "POST", { path: "pincodes", body: habits.write("Pincode", pincode) }, nothing),
    verifyPincode: (query: Record<string, string>) =>
      call("verifyPincode", "GET", { path: "pincodes/verification", query }, ({ text }) => habits.readBoolean(text)),

    serverKey: (name: string) =>
      call("getServerKey", "GET", { path: at("getServerKey", "server/public-keys", name) }, one("PublicKey")),
    /** Where the verifiers of Java and Node ask. */
    legacyServerKey: (name: string) =>
      call("getServerKey", "GET", { path: at("getServerKey", "public-key", name) }, one("PublicKey")),
    clientKeys: () => call("listClientKeys", "GET", { path: "client/public-keys" }, many("PublicKey")),
    clientKey: (name: string) =>
      call("getClientKey", "GET", { path: at("getClientKey", "client/public-keys", name) }, one("PublicKey")),
    deleteClientKey: (name: string) =>
      call("deleteClientKey", "DELETE", { path: at("deleteClientKey", "client/public-keys", name) }, nothing),
    /** .NET only. */
    userInfoV2: (recipient: string, serviceCode: string, price: string) =>
      call(
        "validity",
        "GET",
        { path: "strex/userinfo-v2", query: { recipient, serviceCode, price } },
        ({ text }) => JSON.parse(text) as Record<string, string>,
      ),
    /** .NET only, which hands over the body as it is, quotes and all. */
    token: (merchantId: string, serviceId: string, msisdn: string) =>
      call(
        "token",
        "GET",
        { path: at("token", "strex/token", merchantId), query: { serviceId, msisdn } },
        ({ text }) => text,
      ),
  };
}

/** What stands after the last slash, as it stands there. */
export function lastSegment(location: string | null): string {
  if (location === null) throw new TypeError("there is no Location");
  return location.slice(location.lastIndexOf("/") + 1);
}

/** As forms are escaped: a space is a plus. */
export function asForm(value: string): string {
  return new URLSearchParams({ v: value }).toString().slice(2);
}

export function concatenated(base: string, path: string): string {
  return base + path;
}

export const p256 = () => newKeyPair("ec");
