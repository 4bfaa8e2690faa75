/**
 * Passkeys (WebAuthn): the second factor of an owner who logs in to the console with a token. While a token has one, the token alone
 * opens neither the API nor the console. All times are real time.
 */

import type { AccountStore } from "../accounts/store.ts";
import { readBase64Url, toBase64Url } from "../kernel/base64.ts";
import type { Clock } from "../kernel/clock.ts";
import { GatewayError } from "../kernel/errors.ts";
import type { Ids } from "../kernel/ids.ts";
import type { Codes, Log } from "../kernel/ports.ts";
import { type Actor, actorById, findToken, type TokenId, type TokenStore } from "./tokens.ts";

/** `id` and `publicKey` are base64url; `counter` is what the authenticator said last. */
export type Passkey = {
  id: string;
  tokenId: TokenId;
  name: string;
  publicKey: string;
  counter: number;
  transports: readonly string[];
  createdAt: number;
  usedAt?: number;
};

export interface PasskeyStore {
  /** False where there is one of this id, its token is gone, or has so many. */
  add(passkey: Passkey, most: number): Promise<boolean>;
  /** By the time they were made. */
  ofToken(tokenId: TokenId): Promise<Passkey[]>;
  /** Notes a use. False where it is withdrawn, or its counter has not moved on: then there are two of it. */
  used(of: Pick<Passkey, "tokenId" | "id" | "counter">, at: number): Promise<boolean>;
  /** False where there is none. */
  remove(of: Pick<Passkey, "tokenId" | "id">): Promise<boolean>;
}

/** Where passkeys hold: a host name, and the origin that the browser must have answered at. */
export type Site = { host: string; origin: string };

/** What a browser says, and what it is asked, as JSON: WebAuthn Level 3, 5.1.9 and 5.1.10. */
export interface PasskeyCheck {
  /** What a browser is asked for, to make one. */
  toMake(asked: Asked & { owner: Pick<Actor, "id" | "name"> }): Promise<object>;
  /** What a browser is asked for, to use one of these. */
  toUse(asked: Asked): Promise<object>;
  /** @throws PasskeyRefused where it does not answer the challenge at this site, or the person was not checked */
  made(answer: unknown, to: Answered): Promise<Pick<Passkey, "id" | "publicKey" | "counter" | "transports">>;
  /** The counter that the authenticator says now. @throws PasskeyRefused likewise, and where it is not signed by this passkey */
  used(answer: unknown, to: Answered & { passkey: Passkey }): Promise<number>;
}
type Asked = { site: Site; challenge: Uint8Array<ArrayBuffer>; known: readonly Passkey[] };
type Answered = { site: Site; challenge: string };

/** `why` is a word for the log, with nothing of what the browser sent. */
export class PasskeyRefused extends Error {
  readonly why: string;
  /** The token that was given before, where that is known. */
  readonly token: TokenId | undefined;
  constructor(why: string, token?: TokenId) {
    super("The passkey was not accepted. Log in again.");
    this.why = why;
    this.token = token;
  }
}

type Ports = {
  accounts: Pick<AccountStore, "spend">;
  passkeys: PasskeyStore;
  passkeyCheck: PasskeyCheck;
  tokens: TokenStore;
  clock: Clock;
  codes: Codes;
  ids: Ids;
  log: Log;
};

/** How long a person may take. Milliseconds. */
export const PASSKEY_LIFE = 5 * 60_000;
/** What the nonces of these are kept under, where others have a credential. */
const SPENT_AS = "passkey";
const CHALLENGE_BYTES = 32;
/** Of one token. */
const MOST = 10;

/** What a browser is asked, and what it brings back with its answer: `kept` is the question, and nothing but us could make it. */
export type Offer = { options: object; kept: string };

type Kept = { purpose: "make" | "use"; token: TokenId; challenge: string; until: number };

/**
 * Asks an owner's browser for a new passkey.
 * @param site where this is; undefined at a bare address, where no passkey can be made
 * @throws GatewayError not-found; not-allowed for another's token, or for one that takes none; bad-request at a bare address
 */
export async function offerPasskey(ports: Ports, actor: Actor, id: string, site: Site | undefined): Promise<Offer> {
  const token = await ownToken(ports, actor, id);
  const place = named(site);
  const known = await ports.passkeys.ofToken(token);
  const challenge = ports.ids.bytes(CHALLENGE_BYTES);
  const options = await ports.passkeyCheck.toMake({ site: place, challenge, known, owner: actor });
  return { options, kept: await keep(ports, "make", token, challenge) };
}

/** `passkeyId` is the id that the answer has. */
type NewPasskey = { passkeyId: string; name: string; answer: unknown; kept: string; site: Site | undefined };

/**
 * Keeps the passkey that a browser made. From then on the token opens the console alone, and with a passkey; its sessions that were
 * begun without one have ended. Logs `passkey.added`.
 * @throws GatewayError as `offerPasskey`; bad-request where the answer is not to a question of ours, or was given before;
 * already-exists where the passkey is known, or there are too many
 */
export async function addPasskey(
  ports: Ports,
  actor: Actor,
  id: string,
  { passkeyId, name, answer, kept, site }: NewPasskey,
): Promise<Passkey> {
  const token = await ownToken(ports, actor, id);
  const place = named(site);
  try {
    const { challenge } = await takeKept(ports, kept, { purpose: "make", token });
    const made = await ports.passkeyCheck.made(answer, { site: place, challenge });
    if (made.id !== passkeyId) throw new PasskeyRefused("other-id");
    const passkey: Passkey = { ...made, name, tokenId: token, createdAt: ports.clock.wall() };
    if (await ports.passkeys.add(passkey, MOST)) {
      ports.log.event("passkey.added", { token });
      return passkey;
    }
  } catch (error) {
    if (!(error instanceof PasskeyRefused)) throw error;
    throw new GatewayError("bad-request", `answer: cannot be used (${error.why}): ask for another question`, "answer");
  }
  throw new GatewayError("already-exists", `answer: this passkey is known already, or the token has ${MOST} of them`);
}

