/** Kept requests: customers' requests and our answers, kept for a while so that people can look at them. */

import { GatewayError } from "../kernel/errors.ts";
import type { AccountId, ExchangeId } from "../kernel/ids.ts";
import type { Before } from "../kernel/kept.ts";
import type { Page, PageOf } from "../kernel/pages.ts";

/** One request and its answer. Long bodies are cut; secrets in them are masked. */
export type Exchange = {
  id: ExchangeId;
  /** What its client called it, or we: in the header X-Request-Id of the answer, and in the log. */
  requestId?: string;
  /** Epoch ms, as things are due by. */
  at: number;
  /** Absent if the request had no valid credential. */
  account?: AccountId;
  dialect: string;
  method: string;
  /** With its query. */
  path: string;
  request: string;
  status: number;
  answer: string;
  milliseconds: number;
};

/** `isRefused`: those with a status of 400 or more. */
export type ExchangeFilter = { account?: AccountId; dialect?: string; since?: number; isRefused?: boolean };

/** In place of what an account has sealed elsewhere. */
export const NOT_KEPT = "not kept: this account's numbers and texts are sealed";

/** In place of a request without a valid credential, where there is such an account: it may be theirs, with a key that has expired. */
export const NOT_KNOWN_WHOSE =
  "not kept: it has no valid credential, and there are accounts whose numbers and texts are sealed";

/** What is left of one that must not be read: when it came, its path without the query, and the answer's status. */
export function withoutContent<E extends Pick<Exchange, "path">>(exchange: E, why = NOT_KEPT) {
  return { ...exchange, path: exchange.path.replace(/\?.*$/s, ""), request: why, answer: why };
}

/** For people to look at, not a record: under load some are left out, and each is deleted after a day, or what its account says. */
export interface ExchangeStore {
  /** In one write. */
  add(exchanges: readonly Exchange[]): Promise<void>;
  /** Whether an account has its numbers and texts sealed: a request without a valid credential may be that account's. */
  isAnySealed(): Promise<boolean>;
  byId(id: ExchangeId): Promise<Exchange | undefined>;
  /** Newest first. */
  list(filter: ExchangeFilter, page: Page): Promise<PageOf<Exchange>>;
  /** Forgets those from before these times (epoch ms, of real time), and the oldest of more than so many. */
  forget(before: Before, most: number): Promise<number>;
}

type LookPorts = { exchanges: ExchangeStore };

/** A page of the requests and their answers, newest first. */
export function listExchanges(ports: LookPorts, filter: ExchangeFilter, page: Page): Promise<PageOf<Exchange>> {
  return ports.exchanges.list(filter, page);
}

/** @throws GatewayError not-found */
export async function findExchange(ports: LookPorts, id: ExchangeId): Promise<Exchange> {
  const exchange = await ports.exchanges.byId(id);
  if (!exchange)
    throw new GatewayError(
      "not-found",
      `there is no request ${id}; requests are kept for a day, or what their account says`,
    );
  return exchange;
}
