/** A request that carries an Idempotency-Key: claimed once its caller is known, answered once, and answered so again. */

import type { Context } from "hono";
import { isPacked, packed, unpacked } from "../adapters/packed.ts";
import { seededBytes } from "../adapters/seeded.ts";
import type { Caller } from "../core/accounts/account.ts";
import type { WholeGateway } from "../core/gateway.ts";
import {
  AnsweredBefore,
  answeredAtLength,
  type ClaimKey,
  checkKey,
  inProgress,
  isKept,
  isRefused,
  refuseOther,
} from "../core/idempotency/key.ts";
import type { Begun } from "../core/idempotency/store.ts";
import { bytesOf, toHex } from "../core/kernel/bytes.ts";
import type { Clock } from "../core/kernel/clock.ts";
import { GatewayError } from "../core/kernel/errors.ts";
import type { Ports } from "../core/ports.ts";
import type { Env } from "../env.ts";
import { keyedPorts, portsOf } from "../wire.ts";
import { readBytes } from "./body.ts";

export const KEY_HEADER = "idempotency-key";
const REPLAYED_HEADER = "idempotency-replayed";

/** What a request is carried out by, once it has its claim. */
export type Equipment = {
  ports: Ports;
  gateway: WholeGateway;
  begin: () => Promise<void>;
  /** The caller as they were in the attempt that began the request; more than once is as good as once. */
  asBegun(caller: Caller): Promise<Caller>;
};

export type Keyed = {
  /** As `ClaimKey`; more than once is as good as once. */
  claim(...given: Parameters<ClaimKey>): Promise<Equipment>;
  /** Keeps the answer, or puts the one that was kept in its place. Call it when there is an answer. */
  end(): Promise<void>;
};

/** Random bytes that any request needs, and those that each byte of a body may ask for: an id a message, of a few bytes. */
const RANDOM = { ofAny: 8_192, perByte: 2 };

/** What is kept of an answer. Without a body: it was too long. */
type Kept = { headers: [string, string][]; body?: string };

/** A row may have 2,000,000 bytes. Characters of ASCII. */
const LONGEST_ANSWER = 1_900_000;

// biome-ignore lint/suspicious/noExplicitAny: whatever variables the app has.
type AnyEnv = { Bindings: Env; Variables: any };

/**
 * The request, if it carries a key and is a POST, or carries out an approval. Its body can still be read by others.
 * @param more.arrivedAt when it came in, epoch ms of real time
 * @param more.refused what it was refused by @param more.isFaulty whether something went wrong on our side
 * @param more.isApproved whether it carries out an approval: then it has a key whatever its method, and the key is ours
 */
export function keyedRequest(
  c: Context<AnyEnv>,
  {
    arrivedAt,
    refused,
    isFaulty,
    isApproved,
  }: { arrivedAt: number; refused: () => Error | undefined; isFaulty: () => boolean; isApproved: boolean },
): Keyed | undefined {
  const key = c.req.method === "POST" || isApproved ? c.req.header(KEY_HEADER) : undefined;
  if (key === undefined) return undefined;
  const ports = portsOf(c.env);
  const copy = c.req.raw.clone();
  let equipment: Promise<Equipment> | undefined;
  let begun: Begun | undefined;
  let before: Response | undefined;
  let hasWritten = () => false;
  let isUnderWay = false;

  async function equip(scope: string, mustSeal: boolean): Promise<Equipment> {
    checkKey(key ?? "");
    if (mustSeal && ports.sealer.key === undefined) throw cannotSeal();
    const url = new URL(c.req.url);
    const body = await readBytes(copy);
    const id = await sha256(bytesOf([scope, `${c.req.method} ${url.pathname}`, key].join("\n")));
    const asked = `idempotency ${await sha256(bytesOf(url.search))} ${await sha256(body)}`;
    const digests = await ports.codes.digests("requests", asked);
    const fresh = {
      claim: ports.ids.uuid(),
      seed: ports.ids.uuid(),
      at: ports.clock.now(),
      wall: ports.clock.wall(),
      arrivedAt,
    };
    const claimed = await ports.keys.claim({ id, scope, digests }, fresh);
    switch (claimed.outcome) {
      case "other-request":
        return refuseOther();
      case "in-progress":
        isUnderWay = true;
        throw inProgress();
      case "answered":
        before = toResponse(claimed.status, await opened(ports, claimed.answer, id));
        throw new AnsweredBefore();
    }
    begun = claimed.begun;
    const random = await seededBytes(await secretSeed(ports, begun), RANDOM.ofAny + RANDOM.perByte * body.length);
    let hasArrived = begun.steps > 0;
    const wrote = () => {
      hasArrived = true;
    };
    const arrivals = { claim: { id, claim: begun.claim }, before: arrivedBefore(begun), wrote };
    const keyed = keyedPorts(c.env, begun, { clock: standing(ports.clock, begun), random, arrivals });
    hasWritten = () => hasArrived || keyed.hasWritten();
    const own = begun;
    const begin = async () => {
      wrote();
      await ports.keys.begin(own, "work");
    };
    let known: Promise<Caller> | undefined;
    const asBegun = (caller: Caller) => {
      known ??= recallCaller(keyed.ports, caller);
      return known;
    };
    return { ...keyed, begin, asBegun };
  }

  async function keep(claim: Begun): Promise<void> {
    const error = refused();
    const refusal = error instanceof GatewayError ? error : undefined;
    const { status } = c.res;
    if (isFaulty() || !isKept({ status, refusal, hasWritten: hasWritten() })) {
      const isFinal = !isFaulty() && isRefused({ status, refusal });
      return await ports.keys.release(claim, isFinal ? ports.clock.wall() : undefined);
    }
    const body = await textOf(c.res);
    const kept: Kept = { headers: [...c.res.headers], body };
    const whole = await sealed(ports, kept, claim.id);
    const answer = whole.length <= LONGEST_ANSWER ? whole : await sealed(ports, { headers: [] }, claim.id);
    // The answer goes out only when it is kept: whoever has it gets no other one.
    const given = { status, answer, at: ports.clock.now() };
    const isOwn = await ports.keys.complete(claim, given).catch(() => ports.keys.complete(claim, given));
    if (!isOwn) throw inProgress();
  }

  return {
    claim: (scope, mustSeal = false) => {
      equipment ??= equip(scope, mustSeal);
      return equipment;
    },
    async end() {
      if (before) return put(c, before);
      if (isUnderWay) c.header("retry-after", "1");
      // Whoever was refused before the claim has left the copy unread.
      if (!equipment) await copy.body?.cancel();
      try {
        if (begun) await keep(begun);
      } catch (error) {
        // Nothing of an answer that was not kept goes out with the refusal, and no header.
        c.res = undefined;
        throw error;
      }
    },
  };
}

