/**
 * Charges through Strex. A charge is posted once, under our own id. Target365 tells nothing of it by itself, so it is asked: at
 * once, for as long as there is time, and later by the sweep. Guides, "Strex transaction".
 */

import { z } from "zod";
import type {
  Billing,
  ChargeQueryResult,
  ChargeResult,
  CodeRequest,
  CodeResult,
  Registration,
  SubscriberInfo,
} from "../../core/billing/charges/carrier.ts";
import type { Transaction } from "../../core/billing/charges/transaction.ts";
import { GatewayError } from "../../core/kernel/errors.ts";
import type { TransactionId } from "../../core/kernel/ids.ts";
import { fromMinor } from "../../core/kernel/money.ts";
import type { HttpAnswer } from "../../core/kernel/ports.ts";
import type { Reason } from "../../core/kernel/reasons.ts";
import { AT_ONCE, askInTime, eachInTime, jsonOf } from "../calls.ts";
import type { Api } from "./api.ts";
import { chargeOutcomeOf, Record } from "./status.ts";

/** Where transactions lie. */
const AT = "/api/strex/transactions";
/** Their guides, "Strex transaction": minutes that they wait for a person to register. */
const LONGEST_TIMEOUT = 1_440;
/** A look at a charge holds its answer until it is settled. Later looks do not wait for that, or the sweep would. Milliseconds. */
const LATER_LOOK = 2_000;
const RECORD_CAP = 65_536;

type How = {
  /** Epoch ms. */
  now: () => number;
  /** After so long, milliseconds, a request that is not there will not come any more. */
  arrived: number;
  /** Whether Strex makes the one-time passwords of charges, and sends them. */
  makesCodes: boolean;
};

export function strexBilling(carrier: string, api: Api, { now, arrived, makesCodes }: How) {
  const look = (id: string, timeLimit: number) =>
    api.send({ method: "GET", path: `${AT}/${encodeURIComponent(id)}`, timeLimit, answerCap: RECORD_CAP });

  /** What became of what they have; for so long as there is time. */
  const followed = async (id: string, timeLimit: number): Promise<ChargeResult> => {
    const record = timeLimit > 0 ? recordIn(await look(id, timeLimit)) : undefined;
    const outcome = record && chargeOutcomeOf(record);
    const known = { reference: record?.smscTransactionId || id, ...operatorOf(record) };
    if (outcome?.outcome === "billed") return { outcome: "billed", ...known, at: now() };
    if (outcome?.outcome === "failed")
      return { outcome: "refused", reason: outcome.reason ?? "other", ...operatorOf(record) };
    return { outcome: "taken", ...known };
  };

  const chargeOne = async (charge: Transaction, timeLimit: number, isAlone: boolean): Promise<ChargeResult> => {
    const fault = faultOf(charge);
    if (fault) return fault;
    const begun = api.wall();
    const answer = await api.send({ method: "POST", path: AT, json: toStrexTransaction(charge), timeLimit });
    if (answer.outcome === "answered" && answer.status === 201) {
      return isAlone ? followed(charge.id, timeLimit - (api.wall() - begun)) : taken(charge.id);
    }
    return notTaken(answer);
  };

  const reverseOne = async (reversal: Transaction, timeLimit: number, isAlone: boolean): Promise<ChargeResult> => {
    const { reverses } = reversal;
    if (!reverses) return { outcome: "refused", reason: "rejected", detail: "it says not what it gives back" };
    const begun = api.wall();
    const path = `${AT}/${encodeURIComponent(reverses)}`;
    const answer = await api.send({ method: "DELETE", path, timeLimit });
    const id = reversalOf(reverses);
    const left = timeLimit - (api.wall() - begun);
    if (answer.outcome === "answered" && answer.status === 201) return isAlone ? followed(id, left) : taken(id);
    if (answer.outcome === "answered" && answer.status === 409) return givenBackBefore(id, left);
    return notTaken(answer);
  };

  /** It is not billed there; or our own request gave it back, and the answer was lost: then the reversal is there. */
  const givenBackBefore = async (id: string, timeLimit: number): Promise<ChargeResult> => {
    const answer = await look(id, Math.max(1, timeLimit));
    if (recordIn(answer)) return taken(id);
    if (answer.outcome === "answered" && answer.status === 404)
      return { outcome: "refused", reason: "rejected", detail: "they have not billed it" };
    return { outcome: "unknown", detail: "they give it not back, and do not tell why" };
  };

  const ask = async (transaction: Transaction, timeLimit: number): Promise<ChargeQueryResult> => {
    const id = transaction.kind === "reversal" ? reversalOf(transaction.reverses ?? transaction.id) : transaction.id;
    const answer = await look(id, timeLimit);
    if (answer.outcome === "answered" && answer.status === 404) {
      // What it said that it took does not become unseen.
      const isSurelyNotThere = transaction.state !== "sent" && now() - transaction.changedAt >= arrived;
      return { outcome: isSurelyNotThere ? "never-seen" : "cannot-tell" };
    }
    const record = recordIn(answer);
    if (!record || record.transactionId !== id) return { outcome: "cannot-tell" };
    const outcome = chargeOutcomeOf(record);
    const known = { reference: record.smscTransactionId || id, ...operatorOf(record) };
    if (!outcome) return { outcome: "taken", ...known };
    return { outcome: "settled", receipt: { transaction: transaction.id, carrier, ...known, ...outcome, at: now() } };
  };

  const billing: Billing = {
    mustBeAsked: true,
    charge: (charges) =>
      eachInTime(api.wall, charges, (charge, limit) => chargeOne(charge, limit, charges.length <= AT_ONCE)),
    reverse: (reversals) =>
      eachInTime(api.wall, reversals, (reversal, limit) => reverseOne(reversal, limit, reversals.length <= AT_ONCE)),
    async query(transactions) {
      const answers = await askInTime(api.wall, transactions, (one, left) => ask(one, Math.min(left, LATER_LOOK)));
      return answers.map((answer) => answer ?? { outcome: "cannot-tell" });
    },
    subscriber: (msisdn) => subscriber(api, msisdn),
    sendRegistration: (registration) => sendRegistration(api, registration),
    ...(makesCodes ? { sendCode: (code: CodeRequest) => sendCode(api, code) } : {}),
  };
  return billing;
}

