/** Programs that customers have, bound to us: the published `smpp` package, and Kannel where its bearerbox is installed. */

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { freePort } from "../../torture/process.ts";
import { newNumber } from "../support/gateway.ts";
import { asking, type NpmPdu, type NpmSession, npmSmpp } from "../support/npm-smpp.ts";
import { type Customer, useSmppGateway } from "../support/smpp.ts";

const smpp = useSmppGateway();

describe("the smpp package of npm", () => {
  it("binds, sends texts of every alphabet and length, and has a receipt for each", async () => {
    const customer = await smpp.customer();
    const receipts: Record<string, unknown>[] = [];
    const session = await connected(customer, (told) => receipts.push(told));
    const texts = ["Hello", "€uro and ^{}", "ç is Latin-1", "Жук", "😀 and more"];
    const numbers = texts.map(() => newNumber());
    const ids = await Promise.all(
      texts.map(async (short_message, index) => {
        const options = {
          source_addr: "Shop",
          destination_addr: numbers[index]?.slice(1),
          short_message,
          registered_delivery: 1,
        };
        return (await asking(session, "submit_sm", options)).message_id;
      }),
    );
    const arrived = await Promise.all(numbers.map((number) => smpp.gateway.handset(number, { wait: 10 })));
    expect(arrived.map(([one]) => one?.text)).toEqual(texts);
    await expect.poll(() => receipts.map((one) => one.receipted_message_id).toSorted()).toEqual(ids.toSorted());
    expect(receipts.every((one) => one.message_state === 2)).toBe(true);
    expect((await asking(session, "unbind")).command_status).toBe(0);
    session.destroy();
  });

  it("schedules with a date of its own, asks, and cancels", async () => {
    const session = await connected(await smpp.customer(), () => {});
    const at = new Date(Date.now() + 3_600_000);
    const options = { source_addr: "Shop", destination_addr: newNumber().slice(1), short_message: "Later" };
    const { message_id } = await asking(session, "submit_sm", { ...options, schedule_delivery_time: at });
    expect(await asking(session, "query_sm", { message_id, source_addr: "Shop" })).toMatchObject({
      command_status: 0,
      message_state: 1,
    });
    expect((await asking(session, "cancel_sm", { message_id, source_addr: "Shop" })).command_status).toBe(0);
    session.destroy();
  });

  async function connected({ systemId, password }: Customer, tell: (told: NpmPdu) => void): Promise<NpmSession> {
    const session = npmSmpp.connect({ url: `smpp://127.0.0.1:${smpp.port}` });
    session.on("error", (error: Error) => expect.unreachable(error.message));
    session.on("deliver_sm", (told: NpmPdu & { response(): unknown }) => {
      tell(told);
      session.send(told.response());
    });
    await new Promise<void>((resolve) => session.on("connect", resolve as () => void));
    const answer = await asking(session, "bind_transceiver", { system_id: systemId, password });
    expect(answer.command_status).toBe(0);
    return session;
  }
});

describe("Stafett itself", () => {
  it("binds to Stafett: texts of one account leave as those of another's, and receipts and answers come back", async () => {
    const { gateway } = smpp;
    const [account, customer] = [await gateway.account(), await smpp.customer()];
    await gateway.operator("PUT", "/admin/v1/carriers/loop", {
      kind: "smpp",
      settings: {
        host: "127.0.0.1",
        port: smpp.port,
        systemId: customer.systemId,
        window: 50,
        bindType: "pair",
        binds: 2,
      },
      secrets: { password: customer.password },
    });
    const route = { account: account.id, kind: "message", prefix: "", carriers: ["loop"] };
    await gateway.operator("PUT", "/admin/v1/routes/loop", route);
    const numbers = Array.from({ length: 30 }, () => newNumber());
    const text = (index: number) => `Text ${index} ${"€".repeat(index * 5)}`;
    const ids = await Promise.all(
      numbers.map((recipient, index) => gateway.send(account, { recipient, content: text(index) })),
    );
    const arrived = await Promise.all(numbers.map((number) => gateway.handset(number, { wait: 20 })));
    expect(arrived.map((some) => some.map((one) => one.text))).toEqual(numbers.map((_, index) => [text(index)]));
    for (const id of ids) {
      await expect.poll(async () => (await gateway.message(account, id)).state, { timeout: 20_000 }).toBe("delivered");
    }
    // The network's own number is the customer's: what a person writes there goes through his session to the account.
    const number = newNumber().replace("+4791", "+4756");
    const path = (id: string) => `/admin/v1/accounts/${id}/senders/${encodeURIComponent(number)}`;
    await gateway.operator("PUT", path(customer.id), { kind: "long-number", country: "NO" });
    await gateway.operator("PUT", `/admin/v1/accounts/${customer.id}/callbacks/cm`, {
      messageUrl: `smpp://${customer.systemId}`,
    });
    const person = newNumber();
    const words = { to: number, text: "An answer" };
    await gateway.operator("POST", `/sandbox/v1/handsets/${encodeURIComponent(person)}/messages`, words);
    const inbounds = async () =>
      (await gateway.operator<{ items: Record<string, unknown>[] }>("GET", "/admin/v1/inbound?limit=10")).items;
    await expect
      .poll(async () => (await inbounds()).filter((one) => one.carrier === "loop").map((one) => one.text), {
        timeout: 20_000,
      })
      .toContain("An answer");
    // Here both ends are one gateway, whose number it is again: without this it would go round for ever.
    await gateway.operator("DELETE", `/admin/v1/accounts/${customer.id}/callbacks/cm`);
  });
});

