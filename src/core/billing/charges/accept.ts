/** Accepting charges: check them, decide what the person must do first, tell a repeated request from a used id. */

import type { Caller } from "../../accounts/account.ts";
import { normalSender } from "../../accounts/account.ts";
import { type Asked, giveBack, type LimitPorts, OverLimit, tellOfLimits, tryToTake } from "../../accounts/limits.ts";
import type { Clock } from "../../kernel/clock.ts";
import { GatewayError } from "../../kernel/errors.ts";
import type { Ids } from "../../kernel/ids.ts";
import { checkAmount } from "../../kernel/money.ts";
import type { Codes, Jobs, Log } from "../../kernel/ports.ts";
import { canonical, isTooMuch } from "../../messages/echo.ts";
import type { Message } from "../../messages/message.ts";
import { toMsisdn } from "../../messages/msisdn.ts";
import { askedBy } from "../../messages/new-message.ts";
import { writtenByUs } from "../../messages/own.ts";
import { everKnownAs, pseudonymsOf } from "../../messages/pseudonym.ts";
import { checkBilled, noCarrier, type RoutePorts, uncarried } from "../../messages/route.ts";
import type { CodeGuardPorts } from "../codes/code-guard.ts";
import { OTP_TRIES_REASON, tryOtp } from "../codes/otp.ts";
import type { PinStore } from "../codes/store.ts";
import { newWindow, type Window } from "../purchases/window.ts";
import type { RepeatGuard } from "../service.ts";
import type { ServiceStore } from "../store.ts";
import type { ConsentStore } from "../subscriptions/store.ts";
import { checkChargeId } from "./charge-id.ts";
import { chargeQuestion } from "./question.ts";
import type { TransactionStore } from "./store.ts";
import { CHARGE_VALIDITY_MS, type Transaction } from "./transaction.ts";

/** What a customer wants charged. */
export type NewCharge = {
  theirId: string;
  merchant: string;
  shortNumber: string;
  serviceCode: string;
  invoiceText: string;
  /** Minor units. */
  amount: number;
  currency: string;
  /** Absent: the person comes to a purchase page. */
  recipient?: string;
  age?: number;
  service?: string;
  /** The code that the person was sent and gave. */
  code?: string;
  /** The person must answer "OK" to an SMS. */
  confirm?: boolean;
  /** The customer's words before and after our question in that SMS. */
  prefix?: string;
  suffix?: string;
  /** The consent that it is charged on; where there is none yet, this charge asks for it. */
  consent?: string;
  consentDescription?: string;
  /** Refused if the person has ended the consent of this id by STOP, and has not agreed again since. */
  unlessStopped?: string;
  /** Refused as a repeat if an equal charge from the same kind of request was made a moment ago. */
  guard?: RepeatGuard;
  /** For the purchase page: where the person is sent afterwards, and whether more charges are to follow. */
  redirectUrl?: string;
  recurring?: boolean;
  /** How long the person may take to answer. Minutes. */
  minutes?: number;
  /** How long the operator may wait for the person to register; 0 not at all. Minutes. */
  registrationMinutes?: number;
  echo: Record<string, unknown>;
};

export type AcceptChargePorts = {
  clock: Clock;
  ids: Ids;
  codes: Codes;
  transactions: TransactionStore;
  services: ServiceStore;
  consents: ConsentStore;
  pins: PinStore;
  jobs: Jobs;
  log: Log;
} & RoutePorts &
  LimitPorts &
  CodeGuardPorts;

/** How long the person has to answer, and how long a prepared purchase waits for its person. */
const ANSWER_MINUTES = 5;
const PREPARED_MINUTES = 24 * 60;

/**
 * Accepts a charge. The same request with the same id gets the first answer again; an id is used once, for ever.
 * @throws GatewayError bad-request, bad-number, bad-sender, already-exists, no-carrier, too-many-requests
 */
