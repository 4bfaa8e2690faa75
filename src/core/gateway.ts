/**
 * Every verb of the domain, bound to its ports. Dialects, pages and jobs see this and nothing behind it; the operator's
 * API sees `operator`, and nothing else.
 */

import type { Caller, Credential, CredentialKind } from "./accounts/account.ts";
import { isUsable } from "./accounts/account.ts";
import type { CallbackAddress } from "./accounts/callback.ts";
import { takeRequest } from "./accounts/limits.ts";
import { runOnce } from "./accounts/once.ts";
import { type Agenda, isListed } from "./agenda.ts";
import { charge } from "./billing/charges/charge.ts";
import { makeBilling } from "./billing/gateway.ts";
import { type Foresee, renewAhead } from "./billing/subscriptions/ahead.ts";
import { releaseCampaigns } from "./campaigns/release.ts";
import { aged } from "./directory.ts";
import type { Reported } from "./inbound/inbound.ts";
import type { Keyword, NewKeyword } from "./inbound/keyword.ts";
import { receiveParts, takeIncomplete } from "./inbound/parts.ts";
import { receive } from "./inbound/receive.ts";
import { register, reregister } from "./inbound/register.ts";
import type { GatewayError } from "./kernel/errors.ts";
import { given } from "./kernel/given.ts";
import type { CampaignId, InboundId, MessageId, TransactionId, WebhookId } from "./kernel/ids.ts";
import type { Page } from "./kernel/pages.ts";
import type { Once } from "./kernel/ports.ts";
import { accept, type NewMessage } from "./messages/accept.ts";
import { acceptMany, type NewItem } from "./messages/accept-many.ts";
import type { Receipt } from "./messages/carrier.ts";
import { acceptEach } from "./messages/each.ts";
import { cancel, edit } from "./messages/edit.ts";
import type { Message } from "./messages/message.ts";
import { checkOwner } from "./messages/owners.ts";
import { settle } from "./messages/settle.ts";
import { submit } from "./messages/submit.ts";
import { makeOperator } from "./operator/operator.ts";
import type { Ports } from "./ports.ts";
import { inTurn, isBusy, readAgenda, sweep, takeOver } from "./sweep.ts";
import { lookAfter, tidy } from "./tidy.ts";
import { deliver } from "./webhooks/deliver.ts";
import { knowsInboundsAt } from "./webhooks/format.ts";
import { wake } from "./webhooks/wake.ts";

/** A search of the directory returns at most this many; callers narrow the query. */
const MOST_PEOPLE = 100;
/** What falls due within this time gets its job in the minute's sweep. */
const SWEPT_AHEAD_MS = 120_000;

export type WholeGateway = ReturnType<typeof makeGateway>;

/** As dialects, pages and jobs see it: without what only an operator may do. */
export type Gateway = Omit<WholeGateway, "operator">;

export function makeGateway(ports: Ports) {
  return {
    ...makeBilling(ports),
    ...callerVerbs(ports),
    ...messageVerbs(ports),
    ...inboundVerbs(ports),
    ...upkeepVerbs(ports),

    /** What whoever runs this gateway may do: of every account. */
    operator: makeOperator(ports),
    /** Epoch ms by the clock that messages are due by, which a sandbox can move. */
    now: () => ports.clock.now(),
    /** Epoch ms of real time, which signatures and expiry dates are compared with. */
    wallClock: () => ports.clock.wall(),
    isSandbox: ports.isSandbox,
    /** A new random id (UUID). A request with an Idempotency-Key that is taken up again gets those it had. */
    newId: () => ports.ids.uuid(),
    /** The key that webhooks are, or were, signed with. */
    serverKey: (name: string) => ports.signer.published(name),

    /** What the directory knows of a number's subscriber, with their age. */
    person: async (msisdn: string) => {
      const person = await ports.directory.byMsisdn(msisdn);
      return person && aged(ports, person);
    },
    /** The people in the directory that every word of a text fits. */
    people: async (text: string) =>
      (await ports.directory.search(text, MOST_PEOPLE)).map((person) => aged(ports, person)),
  };
}

