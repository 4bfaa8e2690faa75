/** A request with an Idempotency-Key that was refused: its client may change it and ask again, and what came before is not done any more. */

import { beforeEach, describe, expect, it } from "vitest";
import { REFUSED_KEPT_MS } from "../../src/core/idempotency/key.ts";
import type { Begun, KeyStore } from "../../src/core/idempotency/store.ts";
import { keyStore } from "../../src/store/idempotency/keys.ts";
import { openDatabase, type TestDatabase } from "../support/database.ts";
import { NOON } from "../support/rows.ts";

let database: TestDatabase;
let keys: KeyStore;
beforeEach(() => {
  database = openDatabase();
  keys = keyStore(database.d1);
});

let attempts = 0;
/** A request that arrived so many milliseconds after noon, and asks for its claim at a time after that. */
const ask = (arrived: number, { at = arrived, body = "a text" } = {}) =>
  keys.claim(
    { id: "request", scope: "account acme", digests: [body] },
    { claim: `attempt ${++attempts}`, seed: "seed", at: NOON + at, wall: NOON + at, arrivedAt: NOON + arrived },
  );
async function begun(arrived: number, more: Parameters<typeof ask>[1] = {}): Promise<Begun> {
  const claimed = await ask(arrived, more);
  if (claimed.outcome !== "begun") throw new Error(`the request is ${claimed.outcome}`);
  return claimed.begun;
}
const rows = () => database.sqlite.prepare("SELECT count(*) AS n FROM idempotency").get();

describe("a request that was refused without an effect", () => {
  it("is not carried out by an attempt that had arrived before, however late that comes to it", async () => {
    await keys.release(await begun(30_000), NOON + 30_100);
    expect(await ask(0, { at: 77_000 })).toEqual({ outcome: "in-progress" });
    expect(await ask(0, { at: 77_000, body: "another text" })).toEqual({ outcome: "in-progress" });
  });

  it.each(["a text", "another text"])("is anew when it comes again, with %s", async (body) => {
    await keys.release(await begun(0), NOON + 100);
    const again = await begun(100, { body });
    expect(again).toMatchObject({ digest: body, steps: 0, at: NOON + 100 });
    expect(await keys.complete(again, { status: 201, answer: "taken", at: NOON + 200 })).toBe(true);
    expect(await ask(300, { body })).toEqual({ outcome: "answered", status: 201, answer: "taken" });
    expect(await ask(50, { at: 300, body })).toEqual({ outcome: "answered", status: 201, answer: "taken" });
  });

  it("is forgotten after an hour", async () => {
    await keys.release(await begun(0), NOON + 100);
    const at = (milliseconds: number) => ({ at: NOON + milliseconds, wall: NOON + milliseconds });
    expect(await keys.forget(at(REFUSED_KEPT_MS - 1), 10)).toBe(0);
    expect(await keys.forget(at(REFUSED_KEPT_MS), 10)).toBe(1);
  });

  it("is still that where it had an effect before: it is taken up again, and by the same body alone", async () => {
    const first = await begun(0);
    await keys.begin(first, "work");
    await keys.release(first, NOON + 100);
    expect(await ask(200, { body: "another text" })).toEqual({ outcome: "other-request" });
    expect(await begun(50, { at: 200 })).toMatchObject({ steps: 1 });
  });
});

it("a request that failed by a fault of ours is forgotten at once: any attempt may carry it out", async () => {
  await keys.release(await begun(30_000));
  expect(rows()).toEqual({ n: 0 });
  expect(await begun(0, { at: 77_000 })).toMatchObject({ steps: 0 });
});
