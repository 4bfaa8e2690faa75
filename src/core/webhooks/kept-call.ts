/** Calls as timelines keep them: bounded, and with a mask in place of what is secret. */

import type { HttpRequest } from "../kernel/ports.ts";
import { withoutSecrets } from "../kernel/secrets.ts";

type HeaderValues = Readonly<Record<string, string>>;

/** So much of a body is kept, so many headers, so much of each, and of all together. Characters. */
const LONGEST_SENT = 1_000;
const MOST_HEADERS = 20;
const LONGEST_HEADER = 400;
const LONGEST_HEADERS = 1_600;

/** Headers that carry a secret. A signature is none: it is what a receiver looks for when its check fails. */
const SECRET = /^(proxy-)?authorization$|cookie|token|secret|password|api-?key|^x-auth/i;
const MASK = "•••";

/** The call without its headers: of the first attempt, as later ones differ in their headers alone. */
export function inShort({ method, url, body }: HttpRequest): { method: string; url: string; body?: string } {
  return {
    method,
    url: withoutSecrets(url),
    ...(body === undefined ? {} : { body: withoutSecrets(body.slice(0, LONGEST_SENT)) }),
  };
}

/** What is ours in a call to an account's own endpoint. The other headers are the account's, and may well be passwords. */
const OURS = /^(content-type|user-agent|webhook-[\w-]+)$/i;

/**
 * The headers of a call or of its answer; what does not fit is left out.
 * @param own of a call to an account's own endpoint; `signedBy`: the header of its signature, where a dialect signs it
 */
export function keptHeaders(headers: HeaderValues, own?: { signedBy?: string | undefined }): HeaderValues {
  const kept: Record<string, string> = {};
  let length = 0;
  for (const [name, value] of Object.entries(headers).slice(0, MOST_HEADERS)) {
    const isTheirs = own !== undefined && !OURS.test(name) && name.toLowerCase() !== own.signedBy;
    const shown = SECRET.test(name) || isTheirs ? MASK : withoutSecrets(value.slice(0, LONGEST_HEADER));
    length += name.length + shown.length;
    if (length > LONGEST_HEADERS) break;
    kept[name] = shown;
  }
  return kept;
}