/** Who calls, and what a caller sets for itself. */
function callerVerbs(ports: Ports) {
  /** The caller, if the credential may be used now. */
  const usable = (caller: Caller | undefined) =>
    caller && isUsable(caller.credential, ports.clock.wall()) ? caller : undefined;

  return {
    /** The caller with this secret (its SHA-256 in hex), or with the key of this name; undefined if it may not be used now. */
    callerBySecret: async (dialect: string, kind: CredentialKind, secretHash: string) =>
      usable(await ports.accounts.bySecret(dialect, kind, secretHash)),
    callerByKeyName: async (dialect: string, kind: CredentialKind, name: string) =>
      usable(await ports.accounts.byKeyName(dialect, kind, name)),
    /** Takes one request of what the caller may make in a second. @throws OverLimit */
    takeRequest: (caller: Caller) => takeRequest(ports, caller),
    /** Runs a request that may be made once. @throws GatewayError replayed */
    once: <T>(once: Once, run: () => Promise<T>, failed: (result: T) => boolean) => runOnce(ports, once, run, failed),

    /** The caller's own credentials of one kind. */
    credentials: (caller: Caller, kind: CredentialKind) =>
      ports.accounts.credentialsOfKind(caller.account.id, caller.credential.dialect, kind),
    /** The caller does without one of its own credentials from now on. */
    withdraw: (caller: Caller, credential: Credential) =>
      ports.accounts.removeCredential(caller.account.id, credential.id),
    /** Sets where the caller's webhooks go: for one of its numbers, or for all. */
    putAddress: (caller: Caller, address: Omit<CallbackAddress, "account" | "dialect">) =>
      ports.callbacks.putAddress({
        account: caller.account.id,
        dialect: caller.credential.dialect,
        ...address,
      }),
  };
}

/** Accepting, as a piece of work in the trace of its request. @param count so many messages */
function accepting<T>({ traces }: Ports, caller: Caller, count: number, run: () => Promise<T>): Promise<T> {
  const facts = { account: caller.account.id, dialect: caller.credential.dialect, count };
  return traces.span({ name: "accept", facts }, run);
}

/** Messages of the caller, and the jobs that take them further. */
function messageVerbs(ports: Ports) {
  return {
    accept: (caller: Caller, wanted: NewMessage, options?: { once?: Once | undefined; replaceScheduled?: boolean }) =>
      accepting(ports, caller, 1, () => accept(ports, caller, wanted, options)),
    acceptMany: (caller: Caller, wanted: readonly NewItem[], once?: Once) =>
      accepting(ports, caller, wanted.length, () => acceptMany(ports, caller, wanted, once)),
    acceptEach: (
      caller: Caller,
      wanted: readonly (NewMessage | GatewayError)[],
      options?: { atomic?: boolean; together?: number },
    ) => accepting(ports, caller, wanted.length, () => acceptEach(ports, caller, wanted, options)),
    /** Refuses a sender that is another account's, before anything of a text is taken. @throws GatewayError not-allowed */
    checkOwner: (caller: Caller, wanted: Pick<NewMessage, "sender" | "anySender">) =>
      checkOwner(ports.accounts, caller, wanted),
    edit: (caller: Caller, known: Message, wanted: NewMessage) => edit(ports, caller, known, wanted),
    cancel: (known: Message) => cancel(ports, known),

    /** The caller's own message by the id they gave it. */
    message: (caller: Caller, theirId: string) =>
      ports.messages.byTheirId(caller.account.id, caller.credential.dialect, theirId),
    /** A page of the caller's messages in its dialect, as they were sent or will be, of a span of time (epoch ms). */
    sentPage: (caller: Caller, time: { from: number; to: number }, page: Page) => {
      const { id: account, number: accountNumber } = caller.account;
      return ports.messages.sentPage({ account, accountNumber, dialect: caller.credential.dialect, ...time }, page);
    },

    /** What the caller sent in its dialect, and what people wrote to it, in a time (epoch ms), newest first. */
    records: (caller: Caller, time: { from: number; to: number }, page: { limit: number; offset: number }) => {
      const { id: account, number: accountNumber } = caller.account;
      const { dialect } = caller.credential;
      const inboundAt = ports.formats.get(dialect)?.inboundAt;
      return ports.records.records({ account, accountNumber, dialect, ...time, inboundAt }, page);
    },
    /** The carriers that take messages to any recipient. */
    carriers: () =>
      [...ports.carriers.values()].filter(({ answersFor, isOff }) => !answersFor && !isOff).map(({ name }) => name),

    submit: (ids: readonly MessageId[]) => submit(ports, ids),
    /** Makes the rounds of campaigns that are due: some of their texts become messages. */
    releaseCampaigns: (ids: readonly CampaignId[]) => releaseCampaigns(ports, ids),
    settle: (receipts: readonly Receipt[], times?: readonly number[]) => settle(ports, receipts, times),
    deliver: (ids: readonly WebhookId[], claimed?: () => void) => deliver(ports, ids, claimed),
    /** The caller can be told again at this endpoint: what waits there for its next try is told now. */
    wake: (caller: Caller, endpoint: string) => wake(ports, caller.account.id, endpoint),
  };
}

