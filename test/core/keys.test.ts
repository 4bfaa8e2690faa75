/**
 * Keys are exchanged while the gateway runs: what was made under the old one is answered as before, new things are made under
 * the new one, and where the old one is gone, so is what it made.
 */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeDigests } from "../../src/adapters/digests.ts";
import { type KeySettings, keysOf, readKeys } from "../../src/adapters/keys.ts";
import { makeSealer } from "../../src/adapters/sealer.ts";
import { hourOf } from "../../src/core/billing/purchases/pin-budget.ts";
import { makeGateway } from "../../src/core/gateway.ts";
import { beginSession, endSession, knownSession, listSessions } from "../../src/core/operator/sessions.ts";
import { formToken, isFormToken } from "../../src/web/session.ts";
import { MERCHANT, NUMBER, openWorld, PERSON, SEEN, type World } from "../support/ports.ts";

const key = (letter: string) => `${letter}:${Buffer.from(letter.repeat(32)).toString("base64")}`;
const [A, B] = [key("a"), key("b")];

/** What an operator sets, step by step. `made` begins what is made then. */
const settings = (given: Partial<Record<"root" | "own", string>> & { signing?: string[] }): KeySettings => {
  const own = given.own === undefined ? undefined : readKeys(given.own, "root");
  return {
    signing: given.signing ?? ["signing key"],
    root: readKeys(given.root ?? "signing", "signing") ?? [],
    own: own ? { codes: own, requests: own, browsers: own, people: own, secrets: own } : {},
  };
};

/** From a key, to both with the next one first, to the next one alone. */
const exchanges = [
  {
    name: "the root",
    from: settings({ root: A }),
    ahead: settings({ root: `${A},${B}` }),
    both: settings({ root: `${B},${A}` }),
    to: settings({ root: B }),
    makes: ["a", "b"],
  },
  {
    name: "keys of their own, for those of the root",
    from: settings({ root: A }),
    ahead: settings({ root: A, own: `root,${B}` }),
    both: settings({ root: A, own: `${B},root` }),
    to: settings({ root: A, own: B }),
    makes: ["a", "b"],
  },
  {
    name: "a root, for the signing key",
    from: settings({}),
    ahead: settings({ root: `signing,${B}` }),
    both: settings({ root: `${B},signing` }),
    to: settings({ root: B }),
    makes: ["s[0-9a-f]{8}", "b"],
  },
  {
    name: "the signing key that all are derived from",
    from: settings({ signing: ["one"] }),
    ahead: settings({ signing: ["one", "two"] }),
    both: settings({ signing: ["two", "one"] }),
    to: settings({ signing: ["two"] }),
    makes: ["s7692c3ad", "s3fc4ccfe"],
  },
] as const;

let world: World;
let use: (settings: KeySettings) => void;
let gateway: World["gateway"];
let ports: World["ports"];
beforeEach(async () => {
  world = await openWorld();
  await world.aService();
  use = (given) => {
    ports = { ...world.ports, codes: { ...world.ports.codes, ...makeDigests(keysOf(given).digests) } };
    gateway = makeGateway(ports);
  };
});
afterEach(() => world.close());

const charge = (amount = 4_900) =>
  gateway
    .acceptCharge(world.caller, {
      theirId: "order-1",
      merchant: MERCHANT,
      shortNumber: NUMBER,
      serviceCode: "14002",
      invoiceText: "Games",
      amount,
      currency: "NOK",
      recipient: PERSON,
      echo: {},
    })
    .then(
      ({ id }) => id,
      ({ refusal }) => refusal,
    );
const otp = (theirId = "otp-1") =>
  gateway.sendOtp(world.caller, {
    theirId,
    merchant: MERCHANT,
    recipient: PERSON,
    minutes: 5,
    recurring: false,
    echo: {},
  });
const pincode = () =>
  gateway.sendPincode(world.caller, {
    theirId: "code-1",
    digits: 5,
    tries: 3,
    seconds: 600,
    once: false,
    message: (code) => ({
      sender: NUMBER,
      recipient: PERSON,
      text: `Your code is ${code}`,
      priority: "high",
      deliveryMode: "at-most-once",
      validitySeconds: 60,
      echo: {},
    }),
  });
