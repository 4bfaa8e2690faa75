/**
 * Kannel as a customer's gateway, bound to us: texts with receipts out, what people write in, and connections and programs that end in
 * between. `KANNEL_TEXTS=10000` sends so many.
 */

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../scripts/free-port.ts";
import { newNumber } from "../support/gateway.ts";
import { type Customer, useSmppGateway } from "../support/smpp.ts";

/** How many texts Kannel sends: few, unless there is time for more. */
const FEW = 20;
const TEXTS = Number(process.env.KANNEL_TEXTS ?? FEW);
/** People who write back. */
const ANSWERS = Math.min(TEXTS, 500);
const AT_ONCE = 8;
/** For so many, milliseconds. Kannel sends again after 60 to 65 s what it had no answer for: a text may be on its way as the line is cut. */
const PATIENCE = 120_000 + TEXTS * 60;

// A test that is skipped would look as if something were missing here: it is Debian's package, `kannel`.
if (isInstalled() || process.env.CI) describe("Kannel", kannel);

function kannel(): void {
  const folder = mkdtempSync(join(tmpdir(), "stafett-kannel-"));
  const smpp = useSmppGateway({}, { stateDir: join(folder, "gateway") });
  const running = new Map<string, ChildProcess>();
  /** What Kannel was told of each text, by its number: 1 is delivered. And what people wrote. */
  const reports = new Map<string, Set<string>>();
  const came = new Set<string>();
  /** The number of ours that people write to. */
  const number = newNumber().replace("+4791", "+4756");
  const listener = createServer((request, answer) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://x");
    const to = searchParams.get("to") ?? "";
    if (pathname === "/in") came.add(searchParams.get("text") ?? "");
    else reports.set(to, (reports.get(to) ?? new Set()).add(searchParams.get("type") ?? ""));
    answer.end();
  });
  const numbers: string[] = [];
  let customer: Customer;
  let ports: Record<"admin" | "box" | "send" | "told", number>;

  beforeAll(async () => {
    if (!isInstalled()) return;
    customer = await smpp.customer({ perSecond: 5_000 });
    listener.listen(0, "127.0.0.1");
    await once(listener, "listening");
    const [admin, box, send] = [await freePort(), await freePort(), await freePort()];
    ports = { admin, box, send, told: (listener.address() as AddressInfo).port };
    writeFileSync(join(folder, "kannel.conf"), configuration());
    await start();
  });
  afterAll(() => {
    for (const box of running.values()) box.kill("SIGKILL");
    listener.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("is installed: apt-get install kannel", () => expect(isInstalled()).toBe(true));

  it("sends a long text, whose first part it has a receipt of", { timeout: 60_000 }, async () => {
    const [long, number] = ["Kannel sends this in three parts. ".repeat(10).trim(), newNumber()];
    await text(number, long);
    expect((await smpp.gateway.handset(number, { wait: 20 }))[0]?.text).toBe(long);
    await expect.poll(() => reports.get(number)).toEqual(new Set(["1"]));
  });

  it("sends, and hears of each text, though the connection is cut in between", { timeout: PATIENCE }, async () => {
    await sendAll(TEXTS / 2, async () => smpp.cut());
  });

  it("is told what people write", { timeout: PATIENCE }, async () => {
    const { gateway } = smpp;
    const path = `/admin/v1/accounts/${customer.id}`;
    const sender = { kind: "long-number", country: "NO" };
    await gateway.operator("PUT", `${path}/senders/${encodeURIComponent(number)}`, sender);
    await gateway.operator("PUT", `${path}/callbacks/cm`, { messageUrl: `smpp://${customer.systemId}` });
    const words = Array.from({ length: ANSWERS }, (_, index) => `Answer ${index}`);
    await each(words, async (word, index) => {
      if (TEXTS > FEW && index === Math.floor(ANSWERS / 2)) await smpp.cut();
      await write(word);
    });
    const left = () => words.filter((word) => !came.has(word));
    await expect.poll(left, { timeout: PATIENCE, interval: 500 }).toEqual([]);
  });

  it("hears of each text, and all that people write, though the gateway is started anew", {
    timeout: PATIENCE,
  }, async () => {
    const words = Array.from({ length: 10 }, (_, index) => `Before the gateway's end ${index}`);
    let isOver = false;
    // Its queue is in memory alone: what it forgot is found each minute.
    const minutes = async () => {
      while (!isOver) {
        await smpp.gateway.runtime.tick().catch(() => {});
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    };
    let ticking: Promise<void> | undefined;
    try {
      await sendAll(TEXTS / 2, async () => {
        await each(words, write);
        await smpp.gateway.restart();
        ticking = minutes();
      });
      await expect
        .poll(() => words.filter((word) => !came.has(word)), { timeout: PATIENCE, interval: 500 })
        .toEqual([]);
    } finally {
      isOver = true;
      await ticking;
    }
  });

  it("is started anew with texts that it has accepted, and loses none of them", { timeout: PATIENCE }, async () => {
    const waiting = Array.from({ length: 10 }, () => newNumber());
    // Receipts of theirs would be forgotten: Kannel keeps in memory what it wants to be told.
    await each(waiting, async (number) => text(number, "Before the end", { isTold: false }));
    await stop();
    await start();
    const missing = async () => {
      const inboxes = await Promise.all(waiting.map((number) => smpp.gateway.handset(number, { wait: 1 })));
      return inboxes.filter(({ length }) => length === 0).length;
    };
    await expect.poll(missing, { timeout: PATIENCE, interval: 500 }).toBe(0);
    await sendAll(TEXTS / 2);
  });

  it("has lost no text, and was told of none that failed", { timeout: PATIENCE }, async () => {
    const missing: string[] = [];
    let doubled = 0;
    await each(numbers, async (number) => {
      const { length } = await smpp.gateway.handset(number, { wait: 1 });
      if (length === 0) missing.push(number);
      if (length > 1) doubled += 1;
    });
    expect(missing).toEqual([]);
    // What was not answered when a connection was cut comes again: ten at most, for so many it has under way. It was cut twice.
    expect(doubled).toBeLessThanOrEqual(20);
    expect([...reports.values()].every((types) => types.has("1"))).toBe(true);
    if (TEXTS > 1_000) {
      console.log(
        `${numbers.length} texts by Kannel, ${reports.size} reported, ${doubled} twice, ${came.size} answers`,
      );
    }
  });

  /** Sends so many texts, and waits until each is reported. @param halfway is done when half of them are sent */
  async function sendAll(count: number, halfway: () => Promise<void> = async () => {}): Promise<void> {
    const own = Array.from({ length: count }, () => newNumber());
    numbers.push(...own);
    await each(own, async (number, index) => {
      if (index === Math.floor(count / 2)) await halfway();
      await text(number, `Text ${index}`);
    });
    const left = () => own.filter((number) => !reports.has(number)).length;
    await expect.poll(left, { timeout: PATIENCE, interval: 500 }).toBe(0);
  }

  async function write(text: string): Promise<void> {
    const person = encodeURIComponent(newNumber());
    await smpp.gateway.operator("POST", `/sandbox/v1/handsets/${person}/messages`, { to: number, text });
  }

  async function text(to: string, words: string, { isTold = true } = {}): Promise<void> {
    const url = new URL(`http://127.0.0.1:${ports.send}/cgi-bin/sendsms`);
    const report = `http://127.0.0.1:${ports.told}/?type=%d&to=${encodeURIComponent(to)}`;
    const told = isTold ? { "dlr-mask": "3", "dlr-url": report } : {};
    url.search = new URLSearchParams({
      username: "k",
      password: "k",
      from: "Shop",
      to,
      text: words,
      ...told,
    }).toString();
    await until(async () => (await fetch(url).catch(() => undefined))?.status === 202);
  }

  async function start(): Promise<void> {
    run("bearerbox");
    await until(() => isUp(`http://127.0.0.1:${ports.admin}/status?password=kannel`));
    run("smsbox");
    await until(() => isUp(`http://127.0.0.1:${ports.send}/`));
  }

  /** As a machine is shut down: both programs are asked to end, and do. */
  async function stop(): Promise<void> {
    for (const name of ["smsbox", "bearerbox"]) {
      const box = running.get(name);
      if (!box) continue;
      const ended = once(box, "exit");
      box.kill("SIGTERM");
      const killed = setTimeout(() => box.kill("SIGKILL"), 20_000);
      await ended;
      clearTimeout(killed);
    }
  }

  function run(box: "bearerbox" | "smsbox"): void {
    running.set(box, spawn(box, [join(folder, "kannel.conf")], { stdio: "ignore" }));
  }

  function configuration(): string {
    return `group = core
admin-port = ${ports.admin}
admin-interface = 127.0.0.1
admin-password = kannel
smsbox-port = ${ports.box}
smsbox-interface = 127.0.0.1
box-allow-ip = "127.0.0.1"
log-file = "${join(folder, "bearerbox.log")}"
log-level = 1
store-type = file
store-location = "${join(folder, "store")}"

group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = ${ports.box}
sendsms-port = ${ports.send}
sendsms-interface = 127.0.0.1
log-file = "${join(folder, "smsbox.log")}"
log-level = 1

group = sendsms-user
username = k
password = k
concatenation = true
max-messages = 10

group = sms-service
keyword = default
get-url = "http://127.0.0.1:${ports.told}/in?text=%a"
max-messages = 0

${groupOfThePage(smpp.port, customer)}smsc-id = stafett
enquire-link-interval = 5
`;
  }
}

/** The group that docs/smpp.md has a customer write, for this gateway and this customer. */
function groupOfThePage(port: number, { systemId, password }: Customer): string {
  const page = readFileSync(new URL("../../docs/smpp.md", import.meta.url), "utf8");
  const [, group = ""] = /```ini\n(group = smsc\n[\s\S]*?)```/.exec(page) ?? [];
  const ours = { port, "smsc-username": systemId, "smsc-password": password };
  return Object.entries(ours).reduce(
    (text, [key, value]) => text.replace(new RegExp(`^${key} = .*$`, "m"), `${key} = ${value}`),
    group,
  );
}

function isInstalled(): boolean {
  try {
    execFileSync("bearerbox", ["--version"], { stdio: "ignore" });
    return true;
  } catch (error) {
    // It answers its version with a status of its own.
    return (error as NodeJS.ErrnoException).code !== "ENOENT";
  }
}

/** Does it to each, a few at once. */
async function each<Item>(items: readonly Item[], work: (item: Item, index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const more = async () => {
    while (next < items.length) {
      const index = next++;
      await work(items[index] as Item, index);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, more));
}

async function isUp(url: string): Promise<boolean> {
  return (await fetch(url).catch(() => undefined)) !== undefined;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds()); tries++) {
    if (tries > 600) throw new Error("it never came to hold");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
