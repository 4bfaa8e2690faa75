/** A person writes to a number of ours. */

import { describe, expect, it } from "vitest";
import { useGateway } from "../support/gateway.ts";

describe("an inbound text", () => {
  const gateway = useGateway();

  const write = (text: string, theirId?: string) =>
    gateway.operator("POST", "/sandbox/v1/handsets/+4798079008/messages", {
      to: "2002",
      text,
      ...(theirId ? { theirId } : {}),
    });
  const inbound = async (query: string) =>
    (await gateway.operator<{ items: Record<string, unknown>[] }>("GET", `/admin/v1/inbound?${query}`)).items;

  it("is kept, for the account that has the number", async () => {
    const { id } = await gateway.account();
    await gateway.operator("PUT", `/admin/v1/accounts/${id}/senders/2002`, { kind: "short-number", country: "NO" });
    await write("HELLO there");
    expect(await inbound(`account=${id}`)).toMatchObject([
      { account: id, carrier: "simulator", sender: "+4798079008", recipient: "2002", text: "HELLO there" },
    ]);
  });

  it("is one text, however often its carrier reports it", async () => {
    await write("twice", "report-1");
    await write("twice", "report-1");
    expect((await inbound("sender=%2B4798079008")).filter(({ text }) => text === "twice")).toHaveLength(1);
  });
});