const lastCode = async () => {
  await world.work();
  return world.bank.texts.at(-1)?.text.match(/\d{4,6}/)?.[0] ?? "";
};
const column = (sql: string) => Object.values(world.database.sqlite.prepare(sql).get() ?? {})[0];

describe.each(exchanges)("when $name is exchanged", ({ from, ahead, both, to, makes: [old, next] }) => {
  const by = (name: string) => new RegExp(`^(ses_)?${name}\\.[0-9a-f]{64}$`);

  it.each([
    ["at once", both],
    ["by processes that do not make with it yet", ahead],
  ])("a repeated charge gets its first answer, and a used id is refused: %s", async (_, now) => {
    use(from);
    const id = await charge();
    expect(column("SELECT fingerprint FROM txn")).toMatch(by(old));
    use(now);
    expect([await charge(), await charge(5_000)]).toEqual([id, "already-exists"]);
    use(from);
    expect(await charge()).toBe(id);
  });

  it("a charge that was made under the next key is known where that key is only read", async () => {
    use(both);
    const id = await charge();
    expect(column("SELECT fingerprint FROM txn")).toMatch(by(next));
    use(ahead);
    expect([await charge(), await charge(5_000)]).toEqual([id, "already-exists"]);
  });

  it("without the old one a repeat is refused, and is charged by no means", async () => {
    use(from);
    await charge();
    use(to);
    expect(await charge()).toBe("already-exists");
    await world.work();
    expect(world.bank.bills).toHaveLength(1);
  });

  it("one-time passwords and pincodes that are out are right, and wrong ones wrong", async () => {
    use(from);
    await otp();
    const code = await lastCode();
    await pincode();
    const pin = await lastCode();
    use(both);
    await pincode();
    expect(await lastCode()).toBe(pin);
    expect(await gateway.verifyPincode(world.caller, "code-1", "00000")).toBe(false);
    expect(await gateway.verifyPincode(world.caller, "code-1", pin)).toBe(true);
    use(ahead);
    expect(await gateway.verifyPincode(world.caller, "code-1", pin)).toBe(true);
    use(to);
    expect(await gateway.verifyPincode(world.caller, "code-1", pin)).toBe(false);
    use(both);
    const paid = await gateway.acceptCharge(world.caller, {
      theirId: "otp-1",
      merchant: MERCHANT,
      shortNumber: NUMBER,
      serviceCode: "14002",
      invoiceText: "Games",
      amount: 100,
      currency: "NOK",
      recipient: PERSON,
      code,
      echo: {},
    });
    expect(paid.state).toBe("ready");
    await otp("otp-2");
    expect(column("SELECT hash FROM pin WHERE their_id = 'otp-2'")).toMatch(by(next));
  });

  it("a person in the middle of a purchase goes on, with the PIN they were sent", async () => {
    use(from);
    const { window } = await gateway.openWindow(world.caller, { service: "games" });
    const address = { by: "service", service: "games", theirId: window.theirId } as const;
    await gateway.giveNumber(address, "browser", PERSON);
    const pin = await lastCode();
    use(both);
    expect(await gateway.lookAt(address, "browser")).toMatchObject({ step: "pin" });
    expect(await gateway.lookAt(address, "another")).toMatchObject({ step: "number" });
    expect(await gateway.confirmByPin(address, "browser", pin, SEEN)).toMatchObject({ back: { outcome: "success" } });
  });

  it("forms that are open can be sent, and new ones are made by the next one", async () => {
    use(from);
    const form = await formToken(ports.codes, "browser", "a purchase");
    use(both);
    expect(await isFormToken(ports.codes, "browser", "a purchase", form)).toBe(true);
    expect(await isFormToken(ports.codes, "browser", "another purchase", form)).toBe(false);
    expect(await isFormToken(ports.codes, "another", "a purchase", form)).toBe(false);
    expect(await formToken(ports.codes, "browser", "a purchase")).toMatch(by(next));
    use(to);
    expect(await isFormToken(ports.codes, "browser", "a purchase", form)).toBe(false);
  });

  it("operators stay logged in, see each other, and can log out", async () => {
    const browser = { token: "the operator's token", address: "192.0.2.1", browser: "" };
    use(from);
    const one = await beginSession(ports, browser);
    use(both);
    expect(await knownSession(ports, { ...browser, secret: one })).toMatchObject({
      session: { id: expect.stringMatching(by(old)) },
    });
    expect(await knownSession(ports, { token: "another token", secret: one })).toBeUndefined();
    const two = await beginSession(ports, browser);
    expect(await knownSession(ports, { ...browser, secret: two })).toMatchObject({
      session: { id: expect.stringMatching(by(next)) },
    });
    expect(await listSessions(ports, browser.token)).toHaveLength(2);
    await endSession(ports, one);
    expect(await listSessions(ports, browser.token)).toHaveLength(1);
    use(to);
    expect(await knownSession(ports, { ...browser, secret: one })).toBeUndefined();
    expect(await knownSession(ports, { ...browser, secret: two })).toBeDefined();
  });

  it("no network gets more PINs in that hour", async () => {
    world.time.now = hourOf(world.time.now) + 60_000;
    const ask = async (n: number) => {
      const { window } = await gateway.openWindow(world.caller, { service: "games" });
      const address = { by: "service", service: "games", theirId: window.theirId } as const;
      return gateway.giveNumber(address, `browser ${n}`, `+479807${1_000 + n}`, { network: "203.0.113.7" }).then(
        ({ step }) => step,
        ({ field }) => field,
      );
    };
    use(from);
    for (let n = 0; n < 20; n++) expect(await ask(n)).toBe("pin");
    use(both);
    for (let n = 20; n < 30; n++) expect(await ask(n)).toBe("pin");
    expect(await ask(30)).toBe("address");
    use(ahead);
    expect(await ask(31)).toBe("address");
  });
});