/** The id of the reversal of a charge: guides, "Reverse". */
function reversalOf(id: TransactionId): string {
  return `-${id}`;
}

function taken(reference: string): ChargeResult {
  return { outcome: "taken", reference };
}

/** What Strex cannot bill at all, so that it is not asked. */
function faultOf({ recipient, currency }: Transaction): ChargeResult | undefined {
  if (!recipient) return { outcome: "refused", reason: "bad-number", detail: "nobody is to pay" };
  if (currency !== "NOK") return { outcome: "refused", reason: "bad-amount", detail: "Strex bills NOK only" };
  return undefined;
}

/** Our id is theirs: it is what a charge is found by, and what they refuse a second one by. */
function toStrexTransaction(charge: Transaction) {
  const { registrationMinutes: minutes } = charge;
  return {
    transactionId: charge.id,
    merchantId: charge.merchant,
    shortNumber: charge.shortNumber,
    recipient: charge.recipient,
    price: fromMinor(charge.amount, charge.currency),
    serviceCode: charge.serviceCode,
    invoiceText: charge.invoiceText,
    ...(charge.oneTimePassword === undefined ? {} : { oneTimePassword: charge.oneTimePassword }),
    ...(charge.age > 0 ? { age: charge.age } : {}),
    ...(minutes > 0 ? { timeout: Math.min(LONGEST_TIMEOUT, minutes) } : {}),
    deliveryMode: "AtMostOnce",
  };
}

const Refusal = z.object({ Message: z.string() });

/**
 * An answer that is not 201. Only what proves that nothing was taken is a refusal; all else, 429 and 5xx as well, is not known,
 * and is never asked for again.
 */
function notTaken(answer: HttpAnswer): ChargeResult {
  if (answer.outcome === "failed") {
    return answer.isUnsent
      ? { outcome: "refused", reason: "carrier-offline", detail: answer.error }
      : { outcome: "unknown", detail: answer.error };
  }
  const why = Refusal.safeParse(jsonOf(answer)).data?.Message ?? "";
  const said = `it answered ${answer.status}${why ? `: ${why}` : ""}`.slice(0, 200);
  if ([401, 402, 403, 404].includes(answer.status)) {
    return { outcome: "refused", reason: "carrier-offline", own: true, detail: said };
  }
  if (answer.status === 400 && !/already|exists|duplicate|used/i.test(why)) {
    return { outcome: "refused", reason: reasonOf(why), detail: said };
  }
  return { outcome: "unknown", detail: said };
}

