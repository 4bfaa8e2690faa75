/** The keys that webhooks are signed with: each can be read under every name it ever had, and no name is given twice. */

import { createPublicKey, verify } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { newSigningKey } from "../../scripts/local-settings.ts";
import { forgetKey, makeSigner } from "../../src/adapters/signer.ts";
import { serverKeyStore } from "../../src/store/operator/server-keys.ts";
import { openDatabase, type TestDatabase } from "../support/database.ts";
import { NOON } from "../support/rows.ts";

const DAY = 86_400_000;

describe("a signing key", () => {
  let database: TestDatabase;
  let events: { name: string; fields: Record<string, unknown> }[];
  let key: string;
  beforeEach(() => {
    database = openDatabase();
    events = [];
    key = newSigningKey();
    forgetKey();
  });
  const signer = (name?: string, { signingKey = key, at = NOON, others = [] as string[] } = {}) =>
    makeSigner({
      signingKey,
      name,
      others,
      keys: serverKeyStore(database.d1),
      wall: () => at,
      log: { event: (event, fields) => void events.push({ name: event, fields }) },
    });
  /** Under which name it signs, if who looks the name up finds the signature right. */
  const namedBy = async (one: ReturnType<typeof signer>) => {
    const { keyName, signature } = await one.sign("a text");
    const { publicKey = "" } = (await one.published(keyName)) ?? {};
    const found = createPublicKey({ key: Buffer.from(publicKey, "base64"), format: "der", type: "spki" });
    const bytes = Buffer.from(signature, "base64");
    expect(verify("sha256", Buffer.from("a text"), { key: found, dsaEncoding: "ieee-p1363" }, bytes)).toBe(true);
    return keyName;
  };

  it("is named by the day on which it was first used, for as long as it is", async () => {
    expect(await namedBy(signer())).toBe("2026-11-22");
    forgetKey();
    expect(await namedBy(signer(undefined, { at: NOON + DAY }))).toBe("2026-11-22");
    expect(await namedBy(signer(undefined, { signingKey: newSigningKey() }))).toBe("2026-11-22-2");
  });

  it("is named as the operator says, and can still be read by its date", async () => {
    const before = signer();
    expect(await namedBy(before)).toBe("2026-11-22");
    const named = signer("2017-11-17");
    expect(await namedBy(named)).toBe("2017-11-17");
    const [old, other] = [await named.published("2026-11-22"), await named.published("2017-11-17")];
    expect(old?.publicKey).toBe(other?.publicKey);
    forgetKey();
    expect(await namedBy(signer("2017-11-17", { at: NOON + DAY }))).toBe("2017-11-17");
    expect(await namedBy(signer("another"))).toBe("another");
    expect(await namedBy(signer())).toBe("2026-11-22");
    expect((await signer().published("2017-11-17"))?.publicKey).toBe(old?.publicKey);
    expect(events).toEqual([]);
  });

  it.each(["2017-11-17", "2026-11-22"])("never takes the name %s of another key: its date is used", async (name) => {
    await namedBy(signer(name));
    const first = (await signer(name).published(name))?.publicKey;
    const second = signer(name, { signingKey: newSigningKey(), at: NOON + DAY });
    expect(await namedBy(second)).toBe("2026-11-23");
    expect((await second.published(name))?.publicKey).toBe(first);
    expect(events).toEqual([{ name: "signing_key.name_taken", fields: { wanted: name, used: "2026-11-23" } }]);
  });

  it("is exchanged in steps, in each of which both can be read, whichever signs", async () => {
    const next = newSigningKey();
    const before = await namedBy(signer(undefined, { others: [next] }));
    const publicKeys = await Promise.all(["2026-11-22", "2026-11-22-2"].map((name) => signer().published(name)));
    expect(new Set(publicKeys.map((one) => one?.publicKey)).size).toBe(2);
    const after = await namedBy(signer(undefined, { signingKey: next, others: [key], at: NOON + DAY }));
    expect([before, after].toSorted()).toEqual(["2026-11-22", "2026-11-22-2"]);
    expect(await namedBy(signer(undefined, { signingKey: next, at: NOON + 40 * DAY }))).toBe(after);
    expect(await signer(undefined, { signingKey: next }).published(before)).toBeDefined();
  });

  it("does not get a date that was given to another as its name", async () => {
    await namedBy(signer("2026-11-23"));
    expect(await namedBy(signer(undefined, { signingKey: newSigningKey(), at: NOON + DAY }))).toBe("2026-11-23-2");
  });
});