/** Texts that people sent to the caller, and the keywords that they begin with. */
function inboundVerbs(ports: Ports) {
  return {
    receive: (reported: readonly Reported[]) => receiveParts(ports, reported, (texts) => receive(ports, texts)),
    /** A text that a person sent to the caller, at a number that its dialect knows of. */
    inboundById: async (caller: Caller, id: InboundId) => {
      const inbound = await ports.inbounds.byId(caller.account.id, id);
      const format = ports.formats.get(caller.credential.dialect);
      return inbound && knowsInboundsAt(inbound.recipient, format) ? inbound : undefined;
    },
    /** The caller's own keywords. They tell which account a person's text belongs to. */
    keywords: (caller: Caller) => ports.keywords.list(caller.account.id),
    keyword: (caller: Caller, id: string) => ports.keywords.byId(caller.account.id, id),
    register: (caller: Caller, wanted: NewKeyword) => register(ports, caller, wanted),
    reregister: (caller: Caller, known: Keyword, to: NewKeyword) => reregister(ports, caller, known, to),
    unregister: (caller: Caller, id: string) => ports.keywords.remove(caller.account.id, id),
    /** A text that a person sent to the caller at this number. */
    inbound: (caller: Caller, shortNumber: string, id: string) =>
      ports.inbounds.told(caller.account.id, caller.credential.dialect, shortNumber, id),
  };
}

/** What is done without a request: by the minute, at a start, and for a sandbox whose clock moves. */
function upkeepVerbs(ports: Ports) {
  const joined = () => takeIncomplete(ports, (texts) => receive(ports, texts));
  return {
    /** Each minute: writes jobs for rows that are due, will be within two minutes, or were left behind by their job. */
    sweep: async () => {
      await inTurn<unknown>([joined, () => sweep(ports, ports.jobs, { ahead: SWEPT_AHEAD_MS }), () => tidy(ports)]);
    },
    /** At the start of a process that knows that it is the only one: no row is left to another process's job. */
    takeOver: async () => {
      await takeOver(ports);
      await sweep(ports, ports.jobs, { ahead: SWEPT_AHEAD_MS, patience: 0 });
    },
    /**
     * Does all that is due, without the queue; answers whether there was anything.
     * @param agenda as it was a moment ago: only what has rows in it is looked for
     */
    runDue: async (agenda?: Agenda) => {
      const here = {
        submit: (ids: readonly MessageId[]) => submit(ports, ids),
        charge: (ids: readonly TransactionId[]) => charge(ports, ids),
        deliver: (ids: readonly WebhookId[]) => deliver(ports, ids),
        release: (ids: readonly CampaignId[]) => releaseCampaigns(ports, ids),
      };
      const hasParts = !agenda || isListed(agenda, "parts", ports.clock.now());
      const rounds = [...(hasParts ? [joined] : []), () => sweep(ports, here, { patience: 0, ...given({ agenda }) })];
      const found = await inTurn(rounds);
      return found.some((count) => count > 0);
    },
    /** In a sandbox that lets time pass: bills renewals before their time, each as of it; answers how far it got. */
    renewAhead: (until: number, foresee: Foresee) => renewAhead(ports, until, foresee),
    /** Forgets rows whose time of keeping is over, and looks after endpoints and carriers. */
    tidy: () => tidy(ports),
    /** Pauses endpoints that do not answer, and tells of carriers that do not. */
    lookAfter: () => lookAfter(ports),
    /** Whether something was in hand a moment ago, so that its result may have come since. */
    isBusy: (agenda: Agenda) => isBusy(agenda, ports.clock.now()),
    /** When something is next to be done, of each kind, and whether anything is in hand. */
    agenda: () => readAgenda(ports),
  };
}
