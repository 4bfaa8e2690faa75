/**
 * Kannel, where Debian's is installed, as a peer on the same machine in the same minutes: one request a text, its file store,
 * one bind to an SMSC that settles each text at once, and a call back for each. Its store outlives the process, not the
 * machine: it never asks the disk to write.
 */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";
import { freePort } from "../scripts/free-port.ts";
import { load, request } from "./load.ts";
import { startSmsc } from "./smpp.ts";

export type Kannel = {
  /** Texts a second that it takes, over so many connections. */
  accept(seconds: number, connections: number): Promise<number>;
  /** Texts a second from the first request to the last call back. */
  journey(count: number, connections: number): Promise<number>;
  stop(): Promise<void>;
};

/** Longer than any start takes. Milliseconds. */
const PATIENCE_MS = 30_000;

export function isKannelInstalled(): boolean {
  return ["bearerbox", "smsbox"].every((box) => !spawnSync(box, ["--version"]).error);
}

/** @throws Error if it does not start */
export async function startKannel(): Promise<Kannel> {
  const folder = mkdtempSync(join(tmpdir(), "kannel-bench-"));
  const smsc = await startSmsc({ receipts: true });
  const receiver = await startReceiver();
  const ports = { admin: await freePort(), box: await freePort(), send: await freePort() };
  const file = join(folder, "kannel.conf");
  writeFileSync(file, configuration(folder, { ...ports, smsc: smsc.port }));
  const boxes: ChildProcess[] = [];
  const url = `http://127.0.0.1:${ports.send}/cgi-bin/sendsms`;
  const stop = async () => {
    for (const box of boxes.reverse()) {
      const ended = new Promise((resolve) => box.once("exit", resolve));
      if (box.exitCode === null && box.kill("SIGKILL")) await ended;
    }
    smsc.stop();
    receiver.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    boxes.push(spawn("bearerbox", ["-v", "4", file], { stdio: "ignore" }));
    const status = `http://127.0.0.1:${ports.admin}/status.xml?password=bench`;
    await until(async () => (await (await fetch(status)).text()).includes("<status>online"));
    boxes.push(spawn("smsbox", ["-v", "4", file], { stdio: "ignore" }));
    await until(async () => (await fetch(url)).status === 403);
  } catch (error) {
    await stop();
    throw error;
  }
  let count = 0;
  const next = () => request("GET", `${url}?${query(`${receiver.url}/${count++}`)}`);
  return {
    async accept(seconds, connections) {
      const { perSecond, answered, refused } = await load(url, { next, connections, seconds });
      if (refused > 0) throw new Error(`Kannel refused ${refused} of ${answered}`);
      await receiver.all(count);
      return perSecond;
    },
    async journey(texts, connections) {
      const until = count + texts;
      const from = performance.now();
      await load(url, { next: () => (count < until ? next() : undefined), connections, seconds: 60 });
      return (texts / ((await receiver.all(until)) - from)) * 1000;
    },
    stop,
  };
}

function query(report: string): URLSearchParams {
  return new URLSearchParams({
    username: "bench",
    password: "bench",
    from: "Shop",
    to: "4798079008",
    text: "Your parcel is at the shop by the station until Friday. Bring this code: 4711.",
    "dlr-mask": "3",
    "dlr-url": report,
  });
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end; await wait(50)) {
    if (await holds().catch(() => false)) return;
  }
  throw new Error("Kannel did not start");
}

/** Counts the reports that come, each text once. */
async function startReceiver() {
  const received = new Set<string>();
  let look = () => {};
  const server = createServer((asked, answer) => {
    received.add(asked.url ?? "");
    answer.writeHead(200, { "content-length": 0 }).end();
    look();
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Resolves with the time at which so many had come. */
    all: (wanted: number) =>
      new Promise<number>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`only ${received.size} of ${wanted} reports came`)), 60_000);
        look = () => {
          if (received.size < wanted) return;
          clearTimeout(timer);
          resolve(performance.now());
        };
        look();
      }),
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

type Ports = { admin: number; box: number; send: number; smsc: number };

/** Groups end with an empty line. */
function configuration(folder: string, { admin, box, send, smsc }: Ports): string {
  const groups = [
    {
      group: "core",
      "admin-port": admin,
      "admin-interface": "127.0.0.1",
      "admin-password": "bench",
      "status-password": "bench",
      "smsbox-port": box,
      "smsbox-interface": "127.0.0.1",
      "box-allow-ip": "127.0.0.1",
      "log-level": 4,
      "store-type": "file",
      "store-location": join(folder, "store"),
      "dlr-storage": "spool",
      "dlr-spool": folder,
    },
    {
      group: "smsc",
      smsc: "smpp",
      host: "127.0.0.1",
      port: smsc,
      "transceiver-mode": "true",
      "smsc-username": "bench",
      "smsc-password": "bench",
      "system-type": "",
      "max-pending-submits": 100,
    },
    {
      group: "smsbox",
      "smsbox-id": "bench",
      "bearerbox-host": "127.0.0.1",
      "bearerbox-port": box,
      "sendsms-port": send,
      "sendsms-interface": "127.0.0.1",
      "log-level": 4,
    },
    { group: "sendsms-user", username: "bench", password: "bench", "max-messages": 1, concatenation: "false" },
  ];
  return `${groups.map((group) => lines(group)).join("\n\n")}\n`;
}

function lines(group: object): string {
  return Object.entries(group)
    .map(([name, value]) => `${name} = ${typeof value === "string" ? `"${value}"` : value}`)
    .join("\n");
}
