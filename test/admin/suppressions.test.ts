/** Who has opted out, as the operator sees it, and lifting it. */

import { beforeAll, describe, expect, it } from "vitest";
import { type TestAccount, useGateway } from "../support/gateway.ts";

type Suppression = { number: string; recipient: string; word: string; createdAt: string };
type List = { items: Suppression[]; next?: string };

const OURS = "+12065550100";
const OTHER = "+18445550100";
const person = (n: number) => `+1425555012${n}`;

describe("the operator", () => {
  const gateway = useGateway();
  const { operator, refusal } = gateway;
  let account: TestAccount;
  let neighbour: TestAccount;
  const at = ({ id }: TestAccount) => `/admin/v1/accounts/${id}/suppressions`;
  const writes = (from: string, text: string, to: string) =>
    operator("POST", `/sandbox/v1/handsets/${from}/messages`, { to, text });

  beforeAll(async () => {
    account = await gateway.account();
    neighbour = await gateway.account();
    for (const number of [OURS, OTHER]) {
      await operator("PUT", `/admin/v1/accounts/${account.id}/senders/${number}`, {
        kind: "long-number",
        country: "US",
      });
    }
    await writes(person(2), "STOP", OTHER);
    await writes(person(2), "Quit", OURS);
    await writes(person(1), "stopall", OURS);
  });

  it("lists who has opted out, and from which number", async () => {
    const { items, next } = await operator<List>("GET", at(account));
    expect(next).toBeUndefined();
    expect(items.map(({ number, recipient, word }) => ({ number, recipient, word }))).toEqual([
      { number: OURS, recipient: person(1), word: "stopall" },
      { number: OURS, recipient: person(2), word: "quit" },
      { number: OTHER, recipient: person(2), word: "stop" },
    ]);
    for (const { createdAt } of items) expect(createdAt).toMatch(/^\d{4}-\d{2}-\d{2}T.*Z$/);
  });

  it("reads the list page by page", async () => {
    const found: string[] = [];
    for (let query = "?limit=1"; query !== ""; ) {
      const { items, next } = await operator<List>("GET", at(account) + query);
      expect(items).toHaveLength(1);
      found.push(...items.map(({ number, recipient }) => `${number} ${recipient}`));
      query = next === undefined ? "" : `?${new URLSearchParams({ limit: "1", cursor: next })}`;
    }
    expect(found).toEqual([`${OURS} ${person(1)}`, `${OURS} ${person(2)}`, `${OTHER} ${person(2)}`]);
  });

  it("sees nobody with an account to which nobody said so", async () => {
    expect(await operator<List>("GET", at(neighbour))).toEqual({ items: [] });
    expect(await refusal("GET", "/admin/v1/accounts/nobody/suppressions")).toMatchObject({ status: 404 });
  });

  it("lifts one, once, however its numbers are written", async () => {
    await writes(person(3), "STOP", OURS);
    await writes(person(4), "STOP", OURS);
    await operator("DELETE", `${at(account)}/${OURS}/${person(3)}`);
    expect(await refusal("DELETE", `${at(account)}/${OURS}/${person(3)}`)).toMatchObject({ status: 404 });
    await operator("DELETE", `${at(account)}/${OURS.slice(1)}/${encodeURIComponent(person(4))}`);
    const { items } = await operator<List>("GET", at(account));
    expect(items.map(({ recipient }) => recipient)).not.toContain(person(4));
  });

  it("lifts nothing of another account, another number or another person", async () => {
    for (const path of [
      `${at(neighbour)}/${OURS}/${person(1)}`,
      `${at(account)}/${OTHER}/${person(1)}`,
      `${at(account)}/${OURS}/${person(9)}`,
      `/admin/v1/accounts/nobody/suppressions/${OURS}/${person(1)}`,
    ]) {
      expect(await refusal("DELETE", path), path).toMatchObject({ status: 404 });
    }
    expect((await operator<List>("GET", at(account))).items).toHaveLength(3);
  });

  it("is asked for the operator's token", async () => {
    expect((await gateway.fetch(at(account))).status).toBe(401);
    expect((await gateway.fetch(`${at(account)}/${OURS}/${person(1)}`, { method: "DELETE" })).status).toBe(401);
  });

  it("does not find whole numbers in the log", async () => {
    expect(gateway.log.join("\n")).not.toContain(person(3).slice(1));
  });
});
