/** What would happen with a text, if it were sent in an account's name now: each reason that would refuse it, and what it would cost. Nothing is sent. */

import type { Account, Caller } from "../accounts/account.ts";
import { usedUpFor } from "../accounts/limits.ts";
import { GatewayError, type Refusal } from "../kernel/errors.ts";
import { given } from "../kernel/given.ts";
import type { AccountId } from "../kernel/ids.ts";
import type { AcceptPorts } from "../messages/accept.ts";
import { closedAccount, inTheNameOf, ofOperator } from "../messages/accept-for.ts";
import { alikeSince, repeatedText } from "../messages/alike.ts";
import { checkCountry } from "../messages/allowed-countries.ts";
import type { Message } from "../messages/message.ts";
import { type NewMessage, toMessage } from "../messages/new-message.ts";
import { heedsOf } from "../messages/opt-outs.ts";
import { checkOwner } from "../messages/owners.ts";
import { everKnownAs } from "../messages/pseudonym.ts";
import { noCarrier, uncarried } from "../messages/route.ts";
import { optedOut, type Suppression } from "../messages/suppression.ts";
import { findAccount } from "./accounts.ts";
import { type Explained, type ExplainPorts, explainRoute } from "./explain.ts";

type Wanted = { account: AccountId } & Pick<NewMessage, "sender" | "recipient" | "text" | "sendAt">;

/** Why it would be refused. */
export type Refused = { reason: Refusal; why: string; field?: string };

export type MessagePreview = {
  wouldBe: "sent" | "scheduled" | "refused";
  /** Absent where it would be refused for its form. */
  message?: Pick<Message, "sender" | "recipient" | "encoding" | "parts" | "sendAt" | "expiresAt">;
  /** Empty: it would be accepted. */
  refused: Refused[];
  /** Until when quiet hours hold it back, or have it refused. Epoch ms. */
  quietUntil?: number;
  /** The opt-outs that keep it from being sent. */
  suppressedBy: Suppression[];
  /** Its way, where its recipient is a number. */
  way?: Explained;
  /** The limits of the account, and which of the day's are used up. */
  limits: Readonly<Record<string, unknown>>;
  usedUp: string[];
};

/** @throws GatewayError not-found */
export async function previewMessage(
  ports: AcceptPorts & ExplainPorts,
  { account: id, ...wanted }: Wanted,
): Promise<MessagePreview> {
  const account = await findAccount(ports, id, "account");
  const caller = await inTheNameOf(ports, account);
  const { message, quietUntil, refused } = formOf(ports, caller, ofOperator(wanted));
  const { sender, recipient } = message ?? wanted;
  const [owner, suppressedBy, alike, way, lost, over] = await Promise.all([
    refusalOf(() => checkOwner(ports.accounts, caller, wanted)),
    message ? suppressionsOf(ports, caller, message) : [],
    message ? alikeTo(ports, account, message) : [],
    message && explainRoute(ports, { account: id, sender, recipient, text: wanted.text }),
    message ? uncarried(ports, [message]) : new Set(),
    usedUpFor(ports, caller, { messages: 1, spend: [] }),
  ]);
  const more: (GatewayError | undefined)[] = [
    account.state === "closed" ? closedAccount(account) : undefined,
    owner,
    message && (await refusalOf(() => checkCountry(account.settings, recipient))),
    suppressedBy.length > 0 ? optedOut(recipient, sender) : undefined,
    alike.length > 0 ? repeatedText(account) : undefined,
    // One that is down is no reason: the text waits for it.
    lost.size > 0 ? noCarrier() : undefined,
    ...over.map((what) => new GatewayError("too-many-requests", `${what} of the day are used up`)),
  ];
  const reasons = [...refused, ...more].flatMap((error) => (error ? [toRefused(error)] : []));
  return {
    wouldBe: reasons.length > 0 ? "refused" : message?.state === "scheduled" ? "scheduled" : "sent",
    ...given({ message: message && shown(message), quietUntil, way }),
    refused: reasons,
    suppressedBy,
    limits: { ...account.settings.limits },
    usedUp: over,
  };
}

/** As its form and the hour have it. One that quiet hours refuse, or whose country is not allowed, has a size all the same. */
function formOf(ports: AcceptPorts, caller: Caller, wanted: NewMessage) {
  const { account } = caller;
  const { quietHours, countries: _, ...others } = account.settings;
  const waits = {
    ...others,
    ...(quietHours ? { quietHours: { ...quietHours, action: "wait" as const } } : {}),
  };
  try {
    const message = toMessage(ports, { ...caller, account: { ...account, settings: waits } }, wanted, new Set());
    const quietUntil = message.history.some(({ event }) => event === "quiet_hours.waits") ? message.sendAt : undefined;
    const isRefused = quietUntil !== undefined && quietHours?.action === "refuse";
    const why = isRefused
      ? [new GatewayError("quiet-hours", `it is quiet there until ${iso(quietUntil)}`, "sendAt")]
      : [];
    return { message, quietUntil, refused: why };
  } catch (error) {
    if (error instanceof GatewayError) return { refused: [error] };
    throw error;
  }
}

async function suppressionsOf(ports: AcceptPorts, caller: Caller, { sender, recipient }: Message) {
  const heeds = heedsOf(caller, sender);
  const known = await ports.suppressions.ofPerson(caller.account.id, await everKnownAs(ports.codes, recipient));
  return known.filter(({ number }) => heeds.includes(number));
}

async function alikeTo(ports: AcceptPorts, account: Account, message: Message) {
  const since = alikeSince(account, message);
  return since === undefined ? [] : await ports.messages.alike([{ message, since }]);
}

async function refusalOf(check: () => Promise<void> | void): Promise<GatewayError | undefined> {
  try {
    await check();
    return undefined;
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
}

function toRefused({ refusal, message, field }: GatewayError): Refused {
  return { reason: refusal, why: message, ...given({ field }) };
}

function shown({ sender, recipient, encoding, parts, sendAt, expiresAt }: Message) {
  return { sender, recipient, encoding, parts, sendAt, expiresAt };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
