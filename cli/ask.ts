/** How the program speaks to a gateway: by its operator's API, and in words for a person where that fails. */

import { Trouble } from "./command.ts";

/** Longer than any list waits, and than a long stretch of time takes to pass. Milliseconds. */
const TIME_LIMIT = 15 * 60_000;

/** What is sent is JSON, and a string CSV. */
export type Ask = <T>(method: string, path: string, json?: unknown) => Promise<T>;

export type Target = {
  url: string;
  token: string;
  /** How a gateway is started that would answer there. */
  startedBy: string;
  /** Where the right token is, as far as is known. */
  tokenIn: string;
};

/** The gateway's own refusal, with its words. */
export class Refusal extends Trouble {
  readonly status: number;
  constructor(status: number, why: string) {
    super(why);
    this.status = status;
  }
}

/**
 * Calls the operator's API of a gateway.
 * @returns what is called; it answers the parsed body, and throws Trouble or Refusal
 */
export function asking(target: Target): Ask {
  return async <T>(method: string, path: string, json?: unknown): Promise<T> => {
    const answer = await send(target, method, path, json);
    const text = await answer.text();
    if (answer.status === 401) throw new Refusal(401, wrongToken(target));
    if (!answer.ok) throw new Refusal(answer.status, reasonOf(text) ?? `${method} ${path} answered ${answer.status}`);
    return (text === "" ? undefined : answerIn(text, target)) as T;
  };
}

/** @throws Trouble where it is no JSON */
function answerIn(text: string, { url }: Target): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Trouble(`What answers at ${url} is no Stafett gateway`);
  }
}

/**
 * One request, as it is answered.
 * @param credential the header that it is made with; absent: the operator's token
 * @throws Trouble where nobody answers
 */
export async function send(
  { url, token, startedBy }: Target,
  method: string,
  path: string,
  json?: unknown,
  credential: Record<string, string> = { authorization: `Bearer ${token}` },
) {
  try {
    return await fetch(url + path, {
      method,
      headers: { ...credential, "content-type": typeof json === "string" ? "text/csv" : "application/json" },
      signal: AbortSignal.timeout(TIME_LIMIT),
      ...(json === undefined ? {} : { body: typeof json === "string" ? json : JSON.stringify(json) }),
    });
  } catch (error) {
    const cause = (error as { cause?: { code?: string } }).cause?.code;
    const why = cause === "ECONNREFUSED" ? "Nothing answers" : `No connection (${cause ?? (error as Error).message})`;
    throw new Trouble(`${why} at ${url}. To start a gateway there, in another terminal: ${startedBy}`);
  }
}

function wrongToken({ url, token, tokenIn }: Target): string {
  return token === ""
    ? `No operator's token is known for ${url}. Set ADMIN_TOKEN; a gateway of yours has written it to ${tokenIn}`
    : `${url} does not take this operator's token. ADMIN_TOKEN must be that of its own; it has written it to ${tokenIn}`;
}

/** What the problem details say; undefined if it is none. */
function reasonOf(text: string): string | undefined {
  try {
    return (JSON.parse(text) as { detail?: string }).detail;
  } catch {
    return undefined;
  }
}
