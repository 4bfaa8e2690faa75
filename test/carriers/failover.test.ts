/** A route with two carriers: the next takes what the first cannot, and nothing that the first may have got. */

import { beforeEach, describe, expect, it } from "vitest";
import { ADMIN_TOKEN, newNumber, type TestAccount, useGateway } from "../support/gateway.ts";
import { type Received, useReceiver } from "../support/receiver.ts";

const TAKEN = { status: 201 };

describe("a route with two carriers", () => {
  const gateway = useGateway();
  const [first, second] = [useReceiver(), useReceiver()];
  let account: TestAccount;
  let made = 0;

  beforeEach(async () => {
    account = await gateway.account();
    const names = [`first-${++made}`, `second-${made}`];
    for (const [index, receiver] of [first, second].entries()) {
      receiver.received.length = 0;
      receiver.behave(() => TAKEN);
      await gateway.operator("PUT", `/admin/v1/carriers/${names[index]}`, {
        kind: "target365",
        settings: { baseUrl: receiver.url },
        secrets: { apiKey: "k" },
      });
    }
    const route = { account: account.id, kind: "message", prefix: "", carriers: names };
    await gateway.operator("PUT", `/admin/v1/routes/of-${account.id}`, route);
  });
  const isPost = ({ method }: Received) => method === "POST";
  const posts = (receiver: typeof first) => receiver.received.filter(isPost).length;
  const carrierOf = async (id: string) => {
    const { carrier, state } = await gateway.message(account, id);
    return `${state} at ${String(carrier).replace(/-\d+$/, "")}`;
  };

  it.each([
    ["does not know us", { status: 401 }],
    ["has no money of ours left", { status: 402 }],
    ["has too much to do", { status: 429 }],
  ])("asks the second where the first %s", async (_, answer) => {
    first.behave(() => answer);
    const id = await gateway.send(account);
    await second.next(1, isPost);
    await expect.poll(() => carrierOf(id)).toBe("sent at second");
  });

  it.each([
    ["refuses the number", { status: 400, body: '{"Message": "recipient is not a number"}' }, "failed at first"],
    ["may have got it", { status: 500 }, "unknown at first"],
  ])("does not ask the second where the first %s", async (_, answer, is) => {
    first.behave((call) => (isPost(call) ? answer : { status: 500 }));
    const id = await gateway.send(account);
    await first.next(1, isPost);
    await expect.poll(() => carrierOf(id)).toBe(is);
    await gateway.advance(300);
    expect(posts(second)).toBe(0);
    expect(posts(first)).toBe(1);
  });

  it("asks the second while the first is down, and the first again when it is back", async () => {
    first.behave(() => ({ status: 500 }));
    for (let count = 0; count < 5; count++) {
      const id = await gateway.send(account);
      await expect.poll(() => carrierOf(id)).toBe("unknown at first");
    }
    const before = posts(first);
    for (let count = 0; count < 3; count++) {
      const id = await gateway.send(account, { recipient: newNumber() });
      await expect.poll(() => carrierOf(id)).toBe("sent at second");
    }
    expect(posts(first)).toBe(before);
    const { items } = await gateway.operator<{ items: { name: string; health: { state: string } }[] }>(
      "GET",
      "/admin/v1/carriers",
    );
    const firstIs = items.find(({ name }) => name === `first-${made}`);
    expect(firstIs?.health.state).toBe("down");
    expect(firstIs).toMatchObject({ lastHour: { asked: 5, lost: 5, taken: 0 }, unanswered: { count: 5 } });
    expect(items.find(({ name }) => name === `second-${made}`)).toMatchObject({ lastHour: { asked: 3, taken: 3 } });
    const metrics = await (
      await gateway.fetch("/metrics", { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } })
    ).text();
    expect(metrics).toContain(`stafett_carrier_up{carrier="first-${made}"} 0`);
    expect(metrics).toContain(`stafett_carrier_up{carrier="second-${made}"} 1`);
    expect(metrics).toContain(`stafett_carrier_answers_5m{carrier="first-${made}",answer="lost"} 5`);
    expect(metrics).toMatch(new RegExp(`stafett_carrier_answer_seconds\\{carrier="second-${made}",quantile="0.5"\\} `));
    expect(metrics).toMatch(new RegExp(`stafett_carrier_oldest_unanswered_seconds\\{carrier="first-${made}"\\} \\d`));
    expect(gateway.log.filter((line) => line.includes("carrier.down") && line.includes(`first-${made}`))).toHaveLength(
      1,
    );
    first.behave((call) => (isPost(call) ? TAKEN : { status: 200, body: "[]" }));
    await gateway.advance(120);
    const id = await gateway.send(account);
    await expect.poll(() => carrierOf(id)).toBe("sent at first");
  });
});
