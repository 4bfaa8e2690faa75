/** A customer's server: it takes webhooks, and answers as it is told. */

import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll } from "vitest";

export type Received = {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
  json: Record<string, unknown>;
};

type Answer = { status: number; body?: string; headers?: Record<string, string> };

/** What to answer: a status; nothing at all; or a status, and then a body without an end. A promise holds the answer back. */
export type Behaviour = (received: Received) => Answer | "hang" | "endless" | Promise<Answer>;

export type Receiver = {
  /** With no slash at its end. */
  url: string;
  received: Received[];
  behave(behaviour: Behaviour): void;
  /** Resolves when so many have come that match. */
  next(count?: number, matches?: (received: Received) => boolean): Promise<Received[]>;
};

/** One server for a test file; 200 to everything unless told otherwise. */
export function useReceiver(): Receiver {
  let server: Server;
  let behaviour: Behaviour = () => ({ status: 200 });
  const received: Received[] = [];
  const waiting = new Set<() => void>();

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8");
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", async () => {
        const one: Received = {
          method: request.method ?? "",
          url: request.url ?? "",
          headers: request.headers,
          body,
          json: parsed(body),
        };
        received.push(one);
        for (const look of waiting) look();
        const answer = await behaviour(one);
        if (answer === "hang") return;
        if (answer === "endless") return endless(response);
        response.writeHead(answer.status, answer.headers);
        response.end(answer.body ?? "");
      });
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  return {
    get url() {
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
    received,
    behave(to) {
      behaviour = to;
    },
    next(count = 1, matches = () => true) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(look);
          const seen = received.filter(matches).length;
          reject(new Error(`waited for ${count} webhooks, and ${seen} came`));
        }, 20_000);
        const look = () => {
          const found = received.filter(matches);
          if (found.length < count) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve(found.slice(0, count));
        };
        waiting.add(look);
        look();
      });
    },
  };
}

/** Writes until the other side has had enough. */
function endless(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/plain" });
  const write = () => {
    while (!response.destroyed && response.write("and on ".repeat(1_000)));
  };
  response.on("drain", write);
  write();
}

function parsed(body: string): Record<string, unknown> {
  try {
    return JSON.parse(body);
  } catch {
    return {};
  }
}
