/** The way out of a gateway that may not call private addresses: a name is judged by what it resolves to, at the moment it is called. */

import { type LookupAddress, lookup } from "node:dns";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { LookupFunction } from "node:net";
import { Readable } from "node:stream";
import type { Response as RuntimeResponse } from "miniflare";
import { whyPrivate } from "../src/adapters/http-out.ts";
import { miniflare } from "./packages.ts";

/** A little longer than the Worker itself waits, so that no socket is left behind. Milliseconds. */
const TIME_LIMIT = 12_000;

const { Response } = miniflare();

type Asked = { url: string; method: string; headers: Headers; arrayBuffer(): Promise<ArrayBuffer> };

/** Makes a call for the Worker. Rejects when the name stands for a private address, as if nobody answered there. */
export async function publicOnly(asked: unknown): Promise<RuntimeResponse> {
  const { url, method, headers } = asked as Asked;
  // Looking up is left out for an address that needs none, so it is judged here; and what is no http call is none of ours.
  const why = whyPrivate(url);
  if (why) throw Object.assign(new Error(why), { code: "EACCES" });
  const body = Buffer.from(await (asked as Asked).arrayBuffer());
  const call = url.startsWith("https:") ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const outgoing = call(
      url,
      {
        method,
        headers: Object.fromEntries(headers),
        lookup: publicAddresses,
        signal: AbortSignal.timeout(TIME_LIMIT),
      },
      (answer) => {
        const told = Object.entries(answer.headers).flatMap(([name, value]) =>
          [value ?? []].flat().map((one) => [name, one]),
        );
        const isEmpty = method === "HEAD" || answer.statusCode === 204 || answer.statusCode === 304;
        const answered = isEmpty ? null : (Readable.toWeb(answer) as ReadableStream);
        resolve(
          new Response(answered as never, {
            status: answer.statusCode ?? 502,
            headers: told as [string, string][],
          }),
        );
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** Resolving and connecting are one step here, so a name cannot change its mind in between. */
const publicAddresses: LookupFunction = (host, options, done) => {
  lookup(host, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    if (error) return done(error, []);
    const refusal = addresses.map(({ address, family }) =>
      whyPrivate(`http://${family === 6 ? `[${address}]` : address}/`),
    );
    const why = refusal.find((one) => one !== undefined);
    if (why) return done(Object.assign(new Error(`${host}: ${why}`), { code: "EACCES" }), []);
    const [first] = addresses;
    if (options.all) done(null, addresses);
    else done(null, first?.address ?? "", first?.family ?? 4);
  });
};