export async function acceptCharge(ports: AcceptChargePorts, caller: Caller, wanted: NewCharge): Promise<Transaction> {
  checkEcho(wanted.echo);
  const asked = canonical(wanted);
  const known = await ports.transactions.byTheirId(caller.account.id, wanted.theirId);
  if (known) return repeated(ports.codes, known, asked);

  const recipient = wanted.recipient === undefined ? undefined : toMsisdn(wanted.recipient);
  await checkBilled(ports, { account: caller.account.id, recipient });
  const fingerprint = await ports.codes.digest("requests", asked);
  const transaction = { ...(await toTransaction(ports, caller, wanted)), fingerprint };
  const items = {
    transaction,
    // A charge that fails at once bills no one and says why; the guard would hide that.
    ...(wanted.guard && transaction.state !== "failed"
      ? { unlessLikeSince: transaction.acceptedAt - wanted.guard.seconds * 1000 }
      : {}),
    ...(await textFor(ports, caller, transaction, wanted)),
    ...windowFor(ports, caller, transaction, wanted),
  };
  if (items.message && (await uncarried(ports, [items.message])).size > 0) throw noCarrier();
  const needed = askedFor(transaction);
  const taken = await tryToTake(ports, caller, needed);
  if (taken instanceof OverLimit) {
    // The same request may have come in between, and used up what was left.
    const first = await ports.transactions.byTheirId(caller.account.id, wanted.theirId);
    if (first) return repeated(ports.codes, first, asked);
    await tellOfLimits(ports, taken, caller.account);
    throw taken;
  }
  const added = await ports.transactions.add([items]);
  if (!added.has(transaction.id)) {
    if (taken) await giveBack(ports, taken, needed);
    const first = await ports.transactions.byTheirId(caller.account.id, wanted.theirId);
    if (first) return repeated(ports.codes, first, asked);
    if (await ports.transactions.isSpent(caller.account.id, wanted.theirId)) throw usedBefore(wanted.theirId);
    if (wanted.guard) throw repeatedCharge(wanted.guard);
    throw new Error(`transaction ${wanted.theirId} was neither added nor there`);
  }
  await tellOfLimits(ports, taken, caller.account);
  logAccepted(ports.log, transaction);
  ports.counts.count("charge_accepted", { account: transaction.account, currency: transaction.currency });
  if (items.message) await ports.jobs.submit([items.message.id], 0, items.message.lane);
  if (transaction.state === "ready") await ports.jobs.charge([transaction.id]);
  // Only the write knows whether another question to this person is open.
  return transaction.waitsFor === "ok" ? ((await ports.transactions.byId(transaction.id)) ?? transaction) : transaction;
}

/** What it needs of what is limited. A purchase that waits for its person on a page needs nothing: it may never be. */
function askedFor({
  state,
  waitsFor,
  amount,
  currency,
}: Pick<Transaction, "state" | "waitsFor" | "amount" | "currency">): Asked {
  return { messages: 0, spend: state === "failed" || waitsFor === "window" ? [] : [{ amount, currency }] };
}

export function repeatedCharge({ seconds }: RepeatGuard): GatewayError {
  return new GatewayError(
    "repeated",
    `the same charge was made less than ${seconds} s ago; give each charge an id of its own if both are meant`,
  );
}

/** @param asked the whole request, as its fingerprint is made of it */
async function repeated(codes: Codes, known: Transaction, asked: string): Promise<Transaction> {
  if (await codes.isDigest("requests", asked, known.fingerprint)) return known;
  throw usedBefore(known.theirId);
}

function usedBefore(theirId: string): GatewayError {
  return new GatewayError(
    "already-exists",
    `${theirId} was used before, for another transaction; use a new id`,
    "theirId",
  );
}

/** Checks that hold for any charge; answers a new row for it, which no carrier has seen. */
async function toTransaction(
  ports: AcceptChargePorts,
  caller: Caller,
  wanted: NewCharge,
): Promise<Omit<Transaction, "fingerprint">> {
  checkChargeId(wanted.theirId);
  const shortNumber = await checkSeller(ports, caller, wanted);
  const recipient = wanted.recipient === undefined ? undefined : toMsisdn(wanted.recipient);
  if (wanted.recipient !== undefined && !recipient) {
    throw new GatewayError(
      "bad-number",
      `${JSON.stringify(wanted.recipient.slice(0, 40))} is not a phone number: write it with + and its country code, like +4798079008`,
      "recipient",
    );
  }
  const now = ports.clock.now();
  const first = await whatFirst(ports, caller, wanted, recipient);
  const minutes = wanted.minutes ?? (first.waitsFor === "window" ? PREPARED_MINUTES : ANSWER_MINUTES);
  const expiresAt = first.state === "waiting" ? now + minutes * 60_000 : now + CHARGE_VALIDITY_MS;
  return {
    id: ports.ids.transaction(caller.account.number),
    account: caller.account.id,
    dialect: caller.credential.dialect,
    theirId: wanted.theirId,
    kind: "charge",
    merchant: wanted.merchant,
    ...(wanted.service ? { service: wanted.service } : {}),
    shortNumber,
    serviceCode: wanted.serviceCode,
    invoiceText: wanted.invoiceText,
    ...(recipient ? { recipient } : {}),
    amount: wanted.amount,
    currency: wanted.currency,
    age: wanted.age ?? 0,
    ...first,
    ...consentFor(wanted),
    startsSubscription: false,
    ...(wanted.guard ? { guard: wanted.guard.as } : {}),
    registrationMinutes: wanted.registrationMinutes ?? 0,
    expiresAt,
    acceptedAt: now,
    changedAt: now,
    ...dueWhen(first.state, now, expiresAt),
    attempts: 0,
    echo: wanted.echo,
    history: [{ at: now, event: "accepted", ...(first.reason ? { reason: first.reason } : {}), ...askedBy(caller) }],
  };
}

/**
 * @returns the short number as the account has it
 * @throws GatewayError where the merchant, the number or the price is not what this account may charge with
 */
