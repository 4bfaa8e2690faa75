/** The `stafett` program against a gateway that runs, as a person types it. */

import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../scripts/free-port.ts";
import { DEMO_API_KEY } from "../../scripts/local-settings.ts";
import { root } from "../../scripts/root.ts";
import { ADMIN_TOKEN, newNumber, useGateway } from "../support/gateway.ts";
import { type Ended, ending, environment, saying, useProcesses } from "../support/npm.ts";

const gateway = useGateway({ DEMO_API_KEY });
const start = useProcesses();
const scratch = mkdtempSync(join(tmpdir(), "stafett-cli-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
beforeAll(() => gateway.runtime.tick("@reboot"));

const launch = join(root, "scripts/launch.mjs");
const env = (settings: Record<string, string> = {}) =>
  environment({ STAFETT_URL: gateway.url, ADMIN_TOKEN, STATE_DIR: join(scratch, "none"), PORT: "", ...settings });
const stafett = (...args: string[]) => ending(process.execPath, [launch, ...args], { env: env() });
const stafettWith = (settings: Record<string, string>, ...args: string[]): Promise<Ended> =>
  ending(process.execPath, [launch, ...args], { env: env(settings) });

describe("stafett", () => {
  it("sends a text, shows it on the handset, and writes back as its owner", async () => {
    const number = newNumber();
    const sent = await stafett("send", number, "Hello from a shell");
    expect(sent).toMatchObject({ code: 0, stderr: "" });
    expect(sent.stdout).toMatch(new RegExp(`^msg_\\S+ {2}delivered {2}\\${number} {2}1 part\n$`));
    expect((await stafett("handset", number)).stdout).toMatch(/Z {2}Stafett: Hello from a shell\n$/);
    expect((await stafett("handset", number, "YES", "--to", "2002")).stdout).toBe(`${number} wrote to 2002: YES\n`);
    expect((await stafett("handset", number, "--clear")).stdout).toBe(`${number} is empty.\n`);
    expect((await stafett("handset", number)).stderr).toBe(`${number} has received nothing.\n`);
    const { items } = await gateway.operator<{ items: object[] }>(
      "GET",
      `/admin/v1/inbound?sender=${encodeURIComponent(number)}`,
    );
    expect(items).toMatchObject([{ text: "YES", recipient: "2002" }]);
  });

  it("sends a text to a list, and pauses, resumes and cancels it", async () => {
    const file = join(scratch, "people.csv");
    writeFileSync(file, `recipient,name\n${newNumber()},Kari\n${newNumber()},"Ola, the elder"\nnobody,Per\n`);
    const pace = ["--per-minute", "60", "--begin", new Date((await gateway.now()) + 86_400_000).toISOString()];
    const sent = await stafett("campaign", "send", file, "--text", "Hello {{name}}", "--name", "Members", ...pace);
    expect(sent).toMatchObject({ code: 0, stderr: "" });
    expect(sent.stdout).toMatch(
      /^cmp_\S+ {2}scheduled {2}0 of 3 delivered {2}Members\n {2}accepted {2}3\n {2}waiting {2}2\n {2}skipped: invalid {2}1\n$/,
    );
    const [id = ""] = sent.stdout.split(" ");
    for (const [verb, state] of [
      ["pause", "paused"],
      ["resume", "scheduled"],
      ["show", "scheduled"],
      ["cancel", "cancelled"],
    ] as const) {
      expect((await stafett("campaign", verb, id)).stdout).toContain(`${id}  ${state}`);
    }
    expect((await stafett("campaign", "list")).stdout).toContain(`${id}  cancelled`);
    expect(await stafett("campaign", "pause", id)).toMatchObject({ code: 1 });
    expect((await stafett("campaign", "strat", id)).stderr).toBe(
      "campaign has no command strat. Did you mean start?\n",
    );
    expect((await stafett("campaign", "send", file)).stderr).toContain("needs a text");
  });

  it("lists all campaigns, however many there are", async () => {
    const { id } = await gateway.account();
    const wanted = { account: id, name: "Sale", sender: "Shop", text: "Hello", perMinute: 60 };
    for (let n = 0; n < 51; n++)
      await gateway.operator("POST", "/admin/v1/campaigns", { ...wanted, name: `Sale ${n}` });
    const lines = (await stafett("campaign", "list", "--account", id)).stdout.trim().split("\n");
    expect(lines).toHaveLength(51);
  });

  it("clears a handset alone, and refuses whatever else is asked for with it", async () => {
    const refused = async (...more: string[]) => (await stafett("handset", newNumber(), "--clear", ...more)).stderr;
    expect(await refused("--wait", "1")).toBe("--clear does nothing else: leave out --wait\n");
    expect(await refused("--follow")).toContain("leave out --follow");
    expect(await refused("Hello")).toContain("leave out the text");
  });

  it("replays what happened to a message, and says whether the same happened", async () => {
    const busy = { busySeconds: 40, times: 1 };
    await gateway.faults(busy);
    const { stdout } = await stafett("send", newNumber(), "Hello again", "--wait", "0");
    const id = stdout.split(" ")[0] ?? "";
    const timeline = () => gateway.operator<{ items: { event: string }[] }>("GET", `/admin/v1/messages/${id}/timeline`);
    const has = async (event: string) => {
      while (!(await timeline()).items.some((one) => one.event === event)) await gateway.advance(0);
    };
    await has("carrier.busy");
    await gateway.faults({ receiptDelaySeconds: 600, times: 1 });
    await gateway.advance(41);
    await has("carrier.took");
    await gateway.advance(601);

    const replayed = await stafett("replay", id);
    expect(replayed.stdout).toMatch(new RegExp(`^${id} was replayed as msg_\\S+: the same happened\\.\n`));
    expect(replayed.stdout).toMatch(
      /carrier\.busy.*carrier\.busy\n[\s\S]*carrier\.receipt delivered .*carrier\.receipt delivered\n/,
    );
    expect(replayed).toMatchObject({ code: 0, stderr: "" });
    expect(await gateway.operator("GET", "/sandbox/v1/faults/simulator")).toEqual({});
    expect((await stafett("replay", "msg_000001nothere")).stderr).toMatch(/not/);
  });

  it("speaks to a world by its name, whichever gateway the shell's settings are of", async () => {
    const name = `test-${randomUUID().slice(0, 8)}`;
    const folder = join(root, ".stafett/worlds", name);
    mkdirSync(folder, { recursive: true });
    try {
      writeFileSync(join(folder, "owner.json"), JSON.stringify({ pid: 1, url: gateway.url }));
      writeFileSync(join(folder, "admin-token"), ADMIN_TOKEN);
      const elsewhere = { STAFETT_URL: "http://127.0.0.1:9", ADMIN_TOKEN: "another-operators-token" };
      const sent = await stafettWith(elsewhere, "send", newNumber(), "Hello there", "--world", name);
      expect(sent).toMatchObject({ code: 0, stderr: "" });
      expect((await stafett("worlds")).stdout).toContain(`${name}  ${gateway.url}  ${folder}\n`);
    } finally {
      rmSync(folder, { recursive: true });
    }
    expect(await stafett("send", newNumber(), "Hello", "--world", name)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`start --world ${name}`),
    });
    expect((await stafett("handset", newNumber(), "--world", "../x")).stderr).toMatch(/^The name of a world is/);
  });

  it("waits for the next text, and fails where none comes", async () => {
    const number = newNumber();
    await stafett("send", number, "Before");
    const waiting = start(process.execPath, [launch, "handset", number, "--wait", "30", "--json"], { env: env() });
    const said = saying(waiting, "}\n");
    await saying(waiting, "Waiting for the next text");
    await stafett("send", number, "After");
    expect(JSON.parse((await said).split("\n").at(-2) ?? "")).toMatchObject({ text: "After" });
    const nothing = await stafett("handset", number, "--wait", "0");
    expect(nothing).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/Nothing came to \S+ within 0 seconds\n$/),
    });
  });

  it("says that a text failed, by its exit code too", async () => {
    const failed = await stafett("send", "+4700000010", "Hello");
    expect(failed.stdout).toMatch(/failed \(undelivered\)/);
    expect(failed.code).toBe(1);
  });

  it("moves the clock, by a length or to a moment", async () => {
    const before = await gateway.now();
    expect((await stafett("advance", "1d2h")).stdout).toMatch(/^It is \d{4}-/);
    expect((await gateway.now()) - before).toBeGreaterThanOrEqual(26 * 3_600_000);
    const to = new Date((await gateway.now()) + 3_600_000).toISOString();
    expect((await stafett("advance", to)).stdout).toContain(`It is ${to.slice(0, 13)}`);
    expect(await stafett("advance", "soon")).toMatchObject({
      code: 1,
      stderr: "The time must be a length like 2d, 1h30m or 90s, or a moment like 2027-01-01T00:00:00Z, not soon\n",
    });
  });

  it("shows what happened, of the kinds that are asked for", async () => {
    await stafett("trigger", "declined");
    await stafett("trigger", "stop");
    // A request is kept beside its answer, and not before it.
    const all = async () => (await stafett("logs")).stdout;
    await expect.poll(all, { timeout: 25_000 }).toMatch(/request {2}201 {2}POST \/api\/strex\/transactions\n/);
    expect(await all()).toMatch(/charge {3}failed \(\S+\) {2}10\.00 NOK ← \+4700000020\n/);
    expect(await all()).toMatch(/inbound {2}\+4798079008 → 2002: STOP\n/);
    const some = (await stafett("logs", "inbound", "--last", "1", "--json")).stdout;
    expect(JSON.parse(some)).toMatchObject({ kind: "inbound", text: "STOP" });
  });

  it("fills an empty sandbox", async () => {
    const filled = await stafett("seed", "--texts", "7");
    expect(filled).toMatchObject({ code: 0, stdout: "7 texts to 6 phones, 3 answers to 2002, 2 subscribers.\n" });
    expect(await gateway.handset("+4798079008", { wait: 10, match: "4821" })).not.toEqual([]);
  });
});

