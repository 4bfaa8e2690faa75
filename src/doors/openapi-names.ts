/** What operations are called in the reference, and in the clients that are generated from it; and which belong together. */

/** What is done, where the last part of an address is a verb. */
const VERBS = new Set([
  ...[
    "advance",
    "approve",
    "cancel",
    "disable",
    "enable",
    "erase",
    "explain",
    "export",
    "generate",
    "import",
    "pause",
    "preview",
    "reject",
  ],
  ...["replay", "reset", "resume", "reverse", "rotate", "start", "test", "verify"],
]);

const METHODS: Readonly<Record<string, string>> = {
  get: "get",
  post: "create",
  put: "put",
  patch: "update",
  delete: "delete",
};

/** Parts of an address that say nothing of what lies there. */
const BASE = /^(?:api|admin|sandbox|v1)$/;
/** There is one of it, though its name is a plural. */
const ONE = new Set(["faults", "figures", "limits", "oddities", "statistics"]);

/** Those whose address makes no good name. */
const NAMES: Readonly<Record<string, string>> = {
  "DELETE /admin/v1/accounts/{id}/callbacks/{dialect}/{number}": "deleteAccountNumberCallback",
  "DELETE /admin/v1/accounts/{id}/suppressions/{number}/{recipient}": "deleteAccountNumberSuppression",
  "DELETE /admin/v1/accounts/{id}/code-areas/{area}/block": "openCodeArea",
  "DELETE /sandbox/v1/handsets/{msisdn}/messages": "clearHandset",
  "GET /admin/v1/audit": "listAudit",
  "GET /admin/v1/inbound": "listInbound",
  "GET /admin/v1/ledger": "listLedger",
  "GET /admin/v1/people/{msisdn}/export": "exportPerson",
  "GET /admin/v1/search": "search",
  "GET /admin/v1/statistics/subscriptions": "getStatisticsSubscriptions",
  "POST /admin/v1/accounts/{id}/endpoints/{name}/catch-up": "catchUpAccountEndpoint",
  "POST /admin/v1/approvals/{id}/approve": "approve",
  "POST /admin/v1/approvals/{id}/reject": "reject",
  "POST /admin/v1/endpoints/pause": "pauseEndpoint",
  "POST /admin/v1/endpoints/resume": "resumeEndpoint",
  "POST /admin/v1/messages/{id}/confirm-code": "confirmCode",
  "POST /admin/v1/people/{msisdn}/erase": "erasePerson",
  "POST /admin/v1/routes/explain": "explainRoute",
  "POST /admin/v1/sealing/move": "moveSealedRows",
  "POST /admin/v1/webhooks/{id}/check-signature": "checkWebhookSignature",
  "POST /sandbox/v1/handsets/{msisdn}/messages": "writeFromHandset",
};

/**
 * The name of an operation, made from its address: `PUT /admin/v1/accounts/{id}/senders/{sender}` is `putAccountSender`. It
 * changes only with the address.
 */
export function operationIdOf(method: string, path: string): string {
  const given = NAMES[`${method.toUpperCase()} ${path}`];
  if (given !== undefined) return given;
  const parts = path.split("/").filter((part) => part !== "" && !BASE.test(part));
  const last = parts.at(-1) ?? "";
  const verb = VERBS.has(last) ? last : undefined;
  const named = (verb ? parts.slice(0, -1) : parts).flatMap((part, index, all) => {
    if (part.startsWith("{")) return [];
    const isOne = all[index + 1]?.startsWith("{") || (!verb && method === "post" && index === all.length - 1);
    return [isOne ? singular(part) : part];
  });
  const isList = method === "get" && /[^s]s$/.test(last) && !ONE.has(last);
  return [verb ?? (isList ? "list" : (METHODS[method] ?? method)), ...named.map(capital)].join("");
}

function singular(noun: string): string {
  if (ONE.has(noun)) return noun;
  return noun.replace(/ies$/, "y").replace(/([^s])s$/, "$1");
}

/** `out-messages` → `OutMessages` */
function capital(part: string): string {
  return part
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join("");
}

export type Group = { name: string; description: string; at: readonly string[] };

/** The parts of the operator's API, by the word of an address that tells them apart. */
export const ADMIN_GROUPS: readonly Group[] = [
  { name: "Accounts", description: "The customers that may call.", at: ["accounts", "limits"] },
  { name: "Credentials", description: "What an account's programs prove themselves by.", at: ["credentials"] },
  {
    name: "Senders and opt-outs",
    description: "What an account may send from, and to whom no more.",
    at: ["senders", "suppressions"],
  },
  { name: "Merchants and services", description: "Who sells, and what.", at: ["merchants", "services"] },
  {
    name: "Codes",
    description: "Where an account's codes went, and where its guard lets none go.",
    at: ["code-areas"],
  },
  { name: "Callbacks", description: "Where an account's webhooks go, by dialect.", at: ["callbacks"] },
  {
    name: "Moving over",
    description: "Consents and keywords that an account had elsewhere.",
    at: ["consents", "keywords"],
  },
  {
    name: "Messages",
    description: "Texts out and in, with what became of each.",
    at: ["messages", "inbound", "preview", "search"],
  },
  { name: "Campaigns", description: "Many texts as one thing.", at: ["campaigns"] },
  {
    name: "Charges",
    description: "Transactions, purchase windows, and the books.",
    at: ["transactions", "windows", "ledger"],
  },
  { name: "Subscriptions", description: "What is billed again each period.", at: ["subscriptions", "renewals"] },
  {
    name: "Webhooks",
    description: "Calls to customers: each attempt, sending again, endpoints.",
    at: ["webhooks", "endpoints", "events"],
  },
  { name: "SMPP", description: "Who is bound to us, whom we are bound to, and what they say.", at: ["smpp"] },
  {
    name: "Carriers and routes",
    description: "Who takes messages and charges, and whose.",
    at: ["carriers", "carrier-kinds", "routes"],
  },
  {
    name: "People",
    description: "Handing out, erasing and sealing what is kept of a person.",
    at: ["people", "erasures", "sealing"],
  },
  {
    name: "Operators",
    description: "Tokens, sessions, approvals, and the audit log.",
    at: ["tokens", "sessions", "approvals", "audit"],
  },
  {
    name: "Figures",
    description: "What there is to do, and what was done.",
    at: ["figures", "statistics", "exchanges", "pulse"],
  },
];

/** The parts of the sandbox's API. */
export const SANDBOX_GROUPS: readonly Group[] = [
  {
    name: "Handsets",
    description: "What phones received, what people write, what they were billed.",
    at: ["handsets", "operator"],
  },
  { name: "Subscribers", description: "Who has a number, and what they can pay.", at: ["subscribers"] },
  { name: "Clock", description: "Time, snapshots, and beginning anew.", at: ["clock", "reset", "snapshot"] },
  {
    name: "Faults",
    description: "Carriers that misbehave, and where webhooks are sent instead.",
    at: ["faults", "oddities", "forwarding"],
  },
];

/** The part that an address belongs to. Below an account, what it is of decides, and not that it is an account's. */
export function groupOf(groups: readonly Group[], path: string): string | undefined {
  const words = path.split("/");
  const isOne = ({ at }: Group) => at.some((word) => words.includes(word));
  if (words.includes("accounts")) return groups.findLast(isOne)?.name;
  return groups.find(({ at }) => at.includes(words[3] ?? ""))?.name;
}