/** What it has that is no JSON, is written as lists. */
async function recallCaller({ recall }: Pick<Ports, "recall">, caller: Caller): Promise<Caller> {
  const lists = { senders: [...caller.senders], callbacks: [...caller.callbacks] };
  const found = await recall("caller", async () => ({ ...caller, ...lists }));
  return { ...found, senders: new Map(found.senders), callbacks: new Map(found.callbacks) };
}

/** As it was for the one who began: what is written later in the same request is of the same time. It goes on when it is waited. */
function standing(clock: Clock, { at, wall }: Pick<Begun, "at" | "wall">): Clock {
  let now = { at, wall };
  return {
    now: () => now.at,
    wall: () => now.wall,
    async sleep(milliseconds) {
      await clock.sleep(milliseconds);
      now = { at: clock.now(), wall: clock.wall() };
    },
  };
}

/**
 * 64 hex digits that come of the seed. The seed is in the database, where nobody may learn from it the secrets that come of it; so
 * it takes a key of ours: the one that the digest of the body is made with, however many there were since.
 */
async function secretSeed({ codes }: Pick<Ports, "codes">, { seed, digest }: Begun): Promise<string> {
  const made = await codes.digests("requests", `idempotency seed ${seed}`);
  const one = made.find((other) => keyOf(other) === keyOf(digest)) ?? made[0] ?? "";
  return one.slice(one.indexOf(".") + 1);
}

function keyOf(digest: string): string {
  return digest.slice(0, digest.indexOf(".") + 1);
}

function cannotSeal(): GatewayError {
  return new GatewayError(
    "not-allowed",
    "no SECRETS_KEY is set, so answers that may hold secrets cannot be kept: set one, or leave Idempotency-Key out",
  );
}

function arrivedBefore({ record }: Begun): ReadonlyMap<string, readonly string[]> {
  return new Map(record.flatMap((entry) => ("arrival" in entry ? [[entry.arrival, entry.added] as const] : [])));
}

/** It may hold a secret that is shown once, or the address of a purchase: it is sealed wherever there is a key to seal with. */
async function sealed({ sealer }: Pick<Ports, "sealer">, kept: Kept, id: string): Promise<string> {
  const text = await packed(JSON.stringify(kept));
  return sealer.key === undefined ? text : await sealer.seal(text, `idempotency ${id}`);
}

async function opened({ sealer }: Pick<Ports, "sealer">, answer: string, id: string): Promise<Kept> {
  const isOpen = answer.startsWith("{") || isPacked(answer);
  return JSON.parse(await unpacked(isOpen ? answer : await sealer.open(answer, `idempotency ${id}`))) as Kept;
}

/** @throws GatewayError too-late where it was too long to be kept */
function toResponse(status: number, { headers, body }: Kept): Response {
  if (body === undefined) throw answeredAtLength();
  const answer = new Response(body === "" ? null : body, { status, headers });
  if (!headers.some(([name]) => name === "content-type")) answer.headers.delete("content-type");
  answer.headers.set(REPLAYED_HEADER, "true");
  return answer;
}

/** In place of whatever answer there is, with none of its headers. */
function put(c: Context, answer: Response): void {
  c.res = undefined;
  c.res = answer;
}

/** Our answers are text in UTF-8. */
async function textOf(answer: Response): Promise<string> {
  return new TextDecoder("utf-8", { ignoreBOM: true, fatal: true }).decode(await answer.clone().arrayBuffer());
}

async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
  return toHex(digest);
}
