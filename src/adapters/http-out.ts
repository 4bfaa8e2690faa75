/** The only way out over HTTP: with a time limit, a limit on the answer's size, no redirects, no private addresses. */

import ipaddr from "ipaddr.js";
import type { Http, HttpAnswer } from "../core/kernel/ports.ts";

const TIME_LIMIT = 10_000;
const ANSWER_CAP = 2_048;
/** Public by its range, and in Azure the machine's own host, which answers for its metadata. */
const AZURE_HOST = "168.63.129.16";

export function makeHttp(options: { allowPrivate: boolean; wall: () => number }): Http {
  const whyRefused = (url: string, carrying?: "secrets") => {
    if (options.allowPrivate) return undefined;
    const isBare = carrying === "secrets" && !/^https:/i.test(url);
    return whyPrivate(url) ?? (isBare ? "must begin with https: secrets are sent there" : undefined);
  };
  return {
    whyRefused,
    async send({ method, url, headers, body, answerCap = ANSWER_CAP, timeLimit = TIME_LIMIT }): Promise<HttpAnswer> {
      const begun = options.wall();
      const took = () => options.wall() - begun;
      const refusal = whyRefused(url);
      if (refusal) return { outcome: "failed", error: refusal, milliseconds: 0, isUnsent: true };
      try {
        const answer = await fetch(url, {
          method,
          headers,
          ...(body === undefined ? {} : { body }),
          redirect: "manual",
          signal: AbortSignal.timeout(timeLimit),
        });
        const retryAfter = retryAfterOf(answer.headers.get("retry-after"), options.wall());
        return {
          outcome: "answered",
          status: answer.status,
          headers: Object.fromEntries(answer.headers),
          ...(await firstBytes(answer, answerCap)),
          milliseconds: took(),
          ...(retryAfter === undefined ? {} : { retryAfter }),
        };
      } catch (error) {
        const late = error instanceof Error && error.name === "TimeoutError";
        return {
          outcome: "failed",
          error: late ? `no answer within ${timeLimit / 1000} s` : `could not connect: ${messageOf(error)}`,
          milliseconds: took(),
        };
      }
    },
  };
}

/**
 * What a Retry-After header asks for: seconds, or a date in any of the three forms of HTTP (RFC 9110, 5.6.7 and 10.2.3).
 * @param now real time, epoch ms
 * @returns seconds from now, not less than 0; undefined where it is neither
 */
export function retryAfterOf(header: string | null, now: number): number | undefined {
  const text = header?.trim() ?? "";
  if (/^\d{1,15}$/.test(text)) return Number(text);
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text)) return undefined;
  // asctime's form has no zone, and means GMT.
  const at = Date.parse(text.endsWith("GMT") ? text : `${text} GMT`);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - now) / 1000));
}

/**
 * Why this URL must not be called, in words; undefined if it may. Names are judged by their ending, addresses by their
 * range, in whatever notation: the URL parser has turned 0x7f.1 and 2130706433 into 127.0.0.1 by now.
 */
export function whyPrivate(url: string): string | undefined {
  const parsed = URL.parse(url);
  if (!parsed || !/^https?:$/.test(parsed.protocol)) return "not an http(s) address";
  if (parsed.username || parsed.password) return "an address with a user or password in it is not called";
  const host = withoutLastDots(parsed.hostname.replace(/^\[|\]$/g, ""));
  if (ipaddr.isValid(host)) {
    const address = ipaddr.process(host);
    const range = address.range() === "unicast" && !isGlobal(address) ? "unassigned" : address.range();
    if (host === AZURE_HOST) return `${host} is the host of a cloud's machines`;
    return range === "unicast" ? undefined : `${host} is not a public address (${range})`;
  }
  const isLocal = !host.includes(".") || /\.(localhost|local|internal|intranet|lan|home\.arpa|onion)$/i.test(host);
  return isLocal ? `${host} is not a public name` : undefined;
}

/** Walked from the end: an expression would look at each run of dots again from every dot in it. */
function withoutLastDots(host: string): string {
  let end = host.length;
  while (host[end - 1] === ".") end--;
  return host.slice(0, end);
}

/** Of IPv6, only 2000::/3 is given out. RFC 4291, and IANA's list: what lies elsewhere (::127.0.0.1, say) is no one's. */
function isGlobal(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  return address.kind() === "ipv4" || address.match(ipaddr.parse("2000::"), 3);
}

async function firstBytes(answer: Response, cap: number): Promise<{ body: string; isCut?: true }> {
  // Most webhooks are answered with nothing: a reader would be made, asked and cancelled to find that out.
  if (!answer.body || answer.headers.get("content-length") === "0") {
    await answer.body?.cancel().catch(() => {});
    return { body: "" };
  }
  const reader = answer.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  let isWhole = false;
  try {
    while (length <= cap) {
      const { done, value } = await reader.read();
      if (done) {
        isWhole = true;
        break;
      }
      length += value.byteLength;
      text += decoder.decode(value, { stream: true });
    }
  } catch {
    // The status has come; a body that breaks off after it changes nothing.
  }
  await reader.cancel().catch(() => {});
  return { body: text.slice(0, cap), ...(isWhole && text.length <= cap ? {} : { isCut: true as const }) };
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 200);
}
