/** A dialect that is a folder and one line of the registry: all that an operator does with it, by the API and the console. */

import { beforeAll, describe, expect, it } from "vitest";
import { ADMIN_TOKEN, newNumber } from "../../support/gateway.ts";
import { useReceiver } from "../../support/receiver.ts";
import { openLoft, usePigeons } from "./support.ts";

describe("a dialect that is a folder and a line", () => {
  const gateway = usePigeons();
  const receiver = useReceiver();
  let cookie = "";

  beforeAll(async () => {
    const body = new URLSearchParams({ token: ADMIN_TOKEN });
    const entered = await gateway.fetch("/console/login", { method: "POST", body });
    cookie = entered.headers.get("set-cookie")?.split(";", 1)[0] ?? "";
  });

  const page = async (path: string) => (await gateway.fetch(`/console/setup/${path}`, { headers: { cookie } })).text();
  const submit = (path: string, fields: Record<string, string>) =>
    gateway.fetch(`/console/setup/${path}`, {
      method: "POST",
      headers: { cookie, origin: gateway.url },
      body: new URLSearchParams(fields),
    });
  const send = (ring: string, letter: Record<string, string>) =>
    gateway.fetch("/pigeon/messages", { headers: { "x-ring": ring }, json: { from: "Loft", text: "Coo", ...letter } });

  it("takes a text, delivers it, and tells what became of it in its own form", async () => {
    const { account, ring } = await openLoft(gateway);
    receiver.behave(() => ({ status: 204 }));
    await gateway.operator("PUT", `/admin/v1/accounts/${account}/callbacks/pigeon`, { reportUrl: receiver.url });
    const to = newNumber();
    const sent = await send(ring, { id: "letter-1", to });
    expect([sent.status, await sent.json()]).toEqual([202, { id: "letter-1" }]);
    expect(await gateway.handset(to, { wait: 20 })).toMatchObject([{ text: "Coo" }]);
    await gateway.advance(60);
    const [told] = await receiver.next(1);
    expect(told?.body).toBe("letter=letter-1&fate=landed");
    expect(await gateway.webhooks({ id: account, number: 0, apiKey: "" })).toMatchObject([{ state: "answered" }]);
    const found = await gateway.fetch("/pigeon/messages/letter-1", { headers: { "x-ring": ring } });
    expect(await found.json()).toEqual({ id: "letter-1", fate: "landed" });
  });

  it("tries a call again as it says, where the answer does not count", async () => {
    const { account, ring } = await openLoft(gateway);
    await gateway.operator("PUT", `/admin/v1/accounts/${account}/callbacks/pigeon`, { reportUrl: receiver.url });
    receiver.behave(() => ({ status: 200 }));
    await send(ring, { id: "letter-2", to: newNumber() });
    await gateway.advance(30);
    receiver.behave(() => ({ status: 204 }));
    await gateway.advance(60);
    const [webhook] = await gateway.webhooks({ id: account, number: 0, apiKey: "" });
    expect(webhook).toMatchObject({ state: "answered", attempts: 2 });
  });

  it("has credentials of its own kind, made and found by the console's form", async () => {
    const { account } = await openLoft(gateway);
    expect(await page(`${account}/credentials`)).toContain("Pigeon Post ring");
    const form = await page(`${account}/credentials/new/pigeon/ring`);
    expect(form).toContain("For people to tell rings apart.");
    const made = await submit(`${account}/credentials/new/pigeon/ring`, { name: "second" });
    const ring = /id="secret"[^>]*>([^<]+)</.exec(await made.text())?.[1] ?? "";
    expect((await send(ring, { id: "letter-3", to: newNumber() })).status).toBe(202);
  });

  it("is told of by the API where a kind is not known", async () => {
    const { account } = await openLoft(gateway);
    const refused = await gateway.refusal("POST", `/admin/v1/accounts/${account}/credentials`, {
      dialect: "pigeon",
      kind: "api-key",
      name: "x",
    });
    expect(refused.detail).toBe("kind: pigeon has no api-key; it knows ring");
  });

  it("has a setting that the console shows and keeps, and that it heeds", async () => {
    const { account, ring } = await openLoft(gateway);
    expect(await page(`${account}/settings`)).toContain("How the text came");
    expect((await submit(`${account}/settings`, { "settings.pigeonFooter": "on" })).status).toBe(303);
    const to = newNumber();
    // Whoever calls is remembered for some seconds; a change made here is noticed at once.
    await send(ring, { id: "letter-4", to });
    expect(await gateway.handset(to, { wait: 20 })).toMatchObject([{ text: "Coo (by pigeon)" }]);
    const refused = await gateway.refusal("PATCH", `/admin/v1/accounts/${account}`, {
      settings: { pigeonFooter: "loud" },
    });
    expect(refused).toMatchObject({ status: 400, field: "settings.pigeonFooter" });
  });

  it("has callbacks that the console asks for in its words", async () => {
    const { account } = await openLoft(gateway);
    expect(await page(`${account}/callbacks/pigeon`)).toContain("Where pigeons come back to");
    const saved = await submit(`${account}/callbacks/pigeon`, { reportUrl: `${receiver.url}/loft` });
    expect(saved.status).toBe(303);
    const set = await gateway.operator("GET", `/admin/v1/accounts/${account}/callbacks/pigeon`);
    expect(set).toMatchObject({ reportUrl: `${receiver.url}/loft` });
  });

  it("is in the reference, with its settings and its kind of credential", async () => {
    const text = await (await gateway.fetch("/openapi.json")).text();
    const { paths, components } = JSON.parse(text);
    expect(Object.keys(paths)).toContain("/pigeon/messages");
    expect(Object.keys(components.schemas.Account.properties.settings.properties)).toContain("pigeonFooter");
    expect(components.schemas.Credential.properties.kind.enum).toContain("ring");
  });

  it("reserves its paths", async () => {
    const refused = await gateway.refusal("POST", "/admin/v1/accounts", { id: "pigeon", name: "x" });
    expect(refused.detail).toBe("id: is reserved: it collides with a built-in path");
  });
});
