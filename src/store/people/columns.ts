/**
 * Which columns hold something of a person, and what becomes of it when the person is erased. Every column of every table is
 * listed: a test compares this with the schema, so that a new one is thought about.
 */

/**
 * - *no*: nothing of a person.
 * - *person*: their number. Rows are found by it; it becomes the pseudonym.
 * - *text*: becomes empty. *null*: becomes NULL. *object*: becomes `{}`.
 * - *history*: what happened and when stays, all else of it goes.
 * - *id*: an id or an address that a customer chose, and may have made of the number: the number in it becomes the pseudonym.
 * - *secret*: like *text*, and not handed out either: what only its customer may know, or what tells of other people as well.
 * - *address*: one of the customer's, in which it may have a password: becomes NULL, and is not handed out.
 * - *digest*: made with a key of ours; stays, and is not handed out.
 * - *seal*: says that the row is sealed; becomes NULL, and is not handed out.
 */
export type Treatment =
  | "no"
  | "person"
  | "text"
  | "null"
  | "object"
  | "history"
  | "id"
  | "secret"
  | "address"
  | "digest"
  | "seal";

/**
 * What becomes of a table's rows: *kept*, with the columns treated as they say; or *deleted*.
 */
type Columns = Readonly<Record<string, Treatment>>;
export type TableTreatment = { rows: "kept" | "deleted"; columns: Columns };

const no = <Name extends string>(...names: Name[]) =>
  Object.fromEntries(names.map((name) => [name, "no"])) as Record<Name, "no">;

export const MESSAGE = {
  ...no("id", "account_id", "dialect", "sender", "encoding", "parts", "state", "reason", "priority", "delivery_mode"),
  ...no("send_at", "expires_at", "accepted_at", "changed_at", "due_at", "attempts", "charge", "billed", "carrier"),
  ...no(
    "waits_until",
    "operator",
    "channel",
    "lane",
    "rerouted_from",
    "is_code",
    "binary",
    "quiet",
    "campaign_id",
    "reroutes",
  ),
  their_id: "id",
  recipient: "person",
  text: "text",
  report_url: "address",
  echo: "object",
  reference: "id",
  history: "history",
  rich: "null",
  seal: "seal",
} as const;

export const INBOUND = {
  ...no("id", "number", "carrier", "account_id", "recipient", "operator", "keyword", "is_stop", "received_at"),
  ...no("keyword_id", "channel", "binary"),
  their_id: "id",
  sender: "person",
  text: "text",
  forward: "address",
  told: "address",
} as const;

export const TXN = {
  ...no("id", "account_id", "dialect", "kind", "merchant_id", "service_id", "short_number", "service_code"),
  ...no("amount", "currency", "age", "state", "reason", "waits_for", "consent", "makes_consent"),
  ...no("starts_subscription", "terms", "message_id", "subscription_id", "period", "reverses", "registration_minutes"),
  ...no(
    "charged_at",
    "in_hand_until",
    "is_stopped",
    "disputed_at",
    "expires_at",
    "accepted_at",
    "changed_at",
    "due_at",
  ),
  ...no("attempts", "carrier", "operator", "guard"),
  their_id: "id",
  fingerprint: "digest",
  invoice_text: "id",
  consent_description: "id",
  recipient: "person",
  echo: "object",
  reference: "id",
  history: "history",
  one_time_password: "null",
} as const;

export const WIN = {
  ...no("id", "account_id", "dialect", "txn_id", "is_public", "service_id", "state", "is_pin_sent", "pins_sent"),
  ...no("created_at", "changed_at", "expires_at"),
  their_id: "id",
  custom_id: "id",
  recipient: "person",
  session: "digest",
  redirect_url: "id",
} as const;

export const CONSENT = {
  ...no("account_id", "merchant_id", "service_id", "state", "ended_by", "created_at", "changed_at", "short_number"),
  recipient: "person",
  token: "secret",
  description: "id",
} as const;

export const PREAUTH = {
  ...no("inbound_id", "account_id", "keyword_id", "merchant_id", "short_number", "state", "message_id", "asks_at"),
  ...no("due_at", "changed_at", "info_id"),
  description: "id",
  recipient: "person",
  token: "secret",
} as const;

export const SUBSCRIPTION = {
  ...no("id", "account_id", "dialect", "service_id", "merchant_id", "state", "reason", "ended_by", "price", "currency"),
  ...no("interval", "time_zone", "auto_rebill", "anchor", "period", "declines", "due_at", "txn_id", "created_at"),
  ...no("changed_at", "resting_due_at", "never_begun"),
  recipient: "person",
  history: "history",
} as const;

