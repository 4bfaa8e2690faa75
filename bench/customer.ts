/** Customers' servers: they count the webhooks they get, each message once. */

import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { performance } from "node:perf_hooks";

export type Customers = {
  /** Each is a host of its own, with no slash at its end. What is sent to a path that begins with `/dead` is never answered. */
  urls: readonly string[];
  /** Forgets what came so far. */
  forget(): void;
  received(): number;
  /** Resolves with the time (`performance.now`) at which so many had come; rejects if they do not. */
  all(count: number, withinSeconds: number): Promise<number>;
  stop(): Promise<void>;
};

export async function openShops(count: number): Promise<Customers> {
  let received = new Set<string>();
  let look = () => {};
  const serve: RequestListener = (request, response) => {
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
  };
  const servers: Server[] = [];
  for (let n = 0; n < count; n++) {
    const server = createServer(serve);
    servers.push(server);
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  }
  return {
    urls: servers.map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`),
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
      for (const server of servers) server.closeAllConnections();
      await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
    },
  };
}
