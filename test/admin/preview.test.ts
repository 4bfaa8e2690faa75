/** What would become of a text: said before it is sent, and true once it is. */

import { beforeAll, describe, expect, it } from "vitest";
import { dialects } from "../../src/registry.ts";
import { newNumber, type TestAccount, useGateway } from "../support/gateway.ts";

type Dialect = {
  dialect: string;
  title: string;
  text: string;
  encoding: string;
  parts: number;
  changes: { from: string; to: string }[];
  refused?: string;
  price?: { segments: number; nanodollars: number; display: string };
  hasCredential: boolean;
  calls: { by: string; code: string }[];
};
type Preview = { encoding: string; units: number; parts: number; left: number; dialects: Dialect[] };

const PREVIEWED = dialects.flatMap(({ name, preview }) => (preview ? [name] : []));

describe("the preview of a text", () => {
  const gateway = useGateway();
  let account: TestAccount;
  beforeAll(async () => {
    account = await gateway.account();
  });

  const preview = (json: Record<string, unknown>) =>
    gateway.operator<Preview>("POST", "/admin/v1/preview", { account: account.id, ...json });
  const by = async (dialect: string, json: Record<string, unknown>) =>
    (await preview(json)).dialects.find((one) => one.dialect === dialect) as Dialect;
  const set = (settings: Record<string, unknown>) =>
    gateway.operator("PATCH", `/admin/v1/accounts/${account.id}`, { settings });

  it("tells its size, and is of all dialects", async () => {
    const { dialects, ...size } = await preview({ text: "Blåbær 🫐" });
    expect(size).toEqual({
      encoding: "ucs2",
      units: 9,
      parts: 1,
      left: 61,
      partTexts: ["Blåbær 🫐"],
      outside: ["🫐"],
    });
    expect(dialects.map(({ dialect }) => dialect)).toEqual(PREVIEWED);
    for (const { calls } of dialects) expect(calls.map(({ by }) => by)).toEqual(["curl", "Node", "Python"]);
  });

  it.each([
    { settings: {}, encoding: "ucs2" },
    { settings: { allowUnicode: "allow" }, encoding: "ucs2" },
    { settings: { allowUnicode: "question-marks" }, encoding: "gsm7" },
  ])("is what Target365's callers get, with $settings", async ({ settings, encoding }) => {
    await set({ allowUnicode: null, ...settings });
    const content = "He said – “see you” ✓";
    const told = await by("target365", { text: content });
    const recipient = newNumber();
    await gateway.send(account, { recipient, content });
    const [received] = await gateway.handset(recipient, { wait: 10 });
    expect(received).toMatchObject({ text: told.text, encoding: told.encoding, parts: told.parts });
    expect(told.encoding).toBe(encoding);
    // Made of the changes alone, it is the same text.
    const changes = new Map(told.changes.map(({ from, to }) => [from, to]));
    expect([...content].map((char) => changes.get(char) ?? char).join("")).toBe(told.text);
  });

  it("tells what it costs, by the wire's own segments and the account's rates", async () => {
    expect((await by("flowroute", { text: "a".repeat(161) })).price).toEqual({
      segments: 2,
      nanodollars: 8_000_000,
      display: "$0.0080",
    });
    await set({ rates: { tollFree: 10_000_000, surcharge: 1_000_000 } });
    expect((await by("flowroute", { text: "æ", sender: "+18005550123" })).price).toMatchObject({ display: "$0.0110" });
    expect(await by("cm", { text: "æ" })).not.toHaveProperty("price");
  });

  it("tells which dialect would refuse it", async () => {
    const text = "a".repeat(9 * 153);
    expect((await by("cm", { text })).refused).toBe("it needs 9 parts; 8 are the most");
    expect(await by("target365", { text })).not.toHaveProperty("refused");
    await set({ maxParts: 2 });
    expect((await by("target365", { text })).refused).toBe("it needs 9 parts; 2 are the most");
    expect(await by("flowroute", { text })).not.toHaveProperty("refused");
    await set({ maxParts: null, countries: ["SE"] });
    expect((await by("target365", { text })).refused).toContain("the number is of NO");
    await set({ countries: null });
  });

  it("tells by what the account could send it, and holds no secret that was not given", async () => {
    const { dialects } = await preview({ text: "Hello" });
    expect(dialects.filter(({ hasCredential }) => hasCredential).map(({ dialect }) => dialect)).toEqual(["target365"]);
    expect(JSON.stringify(dialects)).not.toContain(account.apiKey);
    expect(JSON.stringify(await preview({ text: "Hello", secret: "open sesame" }))).toContain("open sesame");
  });

  it("calls this gateway, or the address that is given", async () => {
    expect((await by("target365", { text: "Hello" })).calls[0]?.code).toContain(`'${gateway.url}/api/out-messages'`);
    const { calls } = await by("target365", { text: "Hello", url: "https://sms.example/" });
    expect(calls[0]?.code).toContain("'https://sms.example/api/out-messages'");
  });

  it.each([
    { given: { text: "Hello", account: "nobody" }, status: 404, field: "account" },
    { given: {}, status: 400, field: "text" },
    { given: { text: "x".repeat(40_001) }, status: 400, field: "text" },
    { given: { text: "Hello", url: "javascript:alert(1)" }, status: 400, field: "url" },
  ])("is refused where $field is wrong", async ({ given, status, field }) => {
    expect(await gateway.refusal("POST", "/admin/v1/preview", given)).toMatchObject({ status, field });
  });
});
