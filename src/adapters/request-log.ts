/**
 * Keeps customers' requests and our answers, for people to look at. Customers do not wait for it: bodies are copied beside the
 * work, and written in batches after the answers. Under load some requests are left out, and counted.
 */

import type { Caller } from "../core/accounts/account.ts";
import type { Gateway } from "../core/gateway.ts";
import type { Clock } from "../core/kernel/clock.ts";
import type { Ids } from "../core/kernel/ids.ts";
import type { Log } from "../core/kernel/ports.ts";
import { secretsIn, withoutSecrets, withoutValues } from "../core/kernel/secrets.ts";
import { type Exchange, type ExchangeStore, NOT_KNOWN_WHOSE, withoutContent } from "../core/operator/exchanges.ts";

/** How long is waited for others to be written with it, and how many are kept in that time. Milliseconds. */
const TOGETHER = 200;
const MOST_AT_ONCE = 50;
/** A write that has not ended by then never will: the request that made it is gone. */
const LONGEST_WRITE_MS = 5_000;
/** So much of a body is kept. Bytes. */
const LONGEST_BODY = 8_192;

/** Where a credential stands in a request; as OpenAPI has it. */
type Scheme = { in?: string; name?: string };

const AUTHORIZATION: Scheme = { in: "header", name: "authorization" };

/** `requestId`: of the request that is at work just now. */
type KeeperPorts = { clock: Clock; ids: Ids; log: Log; requestId?: () => string | undefined };

/** A request that is being kept. */
export type Kept = {
  /** The gateway for this request: the caller that it finds carries the request's id. */
  gateway: Gateway;
  /** Keeps the answer. To be waited for when the answer is out. */
  end(answer: Response): Promise<void>;
};

export type Keeper = {
  /** Begins to keep a request; undefined when too many are kept just now. Its body can still be read by others. */
  begin(request: Request, dialect: string, gateway: Gateway): Kept | undefined;
  /** The place where they are kept: what waits to be written is written before it is asked. */
  store: ExchangeStore;
};

/** @param dialects how callers prove who they are, by dialect and scheme; a credential's header or parameter is in `name` */
export function makeKeeper(
  ports: KeeperPorts,
  store: ExchangeStore,
  dialects: readonly Readonly<Record<string, Scheme>>[],
): Keeper {
  const places = [AUTHORIZATION, ...dialects.flatMap((schemes) => Object.values(schemes))];
  const { clock, ids, log } = ports;
  let waiting: Exchange[] = [];
  let begun = { since: 0, count: 0, leftOut: 0 };
  let writeBy = 0;

  const isTooMany = () => {
    if (clock.wall() - begun.since >= TOGETHER) {
      if (begun.leftOut > 0) log.event("request_log.skipped", { count: begun.leftOut });
      begun = { since: clock.wall(), count: 0, leftOut: 0 };
    }
    if (begun.count >= MOST_AT_ONCE) {
      begun.leftOut++;
      return true;
    }
    begun.count++;
    return false;
  };

  const write = async () => {
    const exchanges = waiting;
    waiting = [];
    if (exchanges.length === 0) return;
    try {
      const isOfNobody = ({ account }: Exchange) => account === undefined;
      const mustHide = exchanges.some(isOfNobody) && (await store.isAnySealed());
      await store.add(
        mustHide ? exchanges.map((one) => (isOfNobody(one) ? withoutContent(one, NOT_KNOWN_WHOSE) : one)) : exchanges,
      );
    } catch (error) {
      log.event("request_log.write_failed", { count: exchanges.length, error: String(error) });
    }
  };

  return {
    begin(request, dialect, gateway) {
      if (isTooMany()) return undefined;
      const id = ids.request();
      const requestId = ports.requestId?.();
      const at = clock.now();
      const from = clock.wall();
      const url = new URL(request.url);
      const path = url.pathname + url.search;
      const given = secretsOf(request.headers, url.searchParams, places);
      const sent = request.body ? beginning(request.clone().body) : "";
      let account: string | undefined;
      let isSealed = false;
      const known = (caller: Caller | undefined) => {
        account = caller?.account.id;
        isSealed = caller?.account.settings.sealed === true;
        return caller && { ...caller, request: id };
      };
      return {
        gateway: {
          ...gateway,
          callerBySecret: (...given) => gateway.callerBySecret(...given).then(known),
          callerByKeyName: (...given) => gateway.callerByKeyName(...given).then(known),
        },
        async end(answer) {
          const milliseconds = clock.wall() - from;
          const got = answer.body ? beginning(answer.clone().body) : "";
          // Also by their values: a refusal may repeat a secret from the request.
          const secrets = [...secretsIn(path), ...secretsIn(await sent), ...given];
          const shown = (text: string) => withoutSecrets(withoutValues(text, secrets), path);
          const whole: Exchange = {
            id,
            ...(requestId === undefined ? {} : { requestId }),
            at,
            ...(account === undefined ? {} : { account }),
            dialect,
            method: request.method,
            path: shown(path).slice(0, LONGEST_BODY),
            request: shown(await sent),
            status: answer.status,
            answer: shown(await got),
            milliseconds,
          };
          waiting.push(isSealed ? withoutContent(whole) : whole);
          if (clock.wall() < writeBy) return; // another one's turn has not come yet
          writeBy = clock.wall() + LONGEST_WRITE_MS;
          await clock.sleep(TOGETHER);
          writeBy = 0;
          await write();
        },
      };
    },

    store: {
      ...store,
      async byId(id) {
        await write();
        return await store.byId(id);
      },
      async list(filter, page) {
        await write();
        return await store.list(filter, page);
      },
    },
  };
}

/** What callers prove themselves by: a key, a token, a signature, or the two of HTTP Basic. */
function secretsOf(headers: Headers, query: URLSearchParams, places: readonly Scheme[]): string[] {
  const given = places.flatMap(({ in: place, name = "" }) => {
    if (place === "query") return query.get(name) ?? [];
    const value = place === "header" ? headers.get(name)?.trim() : undefined;
    return value ? [value, value.replace(/^\S+\s+/, "")] : [];
  });
  return given.flatMap((one) => [one, ...passwordIn(one)]).filter((one) => one.length >= 8);
}

function passwordIn(basic: string): string[] {
  try {
    return [atob(basic).replace(/^[^:]*:/, "")];
  } catch {
    return []; // it is no base64, and so not of HTTP Basic
  }
}

/** The first bytes of a body, as text; the rest is let go. */
async function beginning(body: ReadableStream<Uint8Array> | null): Promise<string> {
  const decoder = new TextDecoder();
  const reader = body?.getReader();
  let text = "";
  try {
    for (let left = LONGEST_BODY; reader; ) {
      const { done, value } = await reader.read();
      if (done) return text + decoder.decode();
      text += decoder.decode(value.subarray(0, left), { stream: true });
      left -= value.byteLength;
      if (left >= 0) continue;
      void reader.cancel().catch(() => {});
      return `${text} … (cut)`;
    }
  } catch {
    return `${text} … (broken off)`;
  }
  return text;
}