describe("digests from before keys had names", () => {
  it("are read by the signing keys, until these are taken away", async () => {
    const { createHmac } = await import("node:crypto");
    const nameless = createHmac("sha256", "stafett codes one").update("a text").digest("hex");
    const isRead = (given: KeySettings) => makeDigests(keysOf(given).digests).isDigest("requests", "a text", nameless);
    expect(await isRead(settings({ signing: ["one"] }))).toBe(true);
    expect(await isRead(settings({ signing: ["two", "one"], root: `${A},signing` }))).toBe(true);
    expect(await isRead(settings({ signing: ["two"] }))).toBe(false);
    expect(await isRead(settings({ signing: ["one"], root: A }))).toBe(false);
    expect(await isRead(settings({ signing: ["one"], own: A }))).toBe(false);
  });
});

describe("the keys of a root", () => {
  it("are other ones for each purpose", async () => {
    const { digests, secrets } = keysOf(settings({ root: A }));
    const all = [...Object.values(digests).flatMap(({ named }) => named), ...secrets].map(({ bytes }) => String(bytes));
    expect(new Set(all).size).toBe(5);
    expect(all).not.toContain(String(Buffer.from("a".repeat(32))));
  });

  it("seal carriers' secrets where there is no key of their own, and are exchanged in the same way", async () => {
    const sealer = (root: string) => makeSealer(keysOf(settings({ root })).secrets);
    const sealed = await sealer(A).seal("a secret", "me");
    expect(await sealer(`${B},${A}`).open(sealed, "me")).toBe("a secret");
    expect(sealer(`${B},${A}`).key).toBe("b");
    await expect(sealer(B).open(sealed, "me")).rejects.toThrow("has no key a");
    expect(makeSealer(keysOf(settings({})).secrets).key).toBeUndefined();
  });

  it("seal texts of any length", async () => {
    const sealer = makeSealer(keysOf(settings({ root: A })).secrets);
    const long = "å".repeat(200_000);
    expect(await sealer.open(await sealer.seal(long, "me"), "me")).toBe(long);
  });

  it("are named where there are several: an old one keeps its name wherever it stands", () => {
    const [nameless, other] = ["a", "b"].map((letter) => Buffer.from(letter.repeat(32)).toString("base64"));
    expect(readKeys(`${nameless}`, "root")).toMatchObject([{ name: "1" }]);
    for (const list of [`${other},${nameless}`, `2:${other},${nameless}`, `root,${nameless}`]) {
      expect(readKeys(list, "root"), list).toBeUndefined();
    }
  });

  it("cannot have the name of another", () => {
    expect(() => keysOf(settings({ root: A, own: `${A},root` }))).toThrow("two keys for codes are named a");
    expect(readKeys(`${A},root,root`, "root")).toBeUndefined();
    expect(readKeys(`${A},signing`, "root")).toBeUndefined();
  });
});