describe("stafett snapshot", () => {
  it.each(["saved.json", "saved.json.gz"])("saves the sandbox in %s, and puts it back", async (name) => {
    const file = join(scratch, name);
    const number = newNumber();
    await stafett("send", number, "Before");
    expect((await stafett("snapshot", "save", file)).stdout).toBe(
      `Saved to ${file}. It holds the sandbox's texts and numbers.\n`,
    );
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await stafett("send", number, "After");
    expect(await stafett("snapshot", "restore", file)).toMatchObject({ code: 0, stderr: "" });
    expect((await gateway.handset(number)).map(({ text }) => text)).toEqual(["Before"]);
  });

  it("says what is wrong with a file", async () => {
    const file = join(scratch, "none.json");
    expect((await stafett("snapshot", "restore", file)).stderr).toContain(
      `${file} is no snapshot that can be read: ENOENT`,
    );
    writeFileSync(file, "{}");
    expect((await stafett("snapshot", "restore", file)).stderr).toContain("stafett");
    expect((await stafett("snapshot", "safe", file)).stderr).toBe("snapshot saves or restores: it does not safe\n");
  });
});

describe("stafett trigger", () => {
  it.each([
    ["delivered", "+4700000001", "delivered"],
    ["failed", "+4700000010", "failed"],
    ["barred", "+4700000020", "failed"],
  ])("has a text that is %s", async (event, number, state) => {
    const { stdout, code } = await stafett("trigger", event);
    expect(code).toBe(0);
    expect(stdout).toContain("No report is sent: nothing listens, and no --report-url is given.");
    const [, id = ""] = /(trigger-\S+), went to (\S+)\./.exec(stdout) ?? [];
    await expect
      .poll(() => gateway.operator("GET", `/admin/v1/messages?theirId=${id}`), { timeout: 20_000 })
      .toMatchObject({ items: [{ recipient: number, state }] });
  });

  it("has a charge that is billed", async () => {
    await stafett("trigger", "billed", "--number", "+4798765432");
    const { items } = await gateway.operator<{ items: object[] }>(
      "GET",
      `/sandbox/v1/operator/charges?msisdn=${encodeURIComponent("+4798765432")}&wait=10`,
    );
    expect(items).toMatchObject([{ amount: 1000, invoiceText: "One song" }]);
  });

  it("knows what was perhaps meant", async () => {
    expect((await stafett("trigger", "decline")).stderr).toMatch(
      /^There is no event decline\. Did you mean declined\? There are: /,
    );
  });
});