/** Of a refusal there is a sentence and no code: it names the member that is wrong. */
function reasonOf(sentence: string): Reason {
  if (/recipient/i.test(sentence)) return "bad-number";
  if (/price/i.test(sentence)) return "bad-amount";
  if (/merchant|serviceCode/i.test(sentence)) return "bad-merchant";
  if (/short.?number|sender/i.test(sentence)) return "bad-sender";
  if (/password/i.test(sentence)) return "wrong-code";
  return "rejected";
}

function recordIn(answer: HttpAnswer): Record | undefined {
  if (answer.outcome === "failed" || answer.status !== 200) return undefined;
  return Record.safeParse(jsonOf(answer)).data;
}

function operatorOf(record: Record | undefined): { operator?: string } {
  return record?.operatorId ? { operator: record.operatorId } : {};
}

const STANDING = new Map<string, SubscriberInfo["standing"]>([
  ["unregistered", "unregistered"],
  ["partial", "partial"],
  ["full", "full"],
  ["fullviabankid", "full"],
  ["barred", "barred"],
]);

/** Øre, as texts; a member that is not there is no limit that we know of. */
const UserInfo = z.object({
  postpaid_or_prepaid: z.string().nullish(),
  limit_trans: z.string().nullish(),
  remainder_month: z.string().nullish(),
  remainder_year: z.string().nullish(),
});

/** Guides, "Validity" and "User info v3". @throws GatewayError no-carrier where they do not tell */
async function subscriber(api: Api, msisdn: string): Promise<SubscriberInfo> {
  const query = `?recipient=${encodeURIComponent(msisdn)}`;
  const [validity, info] = await Promise.all(
    ["/api/strex/validity", "/api/strex/userinfo-v3"].map((path) => api.send({ method: "GET", path: path + query })),
  );
  const standing = STANDING.get(String(okJson(validity)).toLowerCase());
  if (!standing) throw silent("of this subscriber");
  const told = UserInfo.safeParse(okJson(info)).data;
  if (!told && standing !== "unregistered") throw silent("of this subscriber");
  return {
    standing,
    isPrepaid: told?.postpaid_or_prepaid === "prepaid",
    perTransaction: toLimit(told?.limit_trans),
    leftThisMonth: toLimit(told?.remainder_month),
    leftThisYear: toLimit(told?.remainder_year),
  };
}

function okJson(answer: HttpAnswer | undefined): unknown {
  return answer?.outcome === "answered" && answer.status === 200 ? jsonOf(answer) : undefined;
}

/** -1 stands for no limit. */
function toLimit(text: string | null | undefined): number {
  return /^\d{1,12}$/.test(text ?? "") ? Number(text) : -1;
}

/** Guides, "Registration SMS". @throws GatewayError no-carrier where they do not take it */
async function sendRegistration(api: Api, { id, merchant, msisdn, text }: Registration): Promise<void> {
  const json = { transactionId: id, merchantId: merchant, recipient: msisdn, smsText: text };
  const answer = await api.send({ method: "POST", path: "/api/strex/registrationsms", json });
  if (answer.outcome !== "answered" || answer.status !== 201) throw silent("that it sent the request to register");
}

/** Where one-time passwords lie. */
const CODES_AT = "/api/strex/one-time-passwords";

/** Guides, "One-time password". An id that they know already is that of an earlier call of ours, whose answer was lost. */
async function sendCode(api: Api, code: CodeRequest): Promise<CodeResult> {
  const { id, merchant, msisdn, sender, recurring, prefix, suffix, minutes } = code;
  const json = {
    transactionId: id,
    merchantId: merchant,
    recipient: msisdn,
    sender,
    recurring,
    ...(prefix ? { messagePrefix: prefix } : {}),
    ...(suffix ? { messageSuffix: suffix } : {}),
    timeToLive: minutes,
  };
  const answer = await api.send({ method: "POST", path: CODES_AT, json });
  if (answer.outcome === "answered" && answer.status === 201) return { outcome: "sent" };
  const why = notTaken(answer);
  if (why.outcome === "refused" && why.reason !== "carrier-offline") {
    return { outcome: "refused", reason: why.reason, detail: why.detail ?? "" };
  }
  const found = await api.send({ method: "GET", path: `${CODES_AT}/${encodeURIComponent(id)}`, timeLimit: LATER_LOOK });
  if (found.outcome === "answered" && found.status === 200) return { outcome: "sent" };
  return { outcome: "lost", detail: "detail" in why && why.detail ? why.detail : "no answer" };
}

function silent(what: string): GatewayError {
  return new GatewayError("no-carrier", `the carrier does not tell us ${what} just now; ask again later`);
}
