/** Routes as an operator puts them: what is refused, what is logged, and that they hold at once. */

import { beforeEach, describe, expect, it } from "vitest";
import { makeOperator } from "../../../src/core/operator/operator.ts";
import { rememberRoutes } from "../../../src/store/operator/remembered-routes.ts";
import { openWorld, PERSON, type World } from "../../support/ports.ts";

const ROUTE = { account: "*", kind: "message", prefix: "47", carriers: ["bank"], strategy: "in-order" } as const;

let world: World;
let operator: ReturnType<typeof makeOperator>;
beforeEach(async () => {
  world = await openWorld();
  operator = makeOperator(world.ports);
});

const tableOf = async () => (await operator.routes.list({ limit: 10 })).items;

describe("a route", () => {
  it("is put, replaced under its id, and removed", async () => {
    const put = await operator.routes.put({ id: "norway", ...ROUTE });
    expect(await operator.routes.find("norway")).toEqual(put);
    const moved = await operator.routes.put({ ...put, account: "acme", prefix: "46", carriers: [] });
    expect(await tableOf()).toEqual([moved]);
    await operator.routes.remove("norway");
    expect(await tableOf()).toEqual([]);
  });

  it("may be one for messages and one for charges, of everybody and of an account", async () => {
    await operator.routes.put({ id: "a", ...ROUTE });
    await operator.routes.put({ id: "b", ...ROUTE, kind: "charge" });
    await operator.routes.put({ id: "c", ...ROUTE, account: "acme" });
    await operator.routes.put({ id: "d", ...ROUTE, sender: "Shop" });
    const e = await operator.routes.put({ id: "e", ...ROUTE, channel: "RCS", strategy: "weighted", weights: [2] });
    expect((await tableOf()).map(({ id }) => id)).toEqual(["a", "b", "c", "d", "e"]);
    expect(await operator.routes.find("e")).toEqual(e);
  });

  it.each([
    ["for an account that is not there", { account: "nobody" }, "bad-request", "account"],
    ["by a carrier that is not there", { carriers: ["bank", "pigeons"] }, "bad-request", "carriers.1"],
    ["by one carrier twice", { carriers: ["bank", "bank"] }, "bad-request", "carriers.1"],
    ["for what another route is for", {}, "already-exists", "prefix"],
    ["with weights that nothing is shared by", { prefix: "46", weights: [1] }, "bad-request", "weights"],
    ["with more weights than carriers", { strategy: "weighted", weights: [1, 2] }, "bad-request", "weights"],
    ["with no weight at all", { strategy: "weighted", weights: [0] }, "bad-request", "weights"],
    ["that shares charges", { kind: "charge", strategy: "weighted" }, "bad-request", "strategy"],
    ["that sends charges elsewhere", { kind: "charge", reroutes: true }, "bad-request", "reroutes"],
    ["that looks at a charge's sender", { kind: "charge", sender: "Shop" }, "bad-request", "sender"],
  ] as const)("is refused %s, and nothing is changed", async (_, given, refusal, field) => {
    const first = await operator.routes.put({ id: "first", ...ROUTE });
    await expect(operator.routes.put({ id: "second", ...ROUTE, ...given })).rejects.toMatchObject({ refusal, field });
    expect(await tableOf()).toEqual([first]);
  });

  it("of charges names carriers that bill", async () => {
    const { billing: _, ...texting } = world.bank.carrier;
    world.ports.carriers.set("texter", { ...texting, name: "texter" });
    await operator.routes.put({ id: "m", ...ROUTE, carriers: ["texter"] });
    await expect(
      operator.routes.put({ id: "c", ...ROUTE, kind: "charge", carriers: ["texter"] }),
    ).rejects.toMatchObject({ message: "carriers.0: there is no carrier that bills texter; there is bank" });
  });

  it.each(["find", "remove"] as const)("that is not there cannot be asked to %s", async (verb) => {
    await expect(operator.routes[verb]("nowhere")).rejects.toMatchObject({ refusal: "not-found" });
  });

  it("is logged when it is put and when it is removed", async () => {
    await operator.routes.put({ id: "norway", ...ROUTE });
    await operator.routes.remove("norway");
    expect(world.events).toEqual([
      { name: "route.put", fields: { route: "norway", ...ROUTE } },
      { name: "route.removed", fields: { route: "norway" } },
    ]);
  });

  it("holds at once for texts that are accepted, though routes are remembered", async () => {
    const { ports, time } = world;
    ports.routes = rememberRoutes(
      { ofMessages: () => ports.messages.routes(), ofCharges: () => ports.transactions.routes() },
      () => time.now,
    );
    const send = () =>
      world.gateway.accept(world.caller, {
        sender: "2002",
        recipient: PERSON,
        text: "Hello",
        priority: "normal",
        deliveryMode: "at-most-once",
        validitySeconds: 60,
        echo: {},
      });
    await send();
    await operator.routes.put({ id: "nobody", ...ROUTE, carriers: [] });
    await expect(send()).rejects.toMatchObject({ refusal: "no-carrier" });
    await operator.routes.remove("nobody");
    await send();
  });
});