describe("stafett listen", () => {
  type Received = Pick<IncomingMessage, "method" | "url" | "headers">;

  it("has webhooks come to a local server, signed for it, until it is ended", { timeout: 60_000 }, async () => {
    const received: Received[] = [];
    const server = createServer(({ method, url, headers }, answer) => {
      received.push({ method, url, headers } as Received);
      answer.writeHead(204).end();
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const to = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const listening = start(process.execPath, [launch, "listen", "--forward-to", to], { env: env() });
      await saying(listening, `comes to ${to} while this runs`);
      const shown = saying(listening, "report → https://shop.example/reports?order=1");
      expect((await stafett("trigger", "failed", "--report-url", "https://shop.example/reports?order=1")).code).toBe(0);
      expect(await shown).toMatch(/webhook {2}204 {2}report/);
      expect(received).toMatchObject([{ method: "POST", url: "/reports?order=1" }]);
      expect(received[0]?.headers["x-ecdsa-signature"]).toMatch(/^\S+:\d+:/);
      // Without a path of its own: the trigger has one that leads nowhere.
      await stafett("trigger", "delivered");
      await expect.poll(() => received.map(({ url }) => url), { timeout: 20_000 }).toContain("/stafett");

      listening.kill("SIGINT");
      await once(listening, "exit");
      const { forwarding } = await gateway.operator<{ forwarding?: object }>("GET", "/sandbox/v1/oddities");
      expect(forwarding).toBeUndefined();
    } finally {
      server.close();
    }
  });

  it("leaves the webhooks to another listener that takes them over", { timeout: 60_000 }, async () => {
    const listeners = [18_001, 18_002].map((port) => `http://127.0.0.1:${port}`);
    const begun = async (to: string) => {
      const child = start(process.execPath, [launch, "listen", "--forward-to", to], { env: env() });
      await saying(child, "while this runs");
      return child;
    };
    const [one, other] = [await begun(listeners[0] ?? ""), await begun(listeners[1] ?? "")];
    one.kill("SIGINT");
    await once(one, "exit");
    const { forwarding } = await gateway.operator<{ forwarding?: { to: string } }>("GET", "/sandbox/v1/oddities");
    expect(forwarding?.to).toBe(listeners[1]);
    other.kill("SIGINT");
    await once(other, "exit");
    expect(await gateway.operator("GET", "/sandbox/v1/oddities")).not.toHaveProperty("forwarding");
  });

  it("needs an address", async () => {
    expect((await stafett("listen")).stderr).toBe("listen needs an address: --forward-to http://127.0.0.1:3000\n");
    expect((await stafett("listen", "--forward-to", "http://")).stderr).toMatch(
      /^--forward-to must be an address like/,
    );
  });
});

describe("errors that help", () => {
  it("says how a gateway is started, where none answers", async () => {
    const nowhere = `http://127.0.0.1:${await freePort()}`;
    const { code, stderr } = await stafettWith({ STAFETT_URL: nowhere }, "advance", "1d");
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `Nothing answers at ${nowhere}. To start a gateway there, in another terminal: npm start\n`,
    });
  });

  it.each([["billed"], ["delivered"]])("says so of what it does as a client, too: %s", async (event) => {
    const nowhere = `http://127.0.0.1:${await freePort()}`;
    const { code, stderr } = await stafettWith({ STAFETT_URL: nowhere }, "trigger", event);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^Nothing answers at \S+ To start.*\n$/),
    });
  });

  it("says that another program answers there", async () => {
    const server = createServer((_, answer) => answer.end("<title>It works!</title>"));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      for (const args of [["advance", "1d"], ["logs"]]) {
        const { code, stderr } = await stafettWith({ STAFETT_URL: url }, ...args);
        expect({ code, stderr }).toEqual({ code: 1, stderr: `What answers at ${url} is no Stafett gateway\n` });
      }
    } finally {
      server.close();
    }
  });

  it("ends quietly when whoever reads it has enough", async () => {
    const reading = start("bash", ["-c", `"$0" "$1" logs text --follow | head -n 1`, process.execPath, launch], {
      env: env(),
    });
    // With many lines to show it may end at once.
    const ended = once(reading, "exit");
    let said = "";
    reading.stderr?.on("data", (chunk) => (said += chunk));
    await stafett("send", newNumber(), "First");
    const sending = setInterval(
      () =>
        void gateway.operator("POST", "/admin/v1/messages", {
          ...{ account: "demo", sender: "Stafett", recipient: newNumber(), text: "Another" },
        }),
      300,
    );
    await ended;
    clearInterval(sending);
    expect(said).toBe("");
  });

  it("says where the token is, where it has none or another one", async () => {
    const file = join(scratch, "none/admin-token");
    expect((await stafettWith({ ADMIN_TOKEN: "" }, "seed")).stderr).toBe(
      `No operator's token is known for ${gateway.url}. Set ADMIN_TOKEN; a gateway of yours has written it to ${file}\n`,
    );
    expect((await stafettWith({ ADMIN_TOKEN: "another-operators-token" }, "seed")).stderr).toContain(file);
  });

  it("finds the gateway, and its token, by the state folder", async () => {
    const stateDir = join(scratch, "state");
    mkdirSync(stateDir);
    writeFileSync(join(stateDir, "admin-token"), `${ADMIN_TOKEN}\n`);
    writeFileSync(join(stateDir, "owner.json"), JSON.stringify({ pid: 1, url: gateway.url }));
    const settings = { STAFETT_URL: "", ADMIN_TOKEN: "", STATE_DIR: stateDir };
    expect(await stafettWith(settings, "advance", "1s")).toMatchObject({ code: 0 });
  });

  it.each([
    [["sned"], "There is no command sned. Did you mean npm run stafett -- send?"],
    [["frobnicate"], "There is no command frobnicate. To see all there is: npm run stafett -- --help"],
    [["send", "+4798079008"], "send needs more than that: npm run stafett -- send NUMBER TEXT [options]"],
    [["send", "+4798079008", "Hello", "there"], "send does not take there: "],
    [["send", "--form", "Shop"], "send has no option --form. Did you mean --from?"],
    [["send", "+4798079008", "Hi", "--from"], "--from needs a value: --from SENDER"],
    [["handset", "+4798079008", "--follow=yes"], "--follow takes no value, and was given yes"],
    [["seed", "--texts", "many"], "--texts must be a whole number from 1 to 10000, not many"],
    [["send", "98079008", "Hello"], '"98079008" is not a phone number'],
    [["completion", "bsh"], "There is completion for bash, zsh and fish, not for bsh. bash?"],
    [["advance", "1d", "--url", "localhost"], "The URL of a gateway is like http://127.0.0.1:8787, not localhost"],
    [["logs", "texts"], "not of texts. text?"],
  ])("for %j", async (args, says) => {
    const { code, stderr } = await stafett(...args);
    expect(stderr).toContain(says);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(code).toBe(1);
  });
});

describe("completion", () => {
  it.each(["bash", "zsh", "fish"])("of %s names every command, and their options", async (shell) => {
    const { stdout } = await stafett("completion", shell);
    for (const word of ["start", "listen", "forward-to", "trigger", "declined", "logs"]) expect(stdout).toContain(word);
  });

  it("completes in a real bash", async () => {
    const { stdout } = await stafett("completion", "bash");
    const complete = async (...words: string[]) => {
      const script = `${stdout}
        COMP_WORDS=(${["stafett", ...words].join(" ")} "")
        COMP_CWORD=${words.length + 1}
        _stafett
        echo "\${COMPREPLY[*]}"`;
      return (await ending("bash", ["-c", script], {})).stdout.trim().split(" ");
    };
    expect(await complete()).toEqual(expect.arrayContaining(["start", "send", "listen", "--help"]));
    expect(await complete("trigger")).toEqual(expect.arrayContaining(["delivered", "--report-url"]));
  });
});
