/** What the SDKs believe each answer to be made of, from their model classes, and how strictly they take it. */

export type Kind = "string" | "int" | "number" | "bool" | "date" | "strings" | "object" | "mode" | "gender";
export type Model =
  | "OutMessage"
  | "Keyword"
  | "InMessage"
  | "Lookup"
  | "StrexMerchant"
  | "StrexTransaction"
  | "OneTimePassword"
  | "OneClickConfig"
  | "PublicKey";

const CHARGED: Record<string, Kind> = {
  ...{ merchantId: "string", serviceCode: "string", invoiceText: "string", price: "number", businessModel: "string" },
  ...{ age: "int", isRestricted: "bool", timeout: "int", preAuthServiceId: "string" },
  preAuthServiceDescription: "string",
};

const STATUS = { statusCode: "string", detailedStatusCode: "string", statusDescription: "string" } as const;
const TIMES = { created: "date", lastModified: "date" } as const;

/** Members in exactly these letters: most SDKs read no other. */
export const MODELS: Record<Model, Record<string, Kind>> = {
  OutMessage: {
    ...{ transactionId: "string", sessionId: "string", correlationId: "string", keywordId: "string" },
    ...{ sender: "string", recipient: "string", content: "string", strex: "object", allowUnicode: "bool" },
    ...{ sendTime: "date", timeToLive: "int", priority: "string", deliveryMode: "string", tags: "strings" },
    ...{ deliveryReportUrl: "string", properties: "object", ...STATUS, delivered: "bool", operatorId: "string" },
    ...{ smscTransactionId: "string", smscMessageParts: "int", ...TIMES },
  },
  Keyword: {
    ...{ keywordId: "string", shortNumberId: "string", keywordText: "string", mode: "mode", forwardUrl: "string" },
    ...{ enabled: "bool", preAuthSettings: "object", customProperties: "object", tags: "strings", aliases: "strings" },
    ...TIMES,
  },
  InMessage: {
    ...{ transactionId: "string", keywordId: "string", sender: "string", recipient: "string", content: "string" },
    ...{ isStopMessage: "bool", processAttempts: "int", processed: "bool", created: "date", tags: "strings" },
    properties: "object",
  },
  Lookup: {
    ...{ created: "date", msisdn: "string", landline: "string", firstName: "string", middleName: "string" },
    ...{ lastName: "string", companyName: "string", companyOrgNo: "string", streetName: "string" },
    ...{ streetNumber: "string", streetLetter: "string", zipCode: "string", city: "string", gender: "gender" },
    ...{ dateOfBirth: "string", age: "int", deceasedDate: "string" },
  },
  StrexMerchant: { merchantId: "string", shortNumberIds: "strings", shortNumberId: "string" },
  StrexTransaction: {
    ...{ transactionId: "string", sessionId: "string", correlationId: "string", keywordId: "string", ...CHARGED },
    ...{ shortNumber: "string", recipient: "string", content: "string", deliveryMode: "string", tags: "strings" },
    ...{ smsConfirmation: "bool", properties: "object", ...STATUS, billed: "bool", resultCode: "string" },
    ...{ resultDescription: "string", smscTransactionId: "string", ...TIMES },
  },
  OneTimePassword: {
    ...{ transactionId: "string", merchantId: "string", recipient: "string", sender: "string", recurring: "bool" },
    ...{ messagePrefix: "string", messageSuffix: "string", message: "string", timeToLive: "int", created: "date" },
    delivered: "bool",
  },
  OneClickConfig: {
    ...{ configId: "string", shortNumber: "string", ...CHARGED, recurring: "bool", redirectUrl: "string" },
    ...{ onlineText: "string", offlineText: "string", subscriptionPrice: "number", subscriptionInterval: "string" },
    ...{ subscriptionStartSms: "string", ...TIMES },
  },
  PublicKey: {
    ...{ accountId: "int", name: "string", publicKeyString: "string", signAlgo: "string", hashAlgo: "string" },
    ...{ ...TIMES, notUsableBefore: "date", expiry: "date" },
  },
};

export type Read = Record<string, unknown>;

/** How a language takes what it reads. */
export type Strictness = {
  /** What a date must look like. */
  date: RegExp;
  /** Members that break it when they are null. */
  notNull?: (model: Model, member: string, kind: Kind) => boolean;
  /** Members that must be there. */
  needs?: Partial<Record<Model, readonly string[]>>;
  /** Fixed types: a number that is a text, say, is an error. */
  hasTypes: boolean;
  /** Names of an enum that it does not know are errors. */
  hasEnums?: boolean;
};

export const ANY_DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)?$/;

const ENUMS: Partial<Record<Kind, readonly string[]>> = {
  mode: ["Text", "Startswith", "Exact", "Wildcard", "Regex"],
  gender: ["M", "F", "U"],
};

/** Reads an answer as the SDK's model does, or breaks as it would. */
export function readAs(strictness: Strictness, model: Model, value: unknown): Read {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new TypeError(`${model}: no object`);
  const read: Read = {};
  for (const [member, kind] of Object.entries(MODELS[model])) {
    const given = (value as Read)[member];
    if (given === undefined) continue;
    if (given === null) {
      if (strictness.notNull?.(model, member, kind)) throw new TypeError(`${model}.${member} is null`);
      continue;
    }
    const wrong = fault(strictness, kind, given);
    if (wrong) throw new TypeError(`${model}.${member}: ${JSON.stringify(given)} ${wrong}`);
    read[member] = given;
  }
  for (const member of strictness.needs?.[model] ?? []) {
    if (read[member] === undefined) throw new TypeError(`${model} has no ${member}`);
  }
  return read;
}

function fault({ date, hasTypes, hasEnums }: Strictness, kind: Kind, given: unknown): string | undefined {
  if (kind === "date") return typeof given === "string" && date.test(given) ? undefined : "is no date";
  if (hasEnums && ENUMS[kind] && !ENUMS[kind].includes(String(given))) return "is no name of the enum";
  return hasTypes && !isOf(kind, given) ? `is not of type ${kind}` : undefined;
}

function isOf(kind: Kind, given: unknown): boolean {
  if (kind === "int") return Number.isInteger(given);
  if (kind === "number") return typeof given === "number";
  if (kind === "bool") return typeof given === "boolean";
  if (kind === "strings") return Array.isArray(given) && given.every((one) => typeof one === "string");
  if (kind === "object") return typeof given === "object" && !Array.isArray(given);
  return typeof given === "string";
}
