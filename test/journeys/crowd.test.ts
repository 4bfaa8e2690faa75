/** Many clients at once, some of whom give up: their texts are committed together, and none is lost when another client goes. */

import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { type TestAccount, type TestGateway, useGateway } from "../support/gateway.ts";

const CLIENTS = 40;

describe("many clients at once, where a commit takes a while", () => {
  const gateway = useGateway({}, { replace: { "src/store/messaging/arrivals.ts": "test/support/slow-arrivals.ts" } });

  it("are each answered, however many wait for one commit", async () => {
    const account = await gateway.account();
    const ids = Array.from({ length: CLIENTS }, (_, n) => `slow-${n}`);
    expect(await Promise.all(ids.map((id) => post(gateway, account, id)))).toEqual(ids.map(() => 201));
  });
});

describe("many clients at once", () => {
  const gateway = useGateway();

  it("are each answered, though every other one hangs up while it waits", async () => {
    const account = await gateway.account();
    for (let round = 0; round < 5; round++) {
      const ids = Array.from({ length: CLIENTS }, (_, n) => `round-${round}-${n}`);
      const staying = ids.filter((_, n) => n % 2 === 1);
      const answers = await Promise.all(
        ids.map((id, n) => (n % 2 === 0 ? hangUp(account, id) : post(gateway, account, id))),
      );
      expect(answers.filter(Boolean)).toEqual(staying.map(() => 201));
      for (const id of staying) expect(await gateway.message(account, id)).toMatchObject({ theirId: id });
    }
    const failures = gateway.log.filter((line) => /request\.failed|intake|cross-request|hang/i.test(line));
    expect(failures).toEqual([]);
  });

  it("may ask again after they hung up, and have one message", async () => {
    const account = await gateway.account();
    const ids = Array.from({ length: CLIENTS }, (_, n) => `again-${n}`);
    await Promise.all(ids.map((id) => hangUp(account, id)));
    expect(await Promise.all(ids.map((id) => post(gateway, account, id)))).toEqual(ids.map(() => 201));
    const { items } = await gateway.operator<{ items: { theirId: string }[] }>(
      "GET",
      `/admin/v1/messages?account=${account.id}&limit=100`,
    );
    expect(items.map(({ theirId }) => theirId).sort()).toEqual([...ids].sort());
  });

  /** Sends the whole request, and closes the connection as soon as it is sent. */
  function hangUp({ apiKey }: TestAccount, id: string): Promise<undefined> {
    const { hostname, port } = new URL(gateway.url);
    const body = bodyOf(id);
    const head = [
      "POST /api/out-messages HTTP/1.1",
      `host: ${hostname}`,
      `x-apikey: ${apiKey}`,
      "content-type: application/json",
      `content-length: ${Buffer.byteLength(body)}`,
    ].join("\r\n");
    return new Promise((resolve, reject) => {
      const socket = connect({ host: hostname, port: Number(port) }, () => {
        socket.write(`${head}\r\n\r\n${body}`, () => socket.destroy());
      });
      socket.on("error", reject);
      socket.on("close", () => resolve(undefined));
    });
  }
});

const bodyOf = (id: string) =>
  JSON.stringify({ transactionId: id, sender: "Shop", recipient: "+4798079008", content: `Text ${id}` });

async function post(gateway: TestGateway, { apiKey }: TestAccount, id: string): Promise<number> {
  const headers = { "x-apikey": apiKey, "content-type": "application/json" };
  const answer = await fetch(`${gateway.url}/api/out-messages`, { method: "POST", headers, body: bodyOf(id) });
  await answer.arrayBuffer();
  return answer.status;
}
