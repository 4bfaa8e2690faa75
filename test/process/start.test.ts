/** The process itself: it keeps what it knew, shares its folder with nobody, and outlives what is taken from it. */

import { rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../scripts/free-port.ts";
import { DEMO_API_KEY } from "../../scripts/local-settings.ts";
import { runtimesOn } from "../../scripts/state-owner.ts";
import { allTexts } from "../../torture/outside.ts";
import { type TestProcess, useStateDir } from "../support/process.ts";

/** Longer than any start takes. Milliseconds. */
const PATIENCE = 180_000;

/** A start takes seconds, and twice as long in a new folder or at a new port: tests share these where it makes no difference. */
const state = useStateDir();
let port: number;
beforeAll(async () => {
  port = await freePort();
});

describe("a gateway that is started for the first time", () => {
  it(
    "says what it does, answers nothing before it can take a text for the demo account, and knows what it took later",
    async () => {
      const first = state.begin({ port: await freePort() });
      const answer = await firstAnswer(() => send(first, "kept", "Kept"));
      expect(await answer.text()).toBe("");
      expect(answer.status).toBe(201);
      for (const step of ["building", "bringing the database", "starting the runtime"]) {
        expect(first.said()).toContain(step);
      }
      await first.listening;
      await first.operator("POST", "/admin/v1/accounts", { id: "kept", name: "Kept" });
      await shown(first, "Kept");
      expect(await first.end()).toBe(0);

      const again = await state.start({ port });
      expect(again.said()).toContain("bringing the database");
      expect(await again.operator("GET", "/admin/v1/accounts/kept")).toMatchObject({ name: "Kept" });
      const kept = await fetch(`${again.url}/api/out-messages/kept`, { headers: { "x-apikey": DEMO_API_KEY } });
      expect(await kept.json()).toMatchObject({ transactionId: "kept", recipient: RECIPIENT });
      expect((await send(again, "kept", "Kept")).status).toBe(201);
      expect((await allTexts(again.operator, RECIPIENT)).map(({ text }) => text)).toEqual(["Kept"]);
      expect(await again.end()).toBe(0);
    },
    PATIENCE,
  );
});

describe("a gateway that is ended as soon as it listens, and started again as it was", () => {
  it(
    "does not bring its database up to date once more, and does so all the same where an old one was put back",
    async () => {
      const first = await state.start({ port });
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

describe("a gateway whose process alone is killed", () => {
  it(
    "takes its runtime with it, or ends it when it is started again on the same port, and has all that was taken",
    async () => {
      const killed = await state.start({ port });
      expect((await send(killed, "killed-1", "Taken before")).status).toBe(201);
      expect(runtimesOn(state.path())).toHaveLength(1);
      await killed.killAlone();
      while (runtimesOn(state.path()).length > 0) await wait(20);

      const unguarded = await state.start({ port });
      expect(unguarded.said()).not.toContain("Ending process");
      await shown(unguarded, "Taken before");
      await unguarded.killUnguarded();
      const left = runtimesOn(state.path());
      expect(left).toHaveLength(1);
      expect((await send(unguarded, "orphan-1", "Taken by what was left")).status).toBe(201);

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
  const ofItsOwn = useStateDir();

  // Were the process ever to stand still until its runtime answers, with what that says unread, both could wait for ever.
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent('Atomics.wait=()=>{throw new Error("it stands still")}')}`;

  it(
    "starts it again by itself, at the same address; where it cannot, it ends with a code that tells its supervisor",
    async () => {
      const gateway = await ofItsOwn.start({ settings: { NODE_OPTIONS } });
      expect((await send(gateway, "before", "Before")).status).toBe(201);
      await shown(gateway, "Before");
      expect(gateway.killRuntime()).toBe(1);
      await answering(gateway);
      expect((await send(gateway, "after", "After")).status).toBe(201);
      await shown(gateway, "After");
      await shown(gateway, "Before");
      expect(gateway.said()).toContain("The runtime ended unexpectedly, and is running again.");

      const runtime = join(ofItsOwn.path(), "workerd");
      rmSync(runtime);
      symlinkSync("/bin/false", runtime);
      expect(gateway.killRuntime()).toBe(1);
      expect(await gateway.ended).toBe(1);
      expect(gateway.said()).toContain("failed to restart");
      expect(gateway.said()).not.toContain("it stands still");
    },
    PATIENCE,
  );
});

describe("a second gateway", () => {
  const other = useStateDir();

  it(
    "is told who has its state folder, or that another program has its port, and leaves both alone",
    async () => {
      const first = await state.start({ port });
      const onItsFolder = state.begin({ port: await freePort() });
      expect(await onItsFolder.ended).toBe(1);
      expect(onItsFolder.said()).toContain(`Stafett is already running on the state folder ${state.path()}`);
      expect(onItsFolder.said()).toContain(first.url);

      const onItsPort = other.begin({ port });
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
  const other = useStateDir();

  it.each([
    { settings: { SANDBOX: "off" }, why: "PUBLIC_URL is missing: set it to the base URLs" },
    { settings: { DEMO_API_KEY: "short" }, why: "DEMO_API_KEY must have at least 16 characters" },
  ])(
    "does not start with $settings, and says why",
    async ({ settings, why }) => {
      const gateway = other.begin({ port: await freePort(), settings });
      expect(await gateway.ended).toBe(1);
      expect(gateway.said()).toContain(`Stafett cannot run with these settings: ${why}`);
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
