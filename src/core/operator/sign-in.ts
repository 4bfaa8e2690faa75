/**
 * Signing in to the console at the operator's own identity provider (OpenID Connect). Who signs in has a token without a secret: the same
 * person always the same one, so that the audit log, four eyes and withdrawing work as with any other. All times are real time.
 */

import type { AccountStore } from "../accounts/store.ts";
import { readBase64Url, toBase64Url } from "../kernel/base64.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Ids } from "../kernel/ids.ts";
import type { Codes } from "../kernel/ports.ts";
import { present } from "../kernel/present.ts";
import type { Hash } from "./audit.ts";
import { SESSION_LIFE } from "./sessions.ts";
import { type Actor, actorById, OF_AN_ACCOUNT, ROLES, type Role, type TokenId, type TokenStore } from "./tokens.ts";

/** How long a person may take at the provider. Milliseconds. */
export const SIGN_IN_LIFE = 10 * 60_000;
/** What the nonces of these are kept under, where others have a credential. */
const SPENT_AS = "sign-in";
const LONGEST_NAME = 100;

/** What the browser brings back with the answer: by it the answer is known to be to this browser's question. */
export type Begun = { state: string; nonce: string; verifier: string };

/** What the provider vouches for, its signature and its audience checked. */
export type Claims = { iss: string; sub: string } & Readonly<Record<string, unknown>>;

export interface IdentityProvider {
  /** Its name for people. */
  readonly name: string;
  readonly rules: SignInRules;
  /** @param redirectUri where it sends the browser back to. @throws Error where it cannot be reached */
  begin(redirectUri: string): Promise<Begun & { url: string }>;
  /**
   * @param answer the address that the browser was sent back to
   * @throws SignInRefused where the answer is not one to this question, or is not what it has to be
   */
  end(answer: URL, begun: Begun, redirectUri: string): Promise<Claims>;
}

/** Which claim names a person's roles there, which role each stands for here, and which claim names the one account. */
export type SignInRules = { roleClaim: string; roles: ReadonlyMap<string, Role>; accountClaim: string };

/** `why` is a word for the log, with nothing of what the provider sent. */
export class SignInRefused extends Error {
  readonly why: string;
  constructor(why: string, message = "The provider's answer cannot be used. Try again.") {
    super(message);
    this.why = why;
  }
}

type Ports = {
  accounts: Pick<AccountStore, "spend" | "byId">;
  tokens: TokenStore;
  clock: Clock;
  codes: Codes;
  ids: Ids;
  hash: Hash;
};

type Kept = Begun & { to: string; until: number };

/**
 * Begins: answers where the browser goes, and what it keeps until it is back.
 * @param to the page that was asked for
 */
export async function beginSignIn(
  { codes, clock }: Pick<Ports, "codes" | "clock">,
  provider: IdentityProvider,
  { redirectUri, to }: { redirectUri: string; to: string },
): Promise<{ url: string; kept: string }> {
  const { url, ...begun } = await provider.begin(redirectUri);
  const kept: Kept = { ...begun, to, until: clock.wall() + SIGN_IN_LIFE };
  const text = toBase64Url(new TextEncoder().encode(JSON.stringify(kept)));
  return { url, kept: `${text}~${await codes.digest("browsers", `sign-in ${text}`)}` };
}

/**
 * Ends: answers who it is, and where they wanted to go.
 * @throws SignInRefused
 */
export async function endSignIn(
  ports: Ports,
  provider: IdentityProvider,
  { answer, redirectUri, kept }: { answer: URL; redirectUri: string; kept: string },
): Promise<{ actor: Actor; to: string }> {
  const begun = await readKept(ports, kept);
  if (answer.searchParams.get("state") !== begun.state) throw new SignInRefused("state");
  // Before the provider is asked: an answer counts once, whatever comes of it.
  const once = { credential: SPENT_AS, nonce: begun.state, until: begun.until };
  if (!(await ports.accounts.spend(once, ports.ids.uuid()))) throw new SignInRefused("replayed");
  const claims = await provider.end(answer, begun, redirectUri);
  return { actor: await actorWith(ports, claims, provider.rules), to: begun.to };
}

async function readKept({ codes, clock }: Pick<Ports, "codes" | "clock">, kept: string): Promise<Kept> {
  const [text = "", digest = ""] = kept.split("~");
  if (!(await codes.isDigest("browsers", `sign-in ${text}`, digest))) throw new SignInRefused("no-question");
  const begun: Kept = JSON.parse(new TextDecoder().decode(readBase64Url(text)));
  if (begun.until <= clock.wall()) throw new SignInRefused("too-late", "That took too long. Try again.");
  return begun;
}

async function actorWith(ports: Ports, claims: Claims, rules: SignInRules): Promise<Actor> {
  const role = roleIn(claims, rules);
  if (!role) throw new SignInRefused("no-role", "Your account there has no role here. Ask who runs this gateway.");
  const account = await accountIn(ports, claims, rules, role);
  const now = ports.clock.wall();
  const id: TokenId = `tok_${(await ports.hash(JSON.stringify([claims.iss, claims.sub]))).slice(0, 32)}`;
  const token = {
    id,
    name: nameIn(claims),
    role,
    createdAt: now,
    expiresAt: now + SESSION_LIFE,
    signsInBy: claims.iss,
  };
  await ports.tokens.signedIn({ ...token, ...present({ account }) });
  const actor = await actorById(ports, id);
  if (!actor) throw new SignInRefused("no-account");
  return actor;
}

/** The role that may most, of those that the provider names. */
function roleIn(claims: Claims, { roleClaim, roles }: SignInRules): Role | undefined {
  const named = claimOf(claims, roleClaim);
  const given = (Array.isArray(named) ? named : [named]).map((one) => roles.get(String(one)));
  return ROLES.find((role) => given.includes(role));
}

/** A role that may be for one account is for the one that is named; a merchant's must be. */
async function accountIn(
  { accounts }: Pick<Ports, "accounts">,
  claims: Claims,
  { accountClaim }: SignInRules,
  role: Role,
): Promise<string | undefined> {
  if (!OF_AN_ACCOUNT.includes(role)) return undefined;
  const named = claimOf(claims, accountClaim);
  if (named === undefined && role !== "merchant") return undefined;
  const account = typeof named === "string" ? await accounts.byId(named) : undefined;
  if (!account)
    throw new SignInRefused("no-account", "Your account there names no account here. Ask who runs this gateway.");
  return account.id;
}

/** A claim by its whole name; else by a path, as in `realm_access.roles`. */
function claimOf(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  let found: unknown = claims;
  for (const part of name.split(".")) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, part)) return undefined;
    found = (found as Record<string, unknown>)[part];
  }
  return found;
}

/** What stands in the audit log: an address that the provider has checked, or else a name. */
function nameIn(claims: Claims): string {
  const address = claims.email_verified === true ? claims.email : undefined;
  const names = [address, claims.preferred_username, claims.name, claims.sub];
  const name = names.find((one): one is string => typeof one === "string" && one.trim() !== "") ?? claims.sub;
  return name.replace(/\p{C}/gu, " ").trim().slice(0, LONGEST_NAME);
}
