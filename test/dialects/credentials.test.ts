/** The kinds of credential of every dialect: each is made and kept as its form says. */

import { describe, expect, it } from "vitest";
import { dialects } from "../../src/registry.ts";
import { newKeyPair } from "../support/target365-client.ts";

const kinds = dialects.flatMap(({ name, credentials }) =>
  Object.entries(credentials).map(([kind, form]) => ({ dialect: name, kind, form })),
);

describe.each(kinds)("$kind of $dialect", ({ form }) => {
  const given = {
    name: "shop",
    settings: {},
    random: (count: number) => crypto.getRandomValues(new Uint8Array(count)),
    ...(form.keeps === "public-key" ? { publicKey: newKeyPair().publicKey } : {}),
  };

  it("keeps what its form says, and no secret", async () => {
    const { secret, ...kept } = await form.make(given);
    const isKey = form.keeps === "public-key";
    expect([kept.publicKey !== undefined, kept.secretHash !== undefined]).toEqual([isKey, !isKey]);
    expect(secret === undefined).toBe(isKey);
    if (secret !== undefined) expect(JSON.stringify(kept)).not.toContain(secret);
  });

  it("is another each time, and the same for the same secret; a public key is its owner's", async () => {
    const [one, other] = [await form.make(given), await form.make(given)];
    if (one.secret === undefined) return expect(one).toEqual(other);
    expect(one.secret).not.toBe(other.secret);
    expect(await form.make({ ...given, secret: one.secret })).toEqual(one);
  });

  it("tells an operator what to enter, and a client what to send", () => {
    expect([form.title, form.nameHint, form.use].filter((text) => text.trim() === "")).toEqual([]);
    expect(form.secret !== undefined).toBe(form.keeps === "digest");
  });
});

it("the names of the kinds of one dialect's credentials stand in addresses as they are", () => {
  expect(kinds.filter(({ kind }) => !/^[a-z][a-z0-9-]*$/.test(kind))).toEqual([]);
});
