/** The process itself: it keeps what it knew, shares its folder with nobody, and outlives what is taken from it. */

import { rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { freePort } from "../../scripts/free-port.ts";
import { DEMO_API_KEY } from "../../scripts/local-settings.ts";
import { runtimesOn } from "../../scripts/state-owner.ts";
import { allTexts } from "../../torture/outside.ts";
import { type TestProcess, useStateDir } from "../support/process.ts";

/** Longer than any start takes. Milliseconds. */
const PATIENCE = 180_000;

describe("a gateway that is ended", () => {
  const state = useStateDir();

  it(
    "ends cleanly, and knows its accounts and messages when it is started again",
    async () => {
      let gateway = await state.start();
      await gateway.operator("POST", "/admin/v1/accounts", { id: "kept", name: "Kept" });
      expect((await send(gateway, "kept-1", "Kept")).status).toBe(201);
      await shown(gateway, "Kept");
      expect(await gateway.end()).toBe(0);

      gateway = await state.start();
      expect(gateway.said()).toContain("bringing the database");
      expect(await gateway.operator("GET", "/admin/v1/accounts/kept")).toMatchObject({ name: "Kept" });
      const kept = await fetch(`${gateway.url}/api/out-messages/kept-1`, { headers: { "x-apikey": DEMO_API_KEY } });
      expect(await kept.json()).toMatchObject({ transactionId: "kept-1", recipient: RECIPIENT });
      expect((await send(gateway, "kept-1", "Kept")).status).toBe(201);
      expect((await allTexts(gateway.operator, RECIPIENT)).map(({ text }) => text)).toEqual(["Kept"]);
      expect(await gateway.end()).toBe(0);
    },
    PATIENCE,
  );
});

describe("a gateway that is started again as it was", () => {
  const state = useStateDir();

  it(
    "does not bring its database up to date once more, and does so all the same where an old one was put back",
    async () => {
      const port = await freePort();
      const first = await state.start({ port });
      expect(first.said()).toContain("bringing the database");
      expect(await first.end()).toBe(0);
      rmSync(join(state.path(), "data", "d1"), { recursive: true });

      const gateway = await state.start({ port });
      expect(gateway.said()).not.toContain("bringing the database");
      expect((await send(gateway, "put-back", "Put back")).status).toBe(201);
      await shown(gateway, "Put back");
      expect(await gateway.end()).toBe(0);
    },
    PATIENCE,
  );
});

describe("a gateway that is starting", () => {
  const state = useStateDir();

  it(
    "says what it does, and answers nothing before it can take a text for the demo account",
    async () => {
      const gateway = state.begin({ port: await freePort() });
      const first = await firstAnswer(() => send(gateway, "first", "First"));
      expect(await first.text()).toBe("");
      expect(first.status).toBe(201);
      for (const step of ["building", "bringing the database", "starting the runtime"]) {
        expect(gateway.said()).toContain(step);
      }
      await gateway.listening;
      await shown(gateway, "First");
      expect(await gateway.end()).toBe(0);
    },
    PATIENCE,
  );
});

describe("a gateway whose process alone is killed", () => {
  const state = useStateDir();

  it(
    "takes its runtime with it, and knows what it had taken when it is started again on the same port",
    async () => {
      const port = await freePort();
      const killed = await state.start({ port });
      expect((await send(killed, "killed-1", "Taken before")).status).toBe(201);
      expect(runtimesOn(state.path())).toHaveLength(1);
      await killed.killAlone();
      while (runtimesOn(state.path()).length > 0) await wait(20);

      const gateway = await state.start({ port });
      expect(gateway.said()).not.toContain("Ending process");
      await shown(gateway, "Taken before");
      expect(await gateway.end()).toBe(0);
    },
    PATIENCE,
  );

  it(
    "ends, when it is started again, a runtime that was left running all the same, and has what that one took",
    async () => {
      const port = await freePort();
      const killed = await state.start({ port });
      await killed.killUnguarded();
      const left = runtimesOn(state.path());
      expect(left).toHaveLength(1);
      expect((await send(killed, "orphan-1", "Taken by what was left")).status).toBe(201);

      const gateway = await state.start({ port });
      expect(runtimesOn(state.path())).toHaveLength(1);
      expect(runtimesOn(state.path())).not.toEqual(left);
      expect(gateway.said()).toContain(`Ending process ${left[0]}`);
      await shown(gateway, "Taken by what was left");
      expect(await gateway.end()).toBe(0);
      expect(runtimesOn(state.path())).toEqual([]);
    },
    PATIENCE,
  );
});

describe("a gateway whose runtime alone dies", () => {
  const state = useStateDir();

  // Were the process ever to stand still until its runtime answers, with what that says unread, both could wait for ever.
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent('Atomics.wait=()=>{throw new Error("it stands still")}')}`;

  it(
    "starts it again by itself, at the same address, and never stands still for it",
    async () => {
      const gateway = await state.start({ settings: { NODE_OPTIONS } });
      expect((await send(gateway, "before", "Before")).status).toBe(201);
      await shown(gateway, "Before");
      expect(gateway.killRuntime()).toBe(1);
      await answering(gateway);
      expect((await send(gateway, "after", "After")).status).toBe(201);
      await shown(gateway, "After");
      await shown(gateway, "Before");
      expect(gateway.said()).toContain("The runtime ended unexpectedly, and is running again.");
      expect(gateway.said()).not.toContain("it stands still");
      expect(await gateway.end()).toBe(0);
    },
    PATIENCE,
  );

  it(
    "says so and ends, with a code that tells its supervisor, where it cannot be started again",
    async () => {
      const gateway = await state.start();
      const runtime = join(state.path(), "workerd");
      rmSync(runtime);
      symlinkSync("/bin/false", runtime);
      expect(gateway.killRuntime()).toBe(1);
      expect(await gateway.ended).toBe(1);
      expect(gateway.said()).toContain("failed to restart");
    },
    PATIENCE,
  );
});

describe("a second gateway", () => {
  const state = useStateDir();
  const other = useStateDir();

  it(
    "is told who has its state folder, or that another program has its port, and leaves both alone",
    async () => {
      const first = await state.start();
      const onItsFolder = state.begin({ port: await freePort() });
      expect(await onItsFolder.ended).toBe(1);
      expect(onItsFolder.said()).toContain(`Stafett is already running on the state folder ${state.path()}`);
      expect(onItsFolder.said()).toContain(first.url);

      const onItsPort = other.begin({ port: Number(new URL(first.url).port) });
      expect(await onItsPort.ended).toBe(1);
      expect(onItsPort.said()).toContain(`Another program has ${first.url.replace("http://", "")}`);

      expect((await send(first, "undisturbed", "Undisturbed")).status).toBe(201);
      await shown(first, "Undisturbed");
      expect(await first.end()).toBe(0);
    },
    PATIENCE,
  );
});

describe("a gateway that cannot run with its settings", () => {
  const state = useStateDir();

  it.each([
    { settings: { SANDBOX: "off" }, why: "PUBLIC_URL is missing: set it to the base URLs" },
    { settings: { DEMO_API_KEY: "short" }, why: "DEMO_API_KEY must have at least 16 characters" },
  ])(
    "does not start with $settings, and says why",
    async ({ settings, why }) => {
      const gateway = state.begin({ port: await freePort(), settings });
      expect(await gateway.ended).toBe(1);
      expect(gateway.said()).toContain(`Stafett cannot run with these settings: ${why}`);
    },
    PATIENCE,
  );
});

describe("a gateway that is ended as soon as it listens", () => {
  const state = useStateDir();

  it(
    "ends",
    async () => {
      expect(await (await state.start()).end()).toBe(0);
    },
    PATIENCE,
  );
});

const RECIPIENT = "+4798079099";

function send({ url }: TestProcess, transactionId: string, content: string): Promise<Response> {
  return fetch(`${url}/api/out-messages`, {
    method: "POST",
    headers: { "x-apikey": DEMO_API_KEY, "content-type": "application/json" },
    body: JSON.stringify({ transactionId, sender: "Stafett", recipient: RECIPIENT, content }),
  });
}

/** Resolves when the handset shows the text; rejects if it does not, or shows it twice. */
async function shown({ operator }: TestProcess, text: string): Promise<void> {
  const query = new URLSearchParams({ match: text, wait: "60" });
  const path = `/sandbox/v1/handsets/${encodeURIComponent(RECIPIENT)}/messages?${query}`;
  expect((await operator<{ items: unknown[] }>("GET", path)).items).toHaveLength(1);
}

/** The first answer that there is: while nothing listens, it asks again. */
async function firstAnswer(ask: () => Promise<Response>): Promise<Response> {
  for (;;) {
    const answer = await ask().catch(() => undefined);
    if (answer) return answer;
    await wait(5);
  }
}

async function answering({ url }: TestProcess): Promise<void> {
  for (;;) {
    const answer = await fetch(`${url}/health`).catch(() => undefined);
    if (answer?.status === 200) return;
    await wait(50);
  }
}