export const SUPPRESSION = {
  ...no("account_id", "number", "created_at", "source"),
  word: "text",
  proof: "null",
  recipient: "person",
} as const;

const CAMPAIGN_RECIPIENT = {
  ...no("campaign_id", "place", "country", "encoding", "parts", "state", "reason", "message_id"),
  recipient: "person",
  text: "null",
} as const;

const PIN = {
  ...no("account_id", "purpose", "merchant_id", "tries_left", "expires_at", "created_at", "message_id", "carrier"),
  ...no("txn_id", "is_sent"),
  their_id: "id",
  recipient: "person",
  hash: "digest",
  echo: "object",
} as const;

const WEBHOOK = {
  ...no("id", "account_id", "dialect", "kind", "subject", "endpoint", "state", "reason", "attempts", "due_at"),
  ...no("created_at", "changed_at", "is_paused", "waits_until"),
  order_key: "secret",
  url: "secret",
  event: "text",
  history: "history",
} as const;

const EVENT = {
  ...no("account_id", "number", "type", "at", "stem", "service_id", "own_number"),
  recipient: "person",
  data: "object",
} as const;

const EXCHANGE = {
  ...no("id", "at", "account_id", "dialect", "method", "status", "milliseconds"),
  path: "secret",
  request: "secret",
  answer: "secret",
  request_id: "secret",
} as const;

const INBOUND_PART = {
  ...no("carrier", "recipient", "reference", "number", "total", "received_at", "is_joined"),
  their_id: "id",
  sender: "person",
  text: "text",
} as const;

const EVIDENCE = {
  ...no("window_id", "account_id", "txn_id", "at", "by", "message_id", "language", "is_as_sent"),
  page: "digest",
  shown: "id",
  terms: "id",
  address: "text",
  browser: "text",
} as const;

/** Tables with something of a person. */
export const PERSONAL = {
  message: { rows: "kept", columns: MESSAGE },
  campaign_recipient: { rows: "kept", columns: CAMPAIGN_RECIPIENT },
  inbound: { rows: "kept", columns: INBOUND },
  txn: { rows: "kept", columns: TXN },
  evidence: { rows: "kept", columns: EVIDENCE },
  win: { rows: "kept", columns: WIN },
  consent: { rows: "kept", columns: CONSENT },
  preauth: { rows: "kept", columns: PREAUTH },
  subscription: { rows: "kept", columns: SUBSCRIPTION },
  suppression: { rows: "kept", columns: SUPPRESSION },
  spent_id: { rows: "kept", columns: { account_id: "no", their_id: "id" } },
  pin: { rows: "deleted", columns: PIN },
  webhook: { rows: "deleted", columns: WEBHOOK },
  event: { rows: "kept", columns: EVENT },
  exchange: { rows: "deleted", columns: EXCHANGE },
  inbound_part: { rows: "deleted", columns: INBOUND_PART },
} as const satisfies Record<string, TableTreatment>;

/** Tables with nothing of the people that messages and charges are for, and why that is so where it is not plain. */
export const IMPERSONAL: Readonly<Record<string, string>> = {
  account: "a company, and its settings",
  allowance: "",
  code_count: "figures by country, and by the first six digits of numbers",
  code_text: "countries, and the first six digits of numbers",
  code_area: "countries, and the first six digits of numbers",
  approval: "what operators ask for: charges by their ids, prices, keys",
  audit_anchor: "",
  event_count: "",
  event_log: "",
  named_endpoint: "a company's addresses, and keys that are sealed",
  credential: "a company's",
  idempotency: "digests, and answers that are sealed and kept for 30 days",
  sender: "numbers and names of companies",
  campaign: "what all of its recipients are told, and figures",
  carrier: "",
  token: "the name is what the operator wrote: a colleague, perhaps, and no subscriber",
  passkey: "an owner's, with the name that they gave it",
  audit: "operators; numbers and texts of people are left out when it is written, as its chain can never be changed",
  forgotten: "",
  erasure: "how much there was, and never of whom",
  outage: "",
  carrier_answer: "",
  price: "",
  route: "",
  nonce: "what a program drew at random",
  keyword: "",
  counter: "",
  merchant: "companies, and how they are reached",
  service: "",
  page_name: "",
  callback: "addresses of companies",
  ledger: "amounts by transaction",
  ledger_day: "",
  revenue: "",
  pin_budget: "digests of networks, for two days",
  subscription_count: "",
  renewal: "",
  period: "",
  endpoint: "addresses of companies, without their queries",
  server_key: "",
  server_key_name: "",
  session: "operators",
  sandbox: "",
};