export async function checkSeller(
  ports: { services: ServiceStore },
  caller: Caller,
  wanted: Pick<NewCharge, "merchant" | "shortNumber" | "amount" | "currency" | "echo">,
): Promise<string> {
  checkAmount(wanted.amount, wanted.currency);
  const own = caller.senders.get(normalSender(wanted.shortNumber));
  if (own?.kind !== "short-number") {
    throw new GatewayError(
      "bad-sender",
      `${JSON.stringify(wanted.shortNumber.slice(0, 40))} is not a short number of account ${caller.account.id}`,
      "shortNumber",
    );
  }
  if (!(await ports.services.merchant(caller.account.id, wanted.merchant))) {
    throw new GatewayError(
      "bad-request",
      `merchantId: ${JSON.stringify(wanted.merchant.slice(0, 60))} is not a merchant of account ${caller.account.id}`,
      "merchantId",
    );
  }
  checkEcho(wanted.echo);
  return own.sender;
}

function checkEcho(echo: Record<string, unknown>): void {
  if (isTooMuch(echo))
    throw new GatewayError("bad-request", "the properties and other extra fields are too large", "properties");
}

/** A person who confirms a recurring purchase on a page gives a consent, even if the request named no id for it. */
function consentFor({
  consent,
  consentDescription,
  recurring,
  unlessStopped,
}: NewCharge): Pick<Transaction, "consent" | "consentDescription"> {
  const id = consent ?? unlessStopped ?? (recurring ? "" : undefined);
  return { ...(id === undefined ? {} : { consent: id }), ...(consentDescription ? { consentDescription } : {}) };
}

/** Its id and its carrier as well, where the carrier knows it by its code already. */
type First = Pick<Transaction, "state" | "makesConsent" | "waitsFor" | "reason"> &
  Partial<Pick<Transaction, "id" | "carrier" | "oneTimePassword">>;

/** The step that the person must take before a carrier is asked. */
async function whatFirst(
  ports: AcceptChargePorts,
  caller: Caller,
  wanted: NewCharge,
  recipient: string | undefined,
): Promise<First> {
  const now = { state: "ready", makesConsent: false } as const;
  if (!recipient) return { state: "waiting", waitsFor: "window", makesConsent: wanted.recurring === true };
  if (wanted.unlessStopped) {
    const people = await everKnownAs(ports.codes, recipient);
    const hasStopped = await ports.consents.hasStopped(caller.account.id, people, wanted.unlessStopped);
    if (hasStopped) return { state: "failed", makesConsent: false, reason: "opted-out" };
  }
  if (wanted.code !== undefined) {
    const { tried, recurring, bound } = await tryOtp(ports, caller, { ...wanted, recipient, code: wanted.code });
    if (tried !== "right") return { state: "failed", makesConsent: false, reason: OTP_TRIES_REASON[tried] };
    return { ...now, ...bound, makesConsent: recurring && wanted.consent !== undefined };
  }
  if (wanted.confirm) return { state: "waiting", waitsFor: "ok", makesConsent: wanted.consent !== undefined };
  if (wanted.consent === undefined) return now;
  const consent = await ports.consents.byId(caller.account.id, wanted.merchant, wanted.consent, recipient);
  if (consent?.state === "active") return now;
  // One who wrote STOP and was erased since is known by what stands for them.
  const erased = consent ? [] : await pseudonymsOf(ports.codes, recipient);
  if (erased.length > 0 && (await ports.consents.hasStopped(caller.account.id, erased, wanted.consent))) {
    return { state: "failed", makesConsent: false, reason: "no-consent" };
  }
  // A person who wrote STOP is not asked again; a consent that the merchant ended may begin anew.
  if (consent?.endedBy === "person") return { state: "failed", makesConsent: false, reason: "no-consent" };
  return { state: "waiting", waitsFor: "ok", makesConsent: true };
}

export function dueWhen(state: Transaction["state"], now: number, expiresAt: number): { dueAt?: number } {
  if (state === "ready") return { dueAt: now };
  return state === "waiting" ? { dueAt: expiresAt } : {};
}

/** The question that the person answers with OK. */
async function textFor(
  ports: AcceptChargePorts,
  caller: Caller,
  transaction: Transaction,
  wanted: NewCharge,
): Promise<{ message?: Message }> {
  const { waitsFor, recipient, shortNumber } = transaction;
  if (waitsFor !== "ok" || !recipient) return {};
  const question = await chargeQuestion(ports, transaction, recipient);
  const text = [wanted.prefix, question, wanted.suffix].filter(Boolean).join(" ");
  const theirId = `${transaction.id}-ok`;
  const { request } = caller;
  return {
    message: writtenByUs(ports, caller.account, { theirId, sender: shortNumber, recipient, text, request }),
  };
}

function windowFor(
  ports: AcceptChargePorts,
  caller: Caller,
  transaction: Transaction,
  wanted: NewCharge,
): { window?: Window } {
  if (transaction.waitsFor !== "window") return {};
  return { window: newWindow(ports, caller.account.number, transaction, { redirectUrl: wanted.redirectUrl ?? "" }) };
}

export function logAccepted(log: Log, transaction: Transaction): void {
  log.event("transaction.accepted", {
    id: transaction.id,
    account: transaction.account,
    theirId: transaction.theirId,
    amount: transaction.amount,
    currency: transaction.currency,
    state: transaction.state,
    ...(transaction.recipient ? { to: transaction.recipient } : {}),
    ...(transaction.reason ? { reason: transaction.reason } : {}),
  });
}
