/** What would become of a text, before it is sent: how large it is, what each dialect makes of it, and how it is sent by it. */

import type { Account, AccountSettings, Credential, Sender } from "../accounts/account.ts";
import { MAX_PARTS } from "./new-message.ts";
import { type Measure, measure, sizeOf, type TextSize } from "./text.ts";

/** `secret` is written into the calls; where it is not known, a name for it is. */
export type PreviewWanted = {
  text: string;
  sender: string;
  recipient: string;
  /** Our base URL, without a final slash. */
  url: string;
  secret?: string;
  /** Whose settings hold; absent: those that hold where nothing is set. */
  account?: Account;
  credentials: readonly Credential[];
  senders: readonly Sender[];
};

/** What a dialect makes of a text. */
export type Rewritten = {
  /** As it is sent. */
  text: string;
  /** The most parts it may have there, where that is not the account's own most. */
  maxParts?: number;
  /** Nanodollars in all, and as the wire shows it; where it tells what a text costs. */
  price?: TextPrice;
};

/** Segments as the wire counts them, which is not as handsets do. */
export type TextPrice = { segments: number; nanodollars: number; display: string };

/** A program that sends the text, or a line of one: by what, and its source. */
export type Call = { by: string; code: string };

/** What a dialect says of a text that is to be sent by it. */
export type PreviewFormat = {
  /** What the dialect is called. */
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
    /** Why it would not be taken. */
    refused?: string;
    /** Whether the account has a credential to send by it. */
    hasCredential: boolean;
    calls: readonly Call[];
  };

/** What would become of the text; nothing is sent. */
export function preview(
  ports: { previews: ReadonlyMap<string, PreviewFormat> },
  { account, ...wanted }: PreviewWanted,
): TextSize & { dialects: DialectPreview[] } {
  const settings = account?.settings ?? {};
  const dialects = [...ports.previews].map(([dialect, format]): DialectPreview => {
    const credentials = wanted.credentials.filter((one) => one.dialect === dialect);
    const rewrite = (text: string) => format.rewrite(text, { settings, sender: wanted.sender });
    const { maxParts = settings.maxParts ?? MAX_PARTS, ...rewritten } = rewrite(wanted.text);
    const { encoding, parts } = measure(rewritten.text);
    return {
      dialect,
      title: format.title,
      ...rewritten,
      encoding,
      parts,
      changes: changesOf(wanted.text, (char) => rewrite(char).text),
      ...(parts > maxParts ? { refused: `it needs ${parts} parts; ${maxParts} are the most` } : {}),
      hasCredential: credentials.length > 0,
      calls: format.calls({ ...wanted, credentials }),
    };
  });
  return { ...sizeOf(wanted.text), dialects };
}

/** The characters of the text that do not stay as they are, each once. */
function changesOf(text: string, rewrite: (char: string) => string): Change[] {
  return [...new Set(text)].flatMap((from) => {
    const to = rewrite(from);
    return to === from ? [] : [{ from, to }];
  });
}
