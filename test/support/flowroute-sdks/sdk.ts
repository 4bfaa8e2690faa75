/**
 * How each published client library of Flowroute's API asks, and takes what it is answered: its headers to the letter,
 * the body it makes, what it takes for success, what it hands to the program, and what the program hears of a failure.
 */

import { request as overHttp } from "node:http";
import { gunzipSync } from "node:zlib";

export type Operation = "send" | "record" | "list" | "callback";
export type Text = { to: string; from: string; text: string };

export type Habits = {
  name: string;
  version: "v2" | "v2.1" | "v2.2";
  /** What it sends beside the credential; of PUT where it can set addresses. */
  headers: Partial<Record<"GET" | "POST" | "PUT", Record<string, string>>>;
  write(text: Text): unknown;
  /** What it refuses before anything is sent; throws. */
  check?(accessKey: string, text?: Text): void;
  canLookUp: boolean;
  /** A date in a query, as it goes on the wire. Absent where it has no lists. @param at epoch ms */
  date?(at: number): string;
  succeeds(status: number, operation: Operation): boolean;
  /** What the program is handed. */
  read(body: string, operation: Operation): unknown;
  /** What a failure comes to; throws, or is a value. */
  fail(operation: Operation, status: number, body: string): unknown;
  /** What the program hears of a wrong key, of a number that is none, and of a record that is not there. */
  hears: { wrongKey: RegExp; badNumber: RegExp; nobodys: RegExp };
};

export type Sdk = ReturnType<typeof useSdk>;
export type Page = { data: { id: string; attributes: Record<string, unknown> }[]; links: { next?: string } };

/** Most of them take these. */
export const until206 = (status: number) => status >= 200 && status <= 206;

/** A library, configured: with the gateway's address and a credential. */
export function useSdk(
  habits: Habits,
  base: string,
  { accessKey, secretKey }: { accessKey: string; secretKey: string },
) {
  const at = `${base}/${habits.version}/messages`;

  const call = async (operation: Operation, method: "GET" | "POST" | "PUT", url: string, body?: unknown) => {
    const headers = {
      ...habits.headers[method],
      authorization: `Basic ${Buffer.from(`${accessKey}:${secretKey}`).toString("base64")}`,
    };
    const answer = await exchange(method, url, headers, body === undefined ? undefined : JSON.stringify(body));
    if (!habits.succeeds(answer.status, operation)) return habits.fail(operation, answer.status, answer.body);
    return answer.status === 204 ? undefined : habits.read(answer.body, operation);
  };

  return {
    habits,
    send: async (text: Text) => {
      habits.check?.(accessKey, text);
      return await call("send", "POST", at, habits.write(text));
    },
    record: (id: string) => call("record", "GET", `${at}/${id}`),
    list: (query: { from: number; to?: number; limit?: number; offset?: number }) => {
      const { date = String } = habits;
      const pairs = [
        `start_date=${date(query.from)}`,
        ...(query.to === undefined ? [] : [`end_date=${date(query.to)}`]),
        ...(query.limit === undefined ? [] : [`limit=${query.limit}`]),
        ...(query.offset === undefined ? [] : [`offset=${query.offset}`]),
      ];
      return call("list", "GET", `${at}?${pairs.join("&")}`);
    },
    /** What `links.next` said, verbatim. */
    follow: (next: string) => call("list", "GET", next),
    setCallback: (name: string, url: string) =>
      call("callback", "PUT", `${at}/${name}`, { data: { attributes: { callback_url: url } } }),
  };
}

/** One request with these headers and no others but the library's own: host, length, connection. No redirect is followed. */
function exchange(
  method: string,
  url: string,
  headers: Record<string, string>,
  body: string | undefined,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const request = overHttp(url, { method, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => {
        const bytes = Buffer.concat(chunks);
        const encoding = answer.headers["content-encoding"] ?? "identity";
        if (!["identity", "gzip"].includes(encoding)) reject(new Error(`it cannot read ${encoding}`));
        const text = (encoding === "gzip" ? gunzipSync(bytes) : bytes).toString("utf8");
        resolve({ status: answer.statusCode ?? 0, body: text });
      });
    });
    request.on("error", reject);
    request.end(body === undefined ? undefined : Buffer.from(body));
  });
}

/** Of an envelope: a text as the later libraries send it. */
export function enveloped({ to, from, text }: Text): unknown {
  return { data: { type: "message", attributes: { to, from, body: text } } };
}
