/** What an operator is told of the way that a text would go. */

import { beforeAll, describe, expect, it } from "vitest";
import { type TestAccount, useGateway } from "../support/gateway.ts";
import { useReceiver } from "../support/receiver.ts";

type Explained = {
  route?: { id: string };
  carriers: { name: string; usable: boolean; why: string }[];
  parts?: number;
  encoding?: string;
};

describe("the way of a text", () => {
  const gateway = useGateway();
  const provider = useReceiver();
  let account: TestAccount;

  const explain = (recipient: string, text?: string) =>
    gateway.operator<Explained>("POST", "/admin/v1/routes/explain", {
      ...{ account: account.id, recipient, sender: "Shop" },
      ...(text === undefined ? {} : { text }),
    });
  const put = (name: string, isEnabled: boolean, key = "k") =>
    gateway.operator("PUT", `/admin/v1/carriers/${name}`, {
      ...{ kind: "target365", settings: { baseUrl: provider.url }, secrets: { apiKey: key }, isEnabled },
    });

  beforeAll(async () => {
    provider.behave(({ headers }) => ({ status: headers["x-apikey"] === "wrong" ? 401 : 200, body: "[]" }));
    account = await gateway.account();
    await put("norway", true);
    await put("spare", false);
    await put("wrong", true, "wrong");
    await gateway.operator("PUT", "/admin/v1/routes/of-norway", {
      ...{ account: account.id, kind: "message", prefix: "47", carriers: ["spare", "wrong", "norway"] },
    });
  });

  it("tells which route holds, who is asked in which order, and who is passed over and why", async () => {
    const { route, carriers } = await explain("+4791000000");
    expect(route?.id).toBe("of-norway");
    expect(carriers).toEqual([
      { name: "wrong", usable: false, why: expect.stringMatching(/^it is down: .*credentials/) },
      { name: "norway", usable: true, why: "route of-norway names it" },
      { name: "spare", usable: false, why: "it is switched off" },
      { name: "simulator", usable: false, why: "route of-norway does not name it" },
    ]);
  });

  it("tells where no route is for it", async () => {
    const { route, carriers } = await explain("+12065550100");
    expect(route).toBeUndefined();
    expect(carriers[0]).toEqual({
      ...{ name: "simulator", usable: true, why: "no route is for this, and it takes everything" },
    });
    expect(carriers.find(({ name }) => name === "norway")).toEqual({
      ...{ name: "norway", usable: false, why: "in the sandbox it is asked only where a route names it" },
    });
  });

  it("tells how the text is cut", async () => {
    expect(await explain("+4791000000", "a".repeat(200))).toMatchObject({ parts: 2, encoding: "gsm7" });
    expect(await explain("+4791000000", "🙂")).toMatchObject({ parts: 1, encoding: "ucs2" });
  });

  it.each([
    [{ recipient: "none" }, 400, "recipient"],
    [{ account: "nobody" }, 404, "account"],
    [{ colour: "red" }, 400, "colour"],
  ])("is not explained for %j", async (more, status, field) => {
    const body = { account: account.id, recipient: "+4791000000", ...more };
    expect(await gateway.refusal("POST", "/admin/v1/routes/explain", body)).toMatchObject({ status, field });
  });
});
