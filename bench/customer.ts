/** A customer's server: counts the webhooks it gets, each message once. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { performance } from "node:perf_hooks";

export type Customer = {
  /** With no slash at its end. Whatever is sent to a path that begins with `/dead` is never answered. */
  url: string;
  /** Forgets what came so far. */
  forget(): void;
  received(): number;
  /** Resolves with the time (`performance.now`) at which so many had come; rejects if they do not. */
  all(count: number, withinSeconds: number): Promise<number>;
  stop(): Promise<void>;
};

export async function openShop(): Promise<Customer> {
  let received = new Set<string>();
  let look = () => {};
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      if (request.url?.startsWith("/dead")) return;
      received.add(JSON.parse(body).transactionId);
      response.writeHead(200, { "content-length": 0 }).end();
      look();
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    forget() {
      received = new Set();
    },
    received: () => received.size,
    all: (count, withinSeconds) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`only ${received.size} of ${count} webhooks came in ${withinSeconds} s`)),
          withinSeconds * 1000,
        );
        look = () => {
          if (received.size < count) return;
          clearTimeout(timer);
          resolve(performance.now());
        };
        look();
      }),
    async stop() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
