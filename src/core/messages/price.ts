/** What a carrier takes for a text: its price list, by prefix of the number. */

/** Billionths of the currency's unit for one part: a text costs less than the smallest coin. */
export type Price = { nanos: number; currency: string };
export type ListedPrice = Price & { prefix: string };

export interface PriceStore {
  /** Replaces a carrier's list, all or nothing. */
  put(carrier: string, prices: readonly ListedPrice[]): Promise<void>;
  /** A page of a carrier's list, by prefix. */
  list(carrier: string, page: { limit: number; cursor?: string }): Promise<{ items: ListedPrice[]; next?: string }>;
  /** What each carrier that has a price takes for a part to this number (E.164): that of the longest prefix. */
  to(recipient: string): Promise<Map<string, ListedPrice>>;
}
