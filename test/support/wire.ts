/** A wire between two gateways, over real HTTP, that may lose what goes over it. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach } from "vitest";

/** *answer*: the other side does what it was asked, and its answer is lost. *request*: it never gets there. */
export type Loss = "answer" | "request";

export type Wire = {
  /** With no slash at its end. */
  readonly url: string;
  /** What went over it, as `POST /path`. */
  calls: string[];
  /** What is lost, by the method and path that a call begins with; nothing, until a test says so. */
  loses(of: string, loss: Loss, times?: number): void;
};

/** @param target where it leads, without a slash at its end; read at each call */
export function useWire(target: () => string): Wire {
  let server: Server;
  let losses: { of: string; loss: Loss; left: number }[] = [];
  const calls: string[] = [];

  const carry = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await wholeOf(request);
    const call = `${request.method} ${request.url}`;
    calls.push(call);
    const lost = losses.find(({ of, left }) => left > 0 && call.startsWith(of));
    if (lost) lost.left--;
    if (lost?.loss === "request") return response.destroy();
    const headers = Object.entries(request.headers).flatMap(([name, value]) =>
      typeof value === "string" && !["host", "connection", "content-length"].includes(name) ? [[name, value]] : [],
    );
    const answer = await fetch(target() + request.url, {
      method: request.method ?? "GET",
      headers: Object.fromEntries(headers),
      redirect: "manual",
      ...(body.length > 0 ? { body: new Uint8Array(body) } : {}),
    });
    const bytes = Buffer.from(await answer.arrayBuffer());
    if (lost) return response.destroy();
    response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "text/plain" });
    return response.end(bytes);
  };

  beforeAll(async () => {
    server = createServer((request, response) => {
      carry(request, response).catch(() => response.destroy());
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  });
  afterAll(() => new Promise((closed) => server.close(closed)));
  beforeEach(() => {
    losses = [];
    calls.length = 0;
  });

  return {
    get url() {
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
    calls,
    loses: (of, loss, times = 1) => losses.push({ of, loss, left: times }),
  };
}

async function wholeOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
