/** Every verb of the domain, bound to its ports. Dialects, pages and jobs see this and nothing behind it. */

import type { Caller, Credential, CredentialKind } from "./accounts/account.ts";
import { isUsable } from "./accounts/account.ts";
import { charge } from "./billing/charge.ts";
import { makeBilling } from "./billing/gateway.ts";
import { GatewayError } from "./errors.ts";
import { accept, acceptMany, type NewItem, type NewMessage } from "./messages/accept.ts";
import type { Receipt } from "./messages/carrier.ts";
import { cancel, edit } from "./messages/edit.ts";
import type { Reported } from "./messages/inbound.ts";
import type { Message, MessageId } from "./messages/message.ts";
import { receive } from "./messages/receive.ts";
import { settle } from "./messages/settle.ts";
import { submit } from "./messages/submit.ts";
import type { Once, Ports } from "./ports.ts";
import { inTurn, isInHand, sweep, takeOver } from "./sweep.ts";
import { tidy } from "./tidy.ts";
import { deliver } from "./webhooks/deliver.ts";
import type { WebhookId } from "./webhooks/webhook.ts";

export type Gateway = ReturnType<typeof makeGateway>;

export function makeGateway(ports: Ports) {
  /** The caller, if the credential may be used now. */
  const usable = (caller: Caller | undefined) =>
    caller && isUsable(caller.credential, ports.clock.wall()) ? caller : undefined;

  return {
    ...makeBilling(ports),

    /** Epoch milliseconds as the rest of the world has them: what signatures and expiry dates are held against. */
    wallClock: () => ports.clock.wall(),

    /** Who holds this secret (its SHA-256 in hex), or the key of this name; undefined if nobody may use it now. */
    callerBySecret: async (dialect: string, kind: CredentialKind, secretHash: string) =>
      usable(await ports.accounts.bySecret(dialect, kind, secretHash)),
    callerByKeyName: async (dialect: string, kind: CredentialKind, name: string) =>
      usable(await ports.accounts.byKeyName(dialect, kind, name)),

    /**
     * Runs a request that may be made once. The nonce is spent before, and given back if the request failed through a
     * fault of ours, so that an honest client may send the very same bytes again.
     * @throws GatewayError replayed
     */
    once: async <T>(once: Once, run: () => Promise<T>, failed: (result: T) => boolean): Promise<T> => {
      const claim = ports.ids.uuid();
      if (!(await ports.accounts.spend(once, claim))) {
        throw new GatewayError("replayed", "this request was made before: its nonce is used; sign each request anew");
      }
      const result = await run();
      if (failed(result)) await ports.accounts.unspend(once, claim);
      return result;
    },

    accept: (caller: Caller, wanted: NewMessage, options?: { once?: Once | undefined; replaceScheduled?: boolean }) =>
      accept(ports, caller, wanted, options),
    acceptMany: (caller: Caller, wanted: readonly NewItem[], once?: Once) => acceptMany(ports, caller, wanted, once),
    edit: (caller: Caller, known: Message, wanted: NewMessage) => edit(ports, caller, known, wanted),
    cancel: (known: Message) => cancel(ports, known),

    /** The caller's own message by the id they gave it. */
    message: (caller: Caller, theirId: string) =>
      ports.messages.byTheirId(caller.account.id, caller.credential.dialect, theirId),

    /** The caller's own credentials of one kind. */
    credentials: (caller: Caller, kind: CredentialKind) =>
      ports.accounts.credentialsOfKind(caller.account.id, caller.credential.dialect, kind),
    /** The caller does without one of its own credentials from now on. */
    withdraw: (caller: Caller, credential: Credential) =>
      ports.accounts.removeCredential(caller.account.id, credential.id),
    /** The key that webhooks are, or were, signed with. */
    serverKey: (name: string) => ports.signer.published(name),

    submit: (ids: readonly MessageId[]) => submit(ports, ids),
    settle: (receipts: readonly Receipt[]) => settle(ports, receipts),
    receive: (reported: readonly Reported[]) => receive(ports, reported),
    deliver: (ids: readonly WebhookId[]) => deliver(ports, ids),

    /** The minute's round: rings for what is due, or soon will be, or was left behind. */
    sweep: async () => {
      await inTurn<unknown>([() => sweep(ports, ports.jobs, { ahead: 120_000 }), () => tidy(ports)]);
    },
    /** The first round of a process that knows that it is the only one: nothing is left to anybody else. */
    takeOver: async () => {
      await takeOver(ports);
      await sweep(ports, ports.jobs, { ahead: 120_000, patience: 0 });
    },
    /** Does whatever is due, here and now; answers whether there was anything. */
    runDue: async () =>
      (await sweep(
        ports,
        {
          submit: (ids) => submit(ports, ids),
          charge: (ids) => charge(ports, ids),
          deliver: (ids) => deliver(ports, ids),
        },
        { patience: 0 },
      )) > 0,
    /** Puts away what is worn out. */
    tidy: () => tidy(ports),
    /** Whether somebody else has something in hand just now. */
    isInHand: () => isInHand(ports),
    /** The carriers that messages can be handed to. */
    carriers: () => [...ports.carriers.keys()],
    /** Epoch ms when something will next be due. */
    nextDue: async () => {
      const stores = [ports.messages, ports.webhooks, ports.transactions, ports.subscriptions];
      const times = (await Promise.all(stores.map((store) => store.nextDue()))).filter((at) => at !== undefined);
      return times.length > 0 ? Math.min(...times) : undefined;
    },
  };
}
