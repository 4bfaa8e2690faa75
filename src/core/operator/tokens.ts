/** Tokens of the operator's API: who has one, what its role lets them do, and until when. All times are real time. */

import type { AccountStore } from "../accounts/store.ts";
import type { Clock } from "../kernel/clock.ts";
import { GatewayError } from "../kernel/errors.ts";
import type { AccountId, Ids } from "../kernel/ids.ts";
import type { Page, PageOf } from "../kernel/pages.ts";
import type { Log } from "../kernel/ports.ts";

/**
 * *owner*: everything. *operator*: everything but tokens. *viewer*: looks, and changes nothing. *merchant*: its own account's
 * messages, charges, subscriptions, services, webhooks and keys.
 */
export const ROLES = ["owner", "operator", "viewer", "merchant"] as const;
export type Role = (typeof ROLES)[number];

export type TokenId = `tok_${string}`;

export type Token = {
  id: TokenId;
  name: string;
  role: Role;
  /** It sees and touches this account alone. */
  account?: AccountId;
  createdAt: number;
  expiresAt?: number;
  /** To the minute. */
  usedAt?: number;
  /** The token that it was made by; absent where that is not known, or was the token of the settings. */
  madeBy?: TokenId;
  /** It has no secret: whoever the provider of this address vouches for signs in to the console as this. */
  signsInBy?: string;
};

/**
 * Who calls. `id` is a token's, or `setting` for the token of the settings, which is an owner's. `hasPasskey`: the token by itself
 * opens nothing, only the console together with a passkey.
 */
export type Actor = {
  id: TokenId | "setting";
  name: string;
  role: Role;
  account?: { id: AccountId; number: number };
  hasPasskey?: true;
};

/** A token, with its account's number if it has an account, and whether it has passkeys. */
export type FoundToken = Token & { accountNumber?: number; hasPasskey?: true };

export interface TokenStore {
  /** @param secretHash SHA-256 of the secret, in hex */
  add(token: Token, secretHash: string): Promise<void>;
  /** Undefined where there is none, or its account is gone. */
  bySecret(secretHash: string): Promise<FoundToken | undefined>;
  /** The same by its id. */
  byId(id: TokenId): Promise<FoundToken | undefined>;
  used(id: TokenId, at: number): Promise<void>;
  /** Adds the token of who signed in, or sets what it may and until when. */
  signedIn(token: Token): Promise<void>;
  /** By the time they were made. */
  list(page: Page): Promise<PageOf<Token>>;
  /** With its passkeys. False where there is none. */
  remove(id: TokenId): Promise<boolean>;
}

type TokenPorts = { tokens: TokenStore; accounts: AccountStore; clock: Clock; ids: Ids; log: Log };

export type NewToken = { name: string; role: Role; account?: AccountId; expiresAt?: number; madeBy?: TokenId };

/** Whether it opens anything at this time. */
export function isOpen({ expiresAt }: Pick<Token, "expiresAt">, now: number): boolean {
  return expiresAt === undefined || expiresAt > now;
}

/** The roles that may be bound to an account. */
export const OF_AN_ACCOUNT: readonly Role[] = ["viewer", "merchant"];

/**
 * Makes a token. One is exchanged by making the next, and withdrawing the old one once it is no longer used. Logs `token.issued`.
 * @param secretHash SHA-256 of its secret, in hex
 * @throws GatewayError bad-request where the account does not fit the role, is not there, or the time is over
 */
export async function issueToken(ports: TokenPorts, wanted: NewToken, secretHash: string): Promise<Token> {
  const { role, account, expiresAt } = wanted;
  if (role === "merchant" && account === undefined) {
    throw new GatewayError("bad-request", "account: a merchant's token is for one account: name it", "account");
  }
  if (account !== undefined && !OF_AN_ACCOUNT.includes(role)) {
    const why = `a token of role ${role} is for all accounts: leave it out, or choose ${OF_AN_ACCOUNT.join(" or ")}`;
    throw new GatewayError("bad-request", `account: ${why}`, "account");
  }
  if (account !== undefined && !(await ports.accounts.byId(account))) {
    throw new GatewayError("bad-request", `account: there is no account ${account}`, "account");
  }
  const now = ports.clock.wall();
  if (expiresAt !== undefined && expiresAt <= now) {
    throw new GatewayError("bad-request", "expiresAt: is over already", "expiresAt");
  }
  const token: Token = { id: `tok_${ports.ids.uuid().replaceAll("-", "")}`, ...wanted, createdAt: now };
  await ports.tokens.add(token, secretHash);
  ports.log.event("token.issued", { token: token.id, role, ...(account === undefined ? {} : { account }) });
  return token;
}

export function listTokens({ tokens }: Pick<TokenPorts, "tokens">, page: Page): Promise<PageOf<Token>> {
  return tokens.list(page);
}

/** @throws GatewayError not-found */
export async function findToken({ tokens }: Pick<TokenPorts, "tokens">, id: string): Promise<Token> {
  const found = await tokens.byId(id as TokenId);
  if (!found) throw new GatewayError("not-found", `there is no token ${id}`);
  const { accountNumber: _, hasPasskey: __, ...token } = found;
  return token;
}

/** Withdraws a token: from now on it opens nothing. Logs `token.withdrawn`. @throws GatewayError not-found */
export async function withdrawToken({ tokens, log }: Pick<TokenPorts, "tokens" | "log">, id: string): Promise<void> {
  if (!(await tokens.remove(id as TokenId))) throw new GatewayError("not-found", `there is no token ${id}`);
  log.event("token.withdrawn", { token: id });
}

/** Whoever has the token of the settings. */
export const OF_THE_SETTINGS: Actor = { id: "setting", name: "ADMIN_TOKEN", role: "owner" };

/** A token's last use is stored no more often than this. Milliseconds. */
const USED_EVERY = 60_000;

/** Whose token this is; undefined where it opens nothing. @param secretHash SHA-256 of its secret, in hex */
export async function actorOf(
  { tokens, clock }: Pick<TokenPorts, "tokens" | "clock">,
  secretHash: string,
): Promise<Actor | undefined> {
  return actorIn({ tokens, clock }, await tokens.bySecret(secretHash));
}

/** Whose token has this id; undefined where it opens nothing, or no more. */
export async function actorById(
  { tokens, clock }: Pick<TokenPorts, "tokens" | "clock">,
  id: TokenId,
): Promise<Actor | undefined> {
  return actorIn({ tokens, clock }, await tokens.byId(id));
}

async function actorIn(
  { tokens, clock }: Pick<TokenPorts, "tokens" | "clock">,
  token: FoundToken | undefined,
): Promise<Actor | undefined> {
  const now = clock.wall();
  if (!token || !isOpen(token, now)) return undefined;
  if (now - (token.usedAt ?? 0) >= USED_EVERY) await tokens.used(token.id, now);
  const { id, name, role, account, accountNumber, hasPasskey } = token;
  return {
    id,
    name,
    role,
    ...(account === undefined || accountNumber === undefined
      ? {}
      : { account: { id: account, number: accountNumber } }),
    ...(hasPasskey ? { hasPasskey } : {}),
  };
}
