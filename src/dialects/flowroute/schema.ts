/** The schemas of requests. Members that a version does not know are ignored. */

import { z } from "zod";
import { WEB_URL, webUrl } from "../../core/kernel/web-url.ts";
import { type Faults, unfit } from "./errors.ts";
import type { Version } from "./version.ts";

/** README of the v2 clients: "unlimited", so this only keeps out mistakes. UTF-16 code units. */
const LONGEST_TEXT = 10_000;
/** No source states these two: as many as phones show, and as long as addresses that are signed come. */
const MOST_MEDIA = 10;
const LONGEST_ADDRESSES = 12_000;
const LONGEST_ADDRESS = 2_000;

/** Some callers send numbers as integers. */
const Phone = z.union([z.string(), z.int().positive().transform(String)], { error: told("must be a string") });

/** Half a surrogate pair, which no wire can carry, becomes U+FFFD here, once, as it would further on three times. */
const AnyText = z
  .string({ error: told("must be a string") })
  .overwrite((text) => text.toWellFormed())
  .refine((text) => text.length <= LONGEST_TEXT, `must have at most ${LONGEST_TEXT} characters`);
const Text = AnyText.refine((text) => text !== "", "must not be empty");

/** The vendor's own Node sample sends the word. */
const Flag = z.union([z.boolean(), z.enum(["true", "false"]).transform((word) => word === "true")], {
  error: "must be true or false",
});

const Address = z
  .string({ error: told(WEB_URL) })
  .overwrite((url) => url.toWellFormed())
  .refine((url) => url.length <= LONGEST_ADDRESS, {
    error: `must have at most ${LONGEST_ADDRESS} characters`,
    abort: true,
  })
  .refine((url) => webUrl(url) !== undefined, WEB_URL);

const Media = z
  .array(Address, { error: "must be an array of http or https URLs" })
  .refine((urls) => urls.length <= MOST_MEDIA, { error: `must have at most ${MOST_MEDIA} URLs` })
  .refine((urls) => urls.join("").length <= LONGEST_ADDRESSES, {
    error: `must have at most ${LONGEST_ADDRESSES} characters in all`,
  });

const ONLY_TEXT = z.object({ to: Phone, from: Phone, text: Text });
const LATER = z.object({
  ...ONLY_TEXT.shape,
  is_mms: Flag.default(false),
  media_urls: Media.default([]),
  // One that is left empty is one that is not set.
  dlr_callback: z.preprocess((url) => (url === "" ? undefined : url), Address.optional()),
});
/** A picture says enough by itself. */
const WITH_PICTURES = LATER.extend({ text: AnyText.default("") });

const CALLBACK = z.object({ callback_url: Address });

/** A message as it is asked for. */
export type Wanted = {
  to: string;
  from: string;
  text: string;
  isMms: boolean;
  mediaUrls: readonly string[];
  reportUrl?: string;
};

/**
 * The text is `content` or `body`, as the first clients and all later ones call it; of both the version's own counts,
 * unless it is empty.
 * @throws RequestError 422
 */
export function readWanted(attributes: Record<string, unknown>, version: Version): Wanted {
  const { content, body, ...rest } = attributes;
  const name = nameOfText(attributes, version);
  const text = name === "content" ? content : body;
  const given = { ...rest, ...(text === undefined ? {} : { text }) };
  if (version === "v2") return { ...read(ONLY_TEXT, given, name), isMms: false, mediaUrls: [] };
  const hasPictures = Array.isArray(rest.media_urls) && rest.media_urls.length > 0;
  const { dlr_callback, is_mms, media_urls, ...sent } = read(hasPictures ? WITH_PICTURES : LATER, given, name);
  return {
    ...sent,
    isMms: is_mms || hasPictures,
    mediaUrls: media_urls,
    ...(dlr_callback ? { reportUrl: dlr_callback } : {}),
  };
}

/** The address that a callback is set to. @throws RequestError 422 */
export function readAddress(attributes: Record<string, unknown>): string {
  return read(CALLBACK, attributes).callback_url;
}

type NameOfText = "content" | "body";

function nameOfText(given: Record<string, unknown>, version: Version): NameOfText {
  const names: NameOfText[] = version === "v2" ? ["content", "body"] : ["body", "content"];
  const [own] = names as [NameOfText];
  const there = names.filter((name) => given[name] !== undefined);
  return there.find((name) => given[name] !== "") ?? there[0] ?? own;
}

function told(what: string) {
  return ({ input }: { input?: unknown }) => (input === undefined ? "is missing" : what);
}

/** @throws RequestError 422 naming all faults. @param text the name of the text's member */
function read<Schema extends z.ZodObject>(schema: Schema, given: unknown, text: NameOfText = "body"): z.output<Schema> {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const faults: Faults = {};
  for (const { path, message } of parsed.error.issues) {
    const name = path[0] === "text" ? text : String(path[0] ?? "");
    faults[name] = [...(faults[name] ?? []), message];
  }
  throw unfit(faults);
}
