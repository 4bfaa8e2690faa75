/** A carrier that is a folder and two lines: from a route that is put, to a text that is handed over, to its receipt and the webhook. */

import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { newNumber, problemOf, type TestAccount, useGateway } from "../../support/gateway.ts";
import { useReceiver } from "../../support/receiver.ts";

const KNOCK = "three long, two short";

type Words = { id: string; from: string; to: string; words: string };

describe("a carrier that is a folder and two lines", () => {
  const settings: Record<string, string> = { KNOCK };
  const can = useReceiver();
  const customer = useReceiver();
  beforeAll(() => {
    settings.CAN = can.url;
  });
  const gateway = useGateway(settings, { replace: { "src/registry.ts": "test/carriers/tincan/registry.ts" } });

  let account: TestAccount;
  let to: string;
  beforeEach(async () => {
    can.received.length = 0;
    customer.received.length = 0;
    account = await gateway.account();
    to = newNumber();
    can.behave(() => ({ status: 200, body: "knot-7" }));
    await route(["attic"]);
  });
  const route = (carriers: string[]) =>
    gateway.operator("PUT", "/admin/v1/routes/all", { account: "*", kind: "message", prefix: "", carriers });

  const send = () => gateway.send(account, { recipient: to, deliveryReportUrl: `${customer.url}/report` });
  const said = async (): Promise<Words> => {
    const [words] = await can.next(1, ({ url }) => url === "/say");
    return words?.json as Words;
  };
  const knock = (door: string, json: unknown, headers: Record<string, string> = { "x-knock": KNOCK }) =>
    gateway.fetch(`/carriers/attic/${door}`, { headers, json });
  const heard = async (id: string, told: Record<string, unknown> = {}) =>
    knock("receipts", [{ id, reference: "knot-7", heard: true, at: await gateway.now(), ...told }]);

  it("is handed what its route is for, tells of it by its door, and the customer hears", async () => {
    const id = await send();
    const words = await said();
    expect(words).toMatchObject({ from: "Shop", to, words: "Your parcel is here" });
    expect(can.received.find(({ url }) => url === "/say")?.headers["x-knock"]).toBe(KNOCK);
    expect((await heard(words.id)).status).toBe(204);
    const [told] = await customer.next(1);
    expect(told?.json).toMatchObject({ transactionId: id, statusCode: "Ok", smscTransactionId: "knot-7" });
    expect(await gateway.message(account, id)).toMatchObject({ state: "delivered", carrier: "attic" });
  });

  it("says why a text was not heard, in our words", async () => {
    const id = await send();
    await heard((await said()).id, { heard: false, why: "knot" });
    expect(await gateway.message(account, id)).toMatchObject({ state: "failed", reason: "carrier-error" });
  });

  it("may refuse a text, or ask for some time", async () => {
    can.behave(() => ({ status: 422, body: "nobody" }));
    const refused = await send();
    await gateway.advance(1);
    expect(await gateway.message(account, refused)).toMatchObject({ state: "failed", reason: "unknown-subscriber" });
    can.behave(() => ({ status: 429, headers: { "retry-after": "30" } }));
    const waiting = await send();
    await gateway.advance(1);
    expect(await gateway.message(account, waiting)).toMatchObject({ state: "accepted" });
    can.behave(() => ({ status: 200, body: "knot-8" }));
    await gateway.advance(60);
    expect(await gateway.message(account, waiting)).toMatchObject({ state: "sent", reference: "knot-8" });
  });

  it("is not handed a text twice whose answer was lost: a receipt settles it, whenever it comes", async () => {
    can.behave(() => ({ status: 500 }));
    const id = await send();
    const words = await said();
    await gateway.advance(600);
    expect(await gateway.message(account, id)).toMatchObject({ state: "unknown" });
    await heard(words.id);
    expect(await gateway.message(account, id)).toMatchObject({ state: "delivered" });
    expect(can.received.filter(({ url }) => url === "/say")).toHaveLength(1);
  });

  it("brings texts that people send, in its own name", async () => {
    const number = `2${to.slice(-4, -1)}`;
    await gateway.operator("PUT", `/admin/v1/accounts/${account.id}/senders/${number}`, {
      kind: "short-number",
      country: "NO",
    });
    expect((await knock("inbound", [{ id: "in-1", from: to, to: number, words: "Hello" }])).status).toBe(204);
    const { items } = await gateway.operator<{ items: unknown[] }>("GET", `/admin/v1/inbound?account=${account.id}`);
    expect(items).toMatchObject([{ text: "Hello", carrier: "attic", theirId: "in-1" }]);
  });

  it("is heard at its doors by nobody who does not know the knock, and whoever guesses is slowed down", async () => {
    const id = await send();
    const words = await said();
    const receipt = [{ id: words.id, reference: "knot-7", heard: true, at: 0 }];
    const refused = await problemOf(await knock("receipts", receipt, { "x-knock": "shave and a haircut" }));
    expect(refused).toMatchObject({ status: 401, detail: "that is not the knock" });
    expect(await gateway.message(account, id)).toMatchObject({ state: "sent" });
    await expect
      .poll(() => gateway.log.filter((line) => line.includes("auth.rejected") && line.includes("/carriers/attic")))
      .not.toEqual([]);
  });

  it.each(["/carriers/attic/cellar", "/carriers/nobody/receipts", "/carriers/simulator/receipts"])(
    "has no door at %s",
    async (path) => {
      expect(await problemOf(await gateway.fetch(path, { json: [] }))).toMatchObject({ status: 404 });
    },
  );

  it("is listed with its kind, and whether it can be reached", async () => {
    can.behave(({ url }) => ({ status: url === "/hello" ? 503 : 200 }));
    const { items } = await gateway.operator<{ items: unknown[] }>("GET", "/admin/v1/carriers");
    expect(items).toEqual([
      {
        ...{ name: "simulator", kind: "simulator", bills: true, isForFakes: false, health: { state: "up" } },
        lastHour: expect.objectContaining({ lost: 0 }),
      },
      {
        name: "attic",
        kind: "tincan",
        bills: false,
        isForFakes: false,
        health: { state: "down", since: expect.any(String), reason: "it answered 503" },
        lastHour: expect.objectContaining({ asked: expect.any(Number) }),
      },
    ]);
  });

  it("is no longer handed anything once its route is removed and another one holds", async () => {
    await route(["simulator"]);
    await send();
    expect(await gateway.handset(to, { wait: 20 })).toMatchObject([{ text: "Your parcel is here" }]);
    expect(can.received).toEqual([]);
  });

  it("bills nobody, so no route of charges may name it", async () => {
    const refused = await gateway.refusal("PUT", "/admin/v1/routes/charges", {
      account: "*",
      kind: "charge",
      prefix: "",
      carriers: ["attic"],
    });
    expect(refused).toMatchObject({
      status: 400,
      field: "carriers.0",
      detail: "carriers.0: there is no carrier that bills attic; there is simulator",
    });
  });
});
