/** The guard against loops, as a customer meets it. */

import { beforeAll, describe, expect, it } from "vitest";
import { newNumber, type TestAccount, useGateway } from "../../support/gateway.ts";
import { useReceiver } from "../../support/receiver.ts";
import { openSeller, outMessageClient, strexClient } from "../../support/target365-client.ts";

const MOST = 100;

describe("a program that goes round in circles", () => {
  const gateway = useGateway();
  const receiver = useReceiver();
  let account: TestAccount;
  let client: ReturnType<typeof outMessageClient>;
  let runs = 0;

  beforeAll(async () => {
    account = await gateway.account();
    client = outMessageClient(gateway, account);
  });

  /** Sends the same text so many times to one person; answers the ids, in order. */
  const loop = async (recipient: string, times: number, more: Record<string, unknown> = {}) => {
    const run = ++runs;
    const items = Array.from({ length: times }, (_, n) => ({
      transactionId: `loop-${run}-${n}`,
      ...{ sender: "Shop", recipient, content: "Your order is on its way", ...more },
    }));
    expect((await client.batch(items)).status).toBe(201);
    return items.map(({ transactionId }) => transactionId);
  };

  it("sends a person the same text a hundred times in an hour, and no more", async () => {
    const recipient = newNumber();
    const ids = await loop(recipient, MOST + 20, { deliveryReportUrl: `${receiver.url}/loop` });
    await gateway.advance(60);
    expect(await gateway.handset(recipient)).toHaveLength(MOST);
    expect(await client.shown(ids[MOST - 1] as string)).toMatchObject({ statusCode: "Ok" });
    expect(await client.shown(ids[MOST] as string)).toMatchObject({
      ...{ statusCode: "Failed", detailedStatusCode: "Stopped", delivered: false },
      statusDescription: expect.stringContaining("too many identical messages"),
    });
    const stopped = await receiver.next(20, ({ json }) => json.detailedStatusCode === "Stopped");
    expect(stopped.map(({ json }) => json.transactionId).sort()).toEqual(ids.slice(MOST).sort());

    await loop(recipient, 1, { content: "Something else" });
    await loop(newNumber(), 1);
    await gateway.advance(60);
    expect(await gateway.handset(recipient)).toHaveLength(MOST + 1);
    const [again] = await loop(recipient, 1);
    await gateway.advance(3_600);
    expect(await client.shown(again as string)).toMatchObject({ detailedStatusCode: "Stopped" });
    const [later] = await loop(recipient, 1);
    await gateway.advance(60);
    expect(await client.shown(later as string)).toMatchObject({ statusCode: "Ok" });
  });

  it("charges nobody for what is stopped", async () => {
    const seller = await openSeller(gateway);
    const strex = strexClient(gateway, seller);
    const recipient = newNumber();
    const paid = { merchantId: "shop", serviceCode: "14002", invoiceText: "Thank you", price: 1 };
    const items = Array.from({ length: MOST + 2 }, (_, n) => ({
      transactionId: `paid-${n}`,
      ...{ sender: seller.shortNumber, recipient, content: "Tone 1", strex: paid },
    }));
    await outMessageClient(gateway, seller).batch(items);
    await gateway.advance(300);
    expect(await strex.billed(recipient)).toHaveLength(MOST);
    expect(await outMessageClient(gateway, seller).shown(`paid-${MOST}`)).toMatchObject({
      ...{ statusCode: "Failed", detailedStatusCode: "Stopped" },
      strex: { billed: false, resultCode: "Stopped" },
    });
  });
});
