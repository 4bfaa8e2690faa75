/** The preview of a text: its size, how each dialect would rewrite, count and price it, and programs that send it. */

import type { Account, AccountSettings, Credential, Sender } from "../accounts/account.ts";
import { isAllowedRecipient, whyClosed } from "./allowed-countries.ts";
import { toMsisdn } from "./msisdn.ts";
import { MAX_PARTS } from "./new-message.ts";
import { type Measure, measure, sizeOf, type TextSize } from "./text.ts";

/** `secret` is written into the calls; where it is not known, a placeholder is. */
export type PreviewWanted = {
  text: string;
  sender: string;
  recipient: string;
  /** Our base URL, without a final slash. */
  url: string;
  secret?: string;
  /** The account whose settings hold; absent: the defaults. */
  account?: Account;
  credentials: readonly Credential[];
  senders: readonly Sender[];
};

/** A text as a dialect would send it. */
export type Rewritten = {
  /** The text as it is sent. */
  text: string;
  /** The most parts the dialect allows, if that differs from the account's limit. */
  maxParts?: number;
  /** The price of all parts in nanodollars, and as the wire shows it, if the dialect reports prices. */
  price?: TextPrice;
};

/** Segments as the wire counts them, which is not as handsets do. */
export type TextPrice = { segments: number; nanodollars: number; display: string };

/** A program that sends the text, or a line of one: its language, and its source. */
export type Call = { by: string; code: string };

/** A dialect's part of a preview. */
export type PreviewFormat = {
  /** The dialect's title. */
  title: string;
  rewrite(text: string, about: { settings: AccountSettings; sender: string }): Rewritten;
  /** The first is for a shell. The credentials are those of the dialect. */
  calls(wanted: Omit<PreviewWanted, "account">): readonly Call[];
};

/** A character that is replaced by others. */
export type Change = { from: string; to: string };

export type DialectPreview = Rewritten &
  Pick<Measure, "encoding" | "parts"> & {
    dialect: string;
    title: string;
    changes: Change[];
    /** Why it would be refused. */
    refused?: string;
    /** Whether the account has a credential to send by it. */
    hasCredential: boolean;
    calls: readonly Call[];
  };

/** The preview of the text; nothing is sent. */
export function preview(
  ports: { previews: ReadonlyMap<string, PreviewFormat> },
  { account, ...wanted }: PreviewWanted,
): TextSize & { dialects: DialectPreview[] } {
  const settings = account?.settings ?? {};
  const recipient = toMsisdn(wanted.recipient);
  const closed = recipient && !isAllowedRecipient(settings, recipient) ? whyClosed(settings, recipient) : undefined;
  const dialects = [...ports.previews].map(([dialect, format]): DialectPreview => {
    const credentials = wanted.credentials.filter((one) => one.dialect === dialect);
    const rewrite = (text: string) => format.rewrite(text, { settings, sender: wanted.sender });
    const { maxParts = settings.maxParts ?? MAX_PARTS, ...rewritten } = rewrite(wanted.text);
    const { encoding, parts } = measure(rewritten.text);
    const refused = parts > maxParts ? `it needs ${parts} parts; ${maxParts} are the most` : closed;
    return {
      dialect,
      title: format.title,
      ...rewritten,
      encoding,
      parts,
      changes: changesOf(wanted.text, (char) => rewrite(char).text),
      ...(refused === undefined ? {} : { refused }),
      hasCredential: credentials.length > 0,
      calls: format.calls({ ...wanted, credentials }),
    };
  });
  return { ...sizeOf(wanted.text), dialects };
}

/** The characters of the text that would be replaced, each once. */
function changesOf(text: string, rewrite: (char: string) => string): Change[] {
  return [...new Set(text)].flatMap((from) => {
    const to = rewrite(from);
    return to === from ? [] : [{ from, to }];
  });
}
