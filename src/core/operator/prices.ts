/** Price lists of carriers, as an operator brings them: CSV, a line for each prefix. */

import { GatewayError } from "../kernel/errors.ts";
import type { Page, PageOf } from "../kernel/pages.ts";
import type { Log } from "../kernel/ports.ts";
import type { Carrier } from "../messages/carrier.ts";
import type { Message } from "../messages/message.ts";
import type { ListedPrice, Price, PriceStore } from "../messages/price.ts";
import { linesOf } from "./csv.ts";

type PricePorts = {
  prices: PriceStore;
  carriers: ReadonlyMap<string, Carrier>;
  refreshCarriers(): Promise<void>;
  log: Log;
};

/** The most lines of one list. */
export const MOST_PRICES = 50_000;
const NANOS = 9;

/**
 * Replaces a carrier's price list: all of it, or nothing if a line is wrong. Logs `prices.put`.
 * @param csv lines of `prefix,price,currency`, a line of headings before them if you like; an empty one removes the list
 * @returns how many prices there are now
 * @throws GatewayError not-found; bad-request, which names the line
 */
export async function putPrices(ports: PricePorts, carrier: string, csv: string): Promise<{ prices: number }> {
  await checkCarrier(ports, carrier);
  const prices = readPrices(csv);
  await ports.prices.put(carrier, prices);
  ports.log.event("prices.put", { carrier, prices: prices.length });
  return { prices: prices.length };
}

/** A page of a carrier's prices, by prefix. @throws GatewayError not-found */
export async function listPrices(ports: PricePorts, carrier: string, page: Page): Promise<PageOf<ListedPrice>> {
  await checkCarrier(ports, carrier);
  return ports.prices.list(carrier, page);
}

/** What the carrier that has a message takes for all its parts, by the list that holds now; undefined where none tells. */
export async function priceOf(
  { prices }: Pick<PricePorts, "prices">,
  { carrier, recipient, parts, channel }: Pick<Message, "carrier" | "recipient" | "parts" | "channel">,
): Promise<Price | undefined> {
  if (carrier === undefined || channel !== undefined) return undefined;
  const price = (await prices.to(recipient)).get(carrier);
  return price && ofParts(price, parts);
}

/** Of all parts of a text; of one, where there is no text. */
export function ofParts({ nanos, currency }: Price, parts = 1): Price {
  return { nanos: nanos * parts, currency };
}

async function checkCarrier({ carriers, refreshCarriers }: PricePorts, name: string): Promise<void> {
  await refreshCarriers();
  if (!carriers.has(name)) throw new GatewayError("not-found", `there is no carrier ${name}`);
}

/** @throws GatewayError bad-request, which names the first line that is wrong */
export function readPrices(csv: string): ListedPrice[] {
  const prices = new Map<string, ListedPrice>();
  for (const { cells, wrong } of linesOf(csv, ["prefix"], MOST_PRICES)) {
    const price = readLine(cells, wrong);
    if (prices.has(price.prefix)) throw wrong(`there is a price for ${price.prefix || "all numbers"} already`);
    prices.set(price.prefix, price);
  }
  return [...prices.values()];
}

function readLine(cells: readonly string[], wrong: (why: string) => GatewayError): ListedPrice {
  if (cells.length !== 3) throw wrong("must be prefix,price,currency, like 47,0.0432,EUR");
  const [number = "", price = "", currency = ""] = cells;
  const prefix = number.replace(/^\+/, "");
  if (!/^\d{0,15}$/.test(prefix))
    throw wrong(`${number} is no beginning of a number: digits, or empty for all numbers`);
  if (!/^[A-Z]{3}$/.test(currency)) throw wrong(`${currency} is no currency: three capital letters, like EUR`);
  const [, units = "", decimals = ""] = /^(\d{1,6})(?:\.(\d{1,9}))?$/.exec(price) ?? [];
  if (units === "") throw wrong(`${price} is no price for one part: like 0.0432, with at most nine decimals`);
  return { prefix, nanos: Number(units + decimals.padEnd(NANOS, "0")), currency };
}
