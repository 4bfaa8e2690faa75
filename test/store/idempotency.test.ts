/** A request with an Idempotency-Key that is taken up again: what its stores answered is answered again, and nothing is written. */

import { beforeEach, expect, it } from "vitest";
import { makeSealer } from "../../src/adapters/sealer.ts";
import type { Pin } from "../../src/core/billing/codes/pin.ts";
import type { Begun } from "../../src/core/idempotency/store.ts";
import { pinStore } from "../../src/store/billing/pins.ts";
import { keyStore } from "../../src/store/idempotency/keys.ts";
import { recorded } from "../../src/store/idempotency/recorded.ts";
import { suppressionStore } from "../../src/store/messaging/suppressions.ts";
import { openDatabase, type TestDatabase } from "../support/database.ts";
import { NOON, withAccounts } from "../support/rows.ts";

let database: TestDatabase;
beforeEach(async () => {
  database = openDatabase();
  await withAccounts(database, "acme");
});

let attempts = 0;

/** The database as the next attempt has it: the one before died. */
async function attempt(): Promise<D1Database> {
  const wall = NOON + ++attempts * 60_000;
  const now = { at: NOON, wall, arrivedAt: wall };
  const wanted = { id: "request", scope: "account acme", digests: ["1.digest"] };
  const claimed = await keyStore(database.d1).claim(wanted, { claim: `attempt ${attempts}`, seed: "seed", ...now });
  if (claimed.outcome !== "begun") throw new Error(`the request is ${claimed.outcome}`);
  return recorded(database.d1, claimed.begun as Begun, makeSealer([])).db;
}

const PIN: Pin = {
  ...{
    account: "acme",
    purpose: "otp" as const,
    theirId: "sale-1",
    merchant: "acme",
    recipient: "+4798079008",
    hash: "",
  },
  ...{ triesLeft: 3, expiresAt: NOON + 60_000, createdAt: NOON, message: "" as const, echo: {} },
  madeBy: { carrier: "strex", transaction: "txn_000001", isSent: false },
};

it("has reserved the code that it reserved", async () => {
  expect(await pinStore(await attempt()).reserve(PIN, [])).toBe("added");
  await pinStore(database.d1).markSent(PIN, NOON + 90_000);
  expect(await pinStore(await attempt()).reserve(PIN, [])).toBe("added");
});

it("has noted as many opt-outs as it noted", async () => {
  const optOuts = ["+4798079008", "+4798079009"].map((recipient) => ({
    ...{ account: "acme", number: "2002", recipient, word: "STOP", createdAt: NOON, source: "operator" as const },
  }));
  expect(await suppressionStore(await attempt()).add(optOuts)).toBe(2);
  expect(await suppressionStore(await attempt()).add(optOuts)).toBe(2);
});

it("makes no change again that is written under another name of its table", async () => {
  const rename = async (db: D1Database) => {
    const sql = "UPDATE account AS one SET name = one.name || '!' WHERE one.id = ?1";
    return (await db.batch([db.prepare(sql).bind("acme")]))[0]?.meta.changes;
  };
  expect(await rename(await attempt())).toBe(1);
  expect(await rename(await attempt())).toBe(1);
  expect(database.sqlite.prepare("SELECT name FROM account WHERE id = 'acme'").get()).toEqual({ name: "acme!" });
});
