/** The customers' server: it hears of everything, and is not always well. */

import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Random } from "./random.ts";

export type Told = { path: string; query: URLSearchParams; body: string };

export type Receiver = {
  /** With no slash at its end. */
  url: string;
  /** What it was told and answered for. */
  told: readonly Told[];
  /** How often it did each of these. */
  counts: Record<Answer, number>;
  /** It begins well, since addresses are tried out when they are set. */
  beIll(): void;
  /** From now on it is well. */
  beWell(): void;
  stop(): Promise<void>;
};

type Answer = "answered" | "answered 500" | "reset" | "hung";

/** A hanging call is held by the gateway until it gives up: one in so many milliseconds is enough. */
const HANG_EVERY = 3_000;

export async function openReceiver(random: Random): Promise<Receiver> {
  const told: Told[] = [];
  const counts: Record<Answer, number> = { answered: 0, "answered 500": 0, reset: 0, hung: 0 };
  const held = new Set<ServerResponse>();
  let isWell = true;
  let lastHang = Date.now();

  const choose = (): Answer => {
    if (isWell) return "answered";
    const answer = random.weighted<Answer>({ answered: 92, "answered 500": 4, reset: 3, hung: 1 });
    if (answer !== "hung") return answer;
    if (Date.now() - lastHang < HANG_EVERY) return "answered";
    lastHang = Date.now();
    return "hung";
  };

  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("error", () => {}); // whoever was telling was killed in the middle of a word
    request.on("end", () => {
      const answer = choose();
      counts[answer]++;
      if (answer === "hung") return void held.add(response);
      if (answer === "reset") return void request.socket.destroy();
      if (answer === "answered 500") return void response.writeHead(500).end("not now");
      const { pathname, searchParams } = new URL(request.url ?? "", "http://receiver");
      told.push({ path: pathname, query: searchParams, body });
      response.writeHead(200, { "content-type": "text/plain" }).end("OK");
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    told,
    counts,
    beWell() {
      isWell = true;
      for (const response of held) response.destroy();
      held.clear();
    },
    stop() {
      server.closeAllConnections();
      return new Promise((closed) => server.close(() => closed()));
    },
    beIll() {
      isWell = false;
    },
  };
}