// A test that is skipped would look as if something were missing here: it is Debian's package, `kannel`.
if (hasKannel()) describe("Kannel", kannel);

function kannel(): void {
  const folder = mkdtempSync(join(tmpdir(), "stafett-kannel-"));
  const started: ChildProcess[] = [];
  afterAll(() => {
    for (const process of started) process.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  it("binds, sends, and hears of each text; and goes on by itself after the connection was cut", {
    timeout: 120_000,
  }, async () => {
    const customer = await smpp.customer();
    const heard: string[] = [];
    const listener = createServer((request, answer) => {
      heard.push(new URL(request.url ?? "", "http://x").searchParams.get("type") ?? "");
      answer.end();
    });
    const [admin, box, send, reports] = [await freePort(), await freePort(), await freePort(), await freePort()];
    listener.listen(reports, "127.0.0.1");
    writeFileSync(join(folder, "kannel.conf"), configuration(customer, { admin, box, send }));
    run("bearerbox");
    await until(() => isUp(`http://127.0.0.1:${admin}/status?password=kannel`));
    run("smsbox");
    const text = async (number: string, words: string) => {
      const url = new URL(`http://127.0.0.1:${send}/cgi-bin/sendsms`);
      const report = `http://127.0.0.1:${reports}/?type=%d`;
      const asked = {
        username: "k",
        password: "k",
        from: "Shop",
        to: number,
        text: words,
        "dlr-mask": "3",
        "dlr-url": report,
      };
      url.search = new URLSearchParams(asked).toString();
      await until(async () => (await fetch(url).catch(() => undefined))?.status === 202);
    };
    const long = "Kannel sends this in three parts. ".repeat(10).trim();
    const numbers = Array.from({ length: 20 }, () => newNumber());
    for (const [index, number] of numbers.entries()) await text(number, index === 0 ? long : `Text ${index}`);
    expect((await smpp.gateway.handset(numbers[0] as string, { wait: 20 }))[0]?.text).toBe(long);
    // Kannel asks for a receipt of the first part of a long text alone.
    await expect.poll(() => heard.length, { timeout: 30_000 }).toBe(20);
    expect(new Set(heard)).toEqual(new Set(["1"]));

    // Kannel binds again after ten seconds.
    await smpp.cut();
    const late = newNumber();
    await text(late, "After the cut");
    expect((await smpp.gateway.handset(late, { wait: 30 }))[0]?.text).toBe("After the cut");
    listener.close();
  });

  function run(box: "bearerbox" | "smsbox"): void {
    started.push(spawn(box, [join(folder, "kannel.conf")], { stdio: "ignore" }));
  }

  function configuration({ systemId, password }: Customer, ports: Record<"admin" | "box" | "send", number>): string {
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

group = smsc
smsc = smpp
smsc-id = stafett
host = 127.0.0.1
port = ${smpp.port}
transceiver-mode = true
smsc-username = ${systemId}
smsc-password = ${password}
system-type = ""
enquire-link-interval = 5
`;
  }
}

function hasKannel(): boolean {
  try {
    execFileSync("bearerbox", ["--version"], { stdio: "ignore" });
    return true;
  } catch (error) {
    // It answers its version with a status of its own.
    return (error as NodeJS.ErrnoException).code !== "ENOENT";
  }
}

async function isUp(url: string): Promise<boolean> {
  return (await fetch(url).catch(() => undefined)) !== undefined;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds()); tries++) {
    if (tries > 300) throw new Error("it never came to hold");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
