/** Where an account wants its inbound texts and reports, for dialects that set it by account or by number. */

import type { AccountId } from "../kernel/ids.ts";

export type Callback = {
  account: AccountId;
  dialect: string;
  /** The one of the account's numbers that it is about, in E.164; absent: all that have no address of their own. */
  number?: string;
  messageUrl?: string;
  reportUrl?: string;
  /** Likewise for messages with pictures. */
  mmsMessageUrl?: string;
  mmsReportUrl?: string;
  subscriptionUrl?: string;
  /** How reports come. */
  method: "POST" | "GET";
  /** What reports are made of, where the dialect lets its customers write that. */
  template?: string;
  /** In which of its forms the dialect tells what people write, and what became of messages. In its own words. */
  forms: Forms;
};

/** Those with pictures are told like the others, unless their address was set in a form of its own. */
export type Forms = { message?: string; report?: string; mmsMessage?: string; mmsReport?: string };

export const CALLBACK_PRODUCTS = ["messageUrl", "reportUrl", "mmsMessageUrl", "mmsReportUrl"] as const;
export type CallbackProduct = (typeof CALLBACK_PRODUCTS)[number];

/** The form in which it is told what goes to each address, and whose is meant where it has none. */
export const FORM_OF = {
  messageUrl: { own: "message", else: "message" },
  reportUrl: { own: "report", else: "report" },
  mmsMessageUrl: { own: "mmsMessage", else: "message" },
  mmsReportUrl: { own: "mmsReport", else: "report" },
} as const satisfies Record<CallbackProduct, { own: keyof Forms; else: keyof Forms }>;

/** A single address as a customer sets it: of one number, or of all. Undefined takes it away. */
export type CallbackAddress = {
  account: AccountId;
  dialect: string;
  number?: string;
  product: CallbackProduct;
  url: string | undefined;
  form: string;
};

export interface CallbackStore {
  /** The account's own in a dialect; not those of single numbers. */
  callback(account: AccountId, dialect: string): Promise<Callback | undefined>;
  /** All of the account, by dialect, then by number. */
  callbacks(account: AccountId): Promise<Callback[]>;
  /** Replaces all that was set for the account before; single numbers keep their own. */
  put(callback: Callback): Promise<void>;
  /** Changes one address, and leaves all others. */
  putAddress(address: CallbackAddress): Promise<void>;
  /** Takes away all addresses of one number; the account's stay. False if there were none. */
  removeNumber(callback: { account: AccountId; dialect: string; number: string }): Promise<boolean>;
}

/** The address and form of this kind of webhook for a number: its own address, else the account's. */
export function addressFor(
  callbacks: ReadonlyMap<string, Callback>,
  number: string,
  product: CallbackProduct,
): { url: string; form?: string } | undefined {
  for (const callback of [callbacks.get(number), callbacks.get("")]) {
    const url = callback?.[product];
    const told = callback && formIn(callback, product);
    if (url) return told === undefined ? { url } : { url, form: told };
  }
  return undefined;
}

/** The form of this kind of webhook in a callback; undefined if it names none. */
export function formIn({ forms }: Pick<Callback, "forms">, product: CallbackProduct): string | undefined {
  return forms[FORM_OF[product].own] ?? forms[FORM_OF[product].else];
}
