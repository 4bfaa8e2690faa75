/** Accounts and their keys, as the operator changes them: what a caller may still do is known at once. */

import { beforeEach, describe, expect, it } from "vitest";
import type { CredentialForm } from "../../../src/core/accounts/credential-form.ts";
import { makeGateway, type WholeGateway } from "../../../src/core/gateway.ts";
import type { Ports } from "../../../src/core/ports.ts";
import { rememberCallers } from "../../../src/store/operator/callers.ts";
import { HOUR, NUMBER, openWorld, type World } from "../../support/ports.ts";

const OLD_HASH = "a".repeat(64);

let world: World;
let gateway: WholeGateway;
let operator: WholeGateway["operator"];
beforeEach(async () => {
  world = await openWorld();
  const ports: Ports = {
    ...world.ports,
    // As in the Worker: who called lately is remembered.
    accounts: rememberCallers(world.ports.accounts, () => world.time.now),
    credentialForms: new Map([["telling", { "api-key": aForm }]]),
  };
  gateway = makeGateway(ports);
  operator = gateway.operator;
});

/** Whatever is given is the hash; what is not, is made up. */
const aForm: CredentialForm = {
  foundBy: "secret",
  keeps: "digest",
  title: "API key",
  nameHint: "",
  use: "",
  make: async ({ secret }) => ({
    secret: secret ?? "made-up",
    secretHash: secret ?? "b".repeat(64),
  }),
};
const callerWith = (hash: string) => gateway.callerBySecret("telling", "api-key", hash);
const KEY = { dialect: "telling", kind: "api-key", name: "new-key" } as const;

describe("an account that is closed", () => {
  it("is known to be so at its caller's next request, and is open again likewise", async () => {
    expect((await callerWith(OLD_HASH))?.account.state).toBe("open");
    await operator.accounts.close("acme");
    expect((await callerWith(OLD_HASH))?.account.state ?? "nobody").not.toBe("open");
    await operator.accounts.change("acme", { state: "open" });
    expect((await callerWith(OLD_HASH))?.account.state).toBe("open");
  });

  it("may be closed twice, keeps its id, and sends nothing in the operator's hands", async () => {
    await operator.accounts.close("acme");
    await operator.accounts.close("acme");
    await expect(operator.accounts.open({ id: "acme", name: "Again", settings: {} })).rejects.toMatchObject({
      refusal: "already-exists",
    });
    const text = { sender: NUMBER, recipient: "+4798079008", text: "Hello" };
    await expect(operator.messages.send("acme", text)).rejects.toMatchObject({ refusal: "not-allowed" });
  });

  it("must be there", async () => {
    await expect(operator.accounts.close("beta")).rejects.toMatchObject({ refusal: "not-found" });
  });
});

describe("an account that is opened", () => {
  it("takes no built-in path, and no address of another's purchase page", async () => {
    await world.aService({ id: "magazine" });
    const open = (id: string) => operator.accounts.open({ id, name: "New", settings: {} });
    await expect(open("admin")).rejects.toMatchObject({ refusal: "bad-request", field: "id" });
    await expect(open("magazine")).rejects.toThrow("/magazine is the address of a purchase page of account acme");
    expect(await open("beta")).toMatchObject({ id: "beta", number: 2, state: "open" });
  });
});

describe("a key that is changed", () => {
  it("leaves no moment without one: both open the door until the old one is withdrawn", async () => {
    const { credential, secret } = await operator.credentials.issue("acme", KEY);
    expect(secret).toBe("made-up");
    expect(await callerWith("b".repeat(64))).toMatchObject({ credential: { id: credential.id } });
    expect(await callerWith(OLD_HASH)).toMatchObject({ credential: { id: "crd_1" } });
    await operator.credentials.withdraw("acme", "crd_1");
    expect(await callerWith(OLD_HASH)).toBeUndefined();
    expect(await callerWith("b".repeat(64))).toMatchObject({ credential: { id: credential.id } });
  });

  it("is nobody's before its time, or after it", async () => {
    const from = world.time.now + HOUR;
    await operator.credentials.issue("acme", { ...KEY, notBefore: from, expiresAt: from + HOUR });
    const seen = [];
    for (const at of [from - 1, from, from + HOUR]) {
      world.time.now = at;
      seen.push((await callerWith("b".repeat(64))) !== undefined);
    }
    expect(seen).toEqual([false, true, false]);
  });

  const refused = [
    {
      name: "a secret that is in use",
      account: "acme",
      wanted: { ...KEY, secret: OLD_HASH },
      refusal: "already-exists",
    },
    { name: "a dialect that is not spoken", account: "acme", wanted: { ...KEY, dialect: "x" }, refusal: "bad-request" },
    {
      name: "a kind that the dialect has not",
      account: "acme",
      wanted: { ...KEY, kind: "campaign" },
      refusal: "bad-request",
    },
    { name: "an account that is not there", account: "beta", wanted: KEY, refusal: "not-found" },
  ] as const;
  it.each(refused)("is refused for $name", async ({ account, wanted, refusal }) => {
    await expect(operator.credentials.issue(account, wanted)).rejects.toMatchObject({ refusal });
  });

  it("is withdrawn by its own account alone", async () => {
    await operator.accounts.open({ id: "beta", name: "Beta", settings: {} });
    await expect(operator.credentials.withdraw("beta", "crd_1")).rejects.toMatchObject({ refusal: "not-found" });
    expect(await callerWith(OLD_HASH)).toBeDefined();
  });
});

describe("a number", () => {
  beforeEach(() => operator.accounts.open({ id: "beta", name: "Beta", settings: {} }));
  const wanted = { sender: NUMBER, kind: "short-number", country: "NO" } as const;

  it("is one account's, unless it is said to be shared; then both are told so", async () => {
    await expect(operator.senders.grant("beta", wanted)).rejects.toMatchObject({
      refusal: "already-exists",
      field: "isShared",
    });
    expect(await operator.senders.list("beta")).toEqual([]);
    const shared = { ...wanted, shortNumberId: "NO-2002", isShared: true };
    expect(await operator.senders.grant("beta", { ...wanted, isShared: true })).toEqual(shared);
    expect(await operator.senders.list("acme")).toMatchObject([{ sender: NUMBER, isShared: true }]);
  });

  it("is withdrawn however it is written", async () => {
    await operator.senders.grant("beta", { sender: "+4759447000", kind: "long-number", country: "NO" });
    await operator.senders.withdraw("beta", "4759447000");
    expect(await operator.senders.list("beta")).toEqual([]);
  });

  it("of another account is not sold at", async () => {
    await operator.merchants.put("beta", { id: "shop", shortNumberIds: [] });
    const {
      account: _,
      id,
      consent: __,
      echo: ___,
      createdAt: ____,
      changedAt: _____,
      ...terms
    } = await world.aService();
    const put = operator.services.put("beta", id, { ...terms, merchant: "shop" });
    await expect(put).rejects.toMatchObject({ refusal: "bad-request", field: "shortNumber" });
    await expect(operator.services.put("acme", "other", terms)).rejects.toMatchObject({
      refusal: "already-exists",
      field: "keyword",
    });
  });
});
