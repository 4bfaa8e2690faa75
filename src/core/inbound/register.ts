/** Registering keywords: at a number of the account, with a text that no other keyword has there. */

import type { Caller, Sender } from "../accounts/account.ts";
import { normalSender } from "../accounts/account.ts";
import type { ServiceStore } from "../billing/store.ts";
import type { Clock } from "../kernel/clock.ts";
import { GatewayError } from "../kernel/errors.ts";
import type { AccountId } from "../kernel/ids.ts";
import type { Log } from "../kernel/ports.ts";
import { isTooMuch } from "../messages/echo.ts";
import { type Keyword, type KeywordStore, type NewKeyword, sameness } from "./keyword.ts";
import { flawIn, MOST_STEPS_TOGETHER, stepsIn } from "./pattern.ts";

type RegisterPorts = { clock: Clock; keywords: KeywordStore; services: ServiceStore; log: Log };

/** How many expressions an account may have, aliases too: each is tried with each text that no other keyword fits. */
const MOST_EXPRESSIONS = 100;

/** @throws GatewayError bad-request, bad-sender */
export async function register(ports: RegisterPorts, caller: Caller, wanted: NewKeyword): Promise<Keyword> {
  await check(ports, caller, wanted);
  const now = ports.clock.now();
  const { account, credential } = caller;
  const given = { ...wanted, account: account.id, dialect: credential.dialect, createdAt: now, changedAt: now };
  const keyword = await ports.keywords.add(given);
  if (!keyword) throw isTaken(wanted);
  ports.log.event("keyword.registered", { id: keyword.id, account: account.id, mode: keyword.mode });
  return keyword;
}

/**
 * Says all of it anew.
 * @throws GatewayError bad-request, bad-sender, not-found
 */
export async function reregister(ports: RegisterPorts, caller: Caller, known: Keyword, to: NewKeyword): Promise<void> {
  await check(ports, caller, to, known);
  const { id, account, dialect } = known;
  const done = await ports.keywords.change({ ...to, id, account, dialect, changedAt: ports.clock.now() });
  if (done === "taken") throw isTaken(to);
  if (done === "not-there") throw new GatewayError("not-found", `there is no keyword ${id}`);
}

function isTaken({ text, shortNumber, mode }: NewKeyword): GatewayError {
  const which = JSON.stringify(text.slice(0, 60));
  return new GatewayError(
    "bad-request",
    `keywordText: ${which} is taken at ${shortNumber} in mode ${mode}`,
    "keywordText",
  );
}

/** What a keyword must get along with. `others`: those in use at its number; `own`: the account's, where expressions count. */
export type Standing = {
  account: AccountId;
  senders: ReadonlyMap<string, Sender>;
  others: readonly Named[];
  own: readonly Named[];
  merchants: ReadonlySet<string>;
};

type Named = Pick<Keyword, "id" | "mode" | "text" | "aliases">;

async function check(ports: RegisterPorts, caller: Caller, wanted: NewKeyword, known?: Keyword): Promise<void> {
  const { account, senders } = caller;
  const { preAuth, mode, shortNumber } = wanted;
  const merchant = preAuth?.isActive ? await ports.services.merchant(account.id, preAuth.merchant) : undefined;
  const standing: Standing = {
    account: account.id,
    senders,
    others: await ports.keywords.inUseAt([shortNumber]),
    own: mode === "regex" ? await ports.keywords.list(account.id) : [],
    merchants: new Set(merchant ? [merchant.id] : []),
  };
  checkKeyword(standing, wanted, known?.id);
}

/**
 * @param known the id of the keyword that it replaces
 * @throws GatewayError bad-request, bad-sender
 */
export function checkKeyword(standing: Standing, wanted: NewKeyword, known?: string): void {
  const { account, senders } = standing;
  if (senders.get(normalSender(wanted.shortNumber))?.kind !== "short-number") {
    const which = JSON.stringify(wanted.shortNumber.slice(0, 40));
    throw new GatewayError("bad-sender", `shortNumberId: ${which} is not a short number of account ${account}`);
  }
  if (isTooMuch({ properties: wanted.properties, tags: wanted.tags, aliases: wanted.aliases, echo: wanted.echo })) {
    throw new GatewayError("bad-request", "customProperties, tags and aliases are too large", "customProperties");
  }
  if (wanted.mode === "regex") checkExpressions(standing, wanted, known);
  checkOthers(standing, wanted, known);
  checkPreAuth(standing, wanted);
}

/** An alias is a name like the first: it must not take what another keyword has, nor be taken. */
function checkOthers({ others }: Standing, wanted: NewKeyword, known?: string): void {
  const { mode, text, aliases } = wanted;
  const taken = new Set(
    others
      .filter((one) => one.id !== known && one.mode === mode)
      .flatMap((one) => [one.text, ...one.aliases].map((name) => sameness({ mode, text: name }))),
  );
  const clash = [text, ...aliases].find((name) => taken.has(sameness({ mode, text: name })));
  if (clash !== undefined) throw isTaken({ ...wanted, text: clash });
}

function checkExpressions({ own }: Standing, wanted: NewKeyword, known?: string): void {
  const fields = [["keywordText", wanted.text] as const, ...wanted.aliases.map((alias) => ["aliases", alias] as const)];
  for (const [field, expression] of fields) {
    const flaw = flawIn(expression);
    if (flaw) throw new GatewayError("bad-request", `${field}: ${flaw}`, field);
  }
  const others = own.filter(({ id, mode }) => mode === "regex" && id !== known);
  const count = others.reduce((sum, { aliases }) => sum + 1 + aliases.length, fields.length);
  if (count > MOST_EXPRESSIONS) {
    const why = `an account may have ${MOST_EXPRESSIONS} regular expressions, aliases counted; this would make ${count}`;
    throw new GatewayError("bad-request", `keywordText: ${why}`, "keywordText");
  }
  const all = [
    ...fields.map(([, expression]) => expression),
    ...others.flatMap(({ text, aliases }) => [text, ...aliases]),
  ];
  if (all.reduce((sum, expression) => sum + stepsIn(expression), 0) > MOST_STEPS_TOGETHER) {
    const why = "the account's regular expressions are too large together: repeat less in them, or have fewer";
    throw new GatewayError("bad-request", `keywordText: ${why}`, "keywordText");
  }
}

function checkPreAuth({ account, senders, merchants }: Standing, { preAuth }: NewKeyword): void {
  if (!preAuth?.isActive) return;
  if (!merchants.has(preAuth.merchant)) {
    const what = `${JSON.stringify(preAuth.merchant.slice(0, 60))} is not a merchant of account ${account}`;
    throw new GatewayError("bad-request", `preAuthSettings.merchantId: ${what}`, "preAuthSettings.merchantId");
  }
  if (preAuth.infoSender !== undefined && !senders.has(normalSender(preAuth.infoSender))) {
    const what = `${JSON.stringify(preAuth.infoSender.slice(0, 40))} is not a sender of account ${account}`;
    throw new GatewayError("bad-sender", `preAuthSettings.infoSender: ${what}`, "preAuthSettings.infoSender");
  }
}