/** The passkeys of a token. @throws GatewayError not-found */
export async function listPasskeys(ports: Pick<Ports, "tokens" | "passkeys">, id: string): Promise<Passkey[]> {
  return ports.passkeys.ofToken((await findToken(ports, id)).id);
}

/**
 * Withdraws a passkey: sessions that were begun with it have ended. Where it was the last, the token alone opens again what it opens.
 * Logs `passkey.withdrawn`.
 * @throws GatewayError not-found
 */
export async function withdrawPasskey(
  { tokens, passkeys, log }: Pick<Ports, "tokens" | "passkeys" | "log">,
  token: string,
  id: string,
): Promise<void> {
  const { id: tokenId } = await findToken({ tokens }, token);
  if (!(await passkeys.remove({ tokenId, id }))) {
    throw new GatewayError("not-found", `token ${tokenId} has no passkey ${id}`);
  }
  log.event("passkey.withdrawn", { token: tokenId });
}

/** Asks the browser of somebody who gave this token for one of its passkeys. */
export async function askPasskey(ports: Ports, token: TokenId, site: Site): Promise<Offer> {
  const challenge = ports.ids.bytes(CHALLENGE_BYTES);
  const options = await ports.passkeyCheck.toUse({ site, challenge, known: await ports.passkeys.ofToken(token) });
  return { options, kept: await keep(ports, "use", token, challenge) };
}

/**
 * Takes the answer: whose token it is, and which passkey it was.
 * @throws PasskeyRefused
 */
export async function usePasskey(
  ports: Ports,
  { answer, kept, site }: { answer: unknown; kept: string; site: Site },
): Promise<{ actor: Actor; passkeyId: string }> {
  const { challenge, token } = await takeKept(ports, kept, { purpose: "use" });
  try {
    return await usedBy(ports, { token, answer, to: { site, challenge } });
  } catch (error) {
    throw error instanceof PasskeyRefused ? new PasskeyRefused(error.why, token) : error;
  }
}

async function usedBy(
  ports: Ports,
  { token, answer, to }: { token: TokenId; answer: unknown; to: Answered },
): Promise<{ actor: Actor; passkeyId: string }> {
  const id = typeof answer === "object" && answer !== null && "id" in answer ? answer.id : undefined;
  const passkey = (await ports.passkeys.ofToken(token)).find((one) => one.id === id);
  if (!passkey) throw new PasskeyRefused("unknown");
  const counter = await ports.passkeyCheck.used(answer, { ...to, passkey });
  const isNoted = await ports.passkeys.used({ ...passkey, counter }, ports.clock.wall());
  if (!isNoted) throw new PasskeyRefused("counter");
  const actor = await actorById(ports, token);
  if (!actor) throw new PasskeyRefused("token");
  return { actor, passkeyId: passkey.id };
}

/** @throws GatewayError not-found, not-allowed */
async function ownToken(ports: Pick<Ports, "tokens">, actor: Actor, id: string): Promise<TokenId> {
  const token = await findToken(ports, id);
  if (token.id !== actor.id) {
    throw new GatewayError("not-allowed", "a passkey is added by whoever has the token: log in with it");
  }
  if (token.role !== "owner" || token.signsInBy !== undefined) {
    throw new GatewayError("not-allowed", "only an owner's token that has a secret takes passkeys");
  }
  return token.id;
}

/** @throws GatewayError bad-request */
function named(site: Site | undefined): Site {
  if (site) return site;
  const why = "passkeys hold for a host name, and this address has none: open the console by its name, or at localhost";
  throw new GatewayError("bad-request", why);
}

async function keep(
  { codes, clock }: Pick<Ports, "codes" | "clock">,
  purpose: Kept["purpose"],
  token: TokenId,
  challenge: Uint8Array,
): Promise<string> {
  const kept: Kept = { purpose, token, challenge: toBase64Url(challenge), until: clock.wall() + PASSKEY_LIFE };
  const text = toBase64Url(new TextEncoder().encode(JSON.stringify(kept)));
  return `${text}~${await codes.digest("browsers", `passkey ${text}`)}`;
}

/** Reads the question, and spends it before its answer is looked at: it counts once, whatever comes of it. @throws PasskeyRefused */
async function takeKept(
  { accounts, codes, clock, ids }: Pick<Ports, "accounts" | "codes" | "clock" | "ids">,
  given: string,
  wanted: { purpose: Kept["purpose"]; token?: TokenId },
): Promise<Kept> {
  const [text = "", digest = ""] = given.split("~");
  if (!(await codes.isDigest("browsers", `passkey ${text}`, digest))) throw new PasskeyRefused("no-question");
  const kept: Kept = JSON.parse(new TextDecoder().decode(readBase64Url(text)));
  if (kept.purpose !== wanted.purpose || kept.token !== (wanted.token ?? kept.token)) {
    throw new PasskeyRefused("other-question", kept.token);
  }
  if (kept.until <= clock.wall()) throw new PasskeyRefused("too-late", kept.token);
  const once = { credential: SPENT_AS, nonce: kept.challenge, until: kept.until };
  if (!(await accounts.spend(once, ids.uuid()))) throw new PasskeyRefused("replayed", kept.token);
  return kept;
}
