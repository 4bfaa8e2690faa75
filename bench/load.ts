/**
 * The load generator: HTTP/1.1 over keep-alive sockets, one request under way on each. It writes bytes made beforehand
 * and reads no more of an answer than it must, so that it takes as little as it can of the processors it shares.
 */

import { connect, type Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";

/** The bytes of the next request; undefined when there are no more. */
export type NextRequest = () => Buffer | undefined;

export type Load = {
  next: NextRequest;
  connections: number;
  /** Ends after so long, and when `next` has no more. */
  seconds: number;
  /** Requests a second, whether or not the answers keep up. Absent: each connection sends as soon as it can. */
  rate?: number;
};

/** `latencies` in milliseconds, sorted; `seconds` from the first request to the last answer. */
export type Outcome = {
  answered: number;
  refused: number;
  seconds: number;
  perSecond: number;
  latencies: Float64Array;
};

export async function load(url: string, { next, connections, seconds, rate }: Load): Promise<Outcome> {
  const { hostname, port } = new URL(url);
  const clients = await Promise.all(Array.from({ length: connections }, () => open(hostname, Number(port))));
  const latencies: number[] = [];
  let refused = 0;
  const begun = performance.now();
  const until = begun + seconds * 1000;
  const send = async (client: Client, request: Buffer, since: number) => {
    const status = await client.send(request);
    latencies.push(performance.now() - since);
    if (status < 200 || status > 299) refused += 1;
  };

  if (rate === undefined) await flatOut();
  else await paced(rate);
  const took = (performance.now() - begun) / 1000;
  for (const client of clients) client.close();
  return {
    answered: latencies.length,
    refused,
    seconds: took,
    perSecond: latencies.length / took,
    latencies: Float64Array.from(latencies).sort(),
  };

  async function flatOut(): Promise<void> {
    await Promise.all(
      clients.map(async (client) => {
        for (let now = performance.now(); now < until; now = performance.now()) {
          const request = next();
          if (!request) return;
          await send(client, request, now);
        }
      }),
    );
  }

  /** A request that finds no free connection waits for one, and its wait counts: a slow server is not spared. */
  async function paced(perSecond: number): Promise<void> {
    const idle = [...clients];
    const waiting: { request: Buffer; since: number }[] = [];
    const under: Promise<void>[] = [];
    const work = async (client: Client) => {
      for (let one = waiting.shift(); one; one = waiting.shift()) await send(client, one.request, one.since);
      idle.push(client);
    };
    let due = 0;
    for (let now = performance.now(); now < until; now = performance.now()) {
      for (; due < ((now - begun) / 1000) * perSecond; due++) {
        const request = next();
        if (!request) break;
        waiting.push({ request, since: now });
        const client = idle.pop();
        if (client) under.push(work(client));
      }
      await wait(1);
    }
    await Promise.all(under);
  }
}

/** The value below which this share of the sorted values lies. */
export function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** The bytes of a request. */
export function request(
  method: "GET" | "POST",
  url: string,
  headers: Record<string, string> = {},
  body?: string,
): Buffer {
  const { pathname, search, host } = new URL(url);
  const lines = Object.entries({
    host,
    ...headers,
    ...(body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) }),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${pathname}${search} HTTP/1.1\r\n${lines.join("")}\r\n${body ?? ""}`);
}

type Client = { send(request: Buffer): Promise<number>; close(): void };

/** The runtime closes a connection on which nothing came for five seconds. One that rested nearly so long is not used again. */
const RESTED_MS = 4000;

/** A client that has a connection, and opens another when it was not asked for a while. */
async function open(host: string, port: number): Promise<Client> {
  let connection = await connected(host, port);
  let usedAt = performance.now();
  return {
    async send(request) {
      if (performance.now() - usedAt > RESTED_MS) {
        connection.close();
        connection = await connected(host, port);
      }
      const status = await connection.send(request);
      usedAt = performance.now();
      return status;
    },
    close: () => connection.close(),
  };
}

function connected(host: string, port: number): Promise<Client> {
  return new Promise((opened, failed) => {
    const socket: Socket = connect({ host, port, noDelay: true });
    let answered: { resolve: (status: number) => void; reject: (error: Error) => void } | undefined;
    let received = "";
    const broken = (error: Error) => {
      failed(error);
      answered?.reject(error);
    };
    socket.once("connect", () =>
      opened({
        send: (request) =>
          new Promise((resolve, reject) => {
            answered = { resolve, reject };
            socket.write(request, (error) => error && reject(error));
          }),
        close: () => socket.destroy(),
      }),
    );
    socket.on("error", broken);
    socket.on("close", () => broken(new Error("the server closed the connection")));
    socket.setEncoding("latin1");
    socket.on("data", (chunk) => {
      received += chunk;
      if (!isWhole(received)) return;
      const status = Number(received.slice(9, 12));
      received = "";
      answered?.resolve(status);
    });
  });
}

function isWhole(answer: string): boolean {
  const end = answer.indexOf("\r\n\r\n");
  if (end === -1) return false;
  const length = /\r\ncontent-length: *(\d+)/i.exec(answer.slice(0, end + 2))?.[1];
  return length === undefined ? answer.endsWith("\r\n0\r\n\r\n") : answer.length >= end + 4 + Number(length);
}
