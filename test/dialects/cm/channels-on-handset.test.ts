/** Messages on channels other than SMS, from the customer to the handset and back. */

import { beforeAll, describe, expect, it } from "vitest";
import { type HandsetMessage, useGateway } from "../../support/gateway.ts";
import { aMsg, newGsm, openTokenAccount, send, type TokenAccount } from "./support.ts";

type Shown = HandsetMessage & {
  channel?: string;
  shown?: { bubbles: Record<string, unknown>[]; buttons: { label: string; action: string; value?: string }[] };
};

const gateway = useGateway();
let account: TokenAccount;
beforeAll(async () => {
  account = await openTokenAccount(gateway);
});

const RICH = {
  conversation: [{ text: "Will you come?", media: { mediaUri: "https://cat.example/1.jpg", mimeType: "image/jpeg" } }],
  suggestions: [
    { action: "Reply", label: "Yes", postbackdata: "YES" },
    { action: "OpenUrl", label: "Where?", url: "https://shop.example" },
  ],
};

const sentTo = async (msg: Record<string, unknown>, gsm = newGsm()): Promise<Shown> => {
  const answer = await send(
    gateway,
    account,
    aMsg({ to: [{ number: gsm }], body: { content: "Come!", type: "AUTO" }, ...msg }),
  );
  expect(answer).toMatchObject({ status: 200, errorCode: 0, messages: [{ status: "Accepted", to: gsm }] });
  await gateway.advance(1);
  const received = (await gateway.handset(gsm.replace(/^00/, "+"))) as Shown[];
  expect(received).toHaveLength(1);
  return received[0] as Shown;
};

describe("a message that may go by another channel", () => {
  it("goes by it, with its bubbles and its buttons", async () => {
    expect(await sentTo({ allowedChannels: ["Whatsapp"], richContent: RICH })).toMatchObject({
      channel: "WhatsApp",
      shown: {
        bubbles: [{ text: "Will you come?", media: { url: "https://cat.example/1.jpg", type: "image/jpeg" } }],
        buttons: [
          { label: "Yes", action: "reply", value: "YES" },
          { label: "Where?", action: "open", value: "https://shop.example" },
        ],
      },
    });
  });

  it("goes by the first of several", async () => {
    expect(await sentTo({ allowedChannels: ["RCS", "Viber"], richContent: RICH })).toMatchObject({ channel: "RCS" });
  });

  it("is a text there, where it has nothing else", async () => {
    expect(await sentTo({ allowedChannels: ["WhatsApp"] })).toMatchObject({ channel: "WhatsApp", text: "Come!" });
  });

  it.each([{ allowedChannels: ["WhatsApp", "SMS"] }, { allowedChannels: [] }, {}])(
    "is an SMS with the body's text, where it may be one: %j",
    async (channels) => {
      const received = await sentTo({ ...channels, richContent: RICH });
      expect(received.text).toBe("Come!");
      expect(received.channel).toBeUndefined();
    },
  );

  it("may be answered by a button, on the same channel", async () => {
    const gsm = newGsm();
    const { from, channel, shown } = await sentTo(
      { from: "004759440000", allowedChannels: ["WhatsApp"], richContent: RICH },
      gsm,
    );
    const reply = shown?.buttons.find(({ action }) => action === "reply");
    const person = gsm.replace(/^00/, "+");
    await gateway.operator("POST", `/sandbox/v1/handsets/${encodeURIComponent(person)}/messages`, {
      ...{ to: from.replace(/^00/, "+"), text: reply?.value, channel },
    });
    await gateway.advance(1);
    const path = `/admin/v1/inbound?sender=${encodeURIComponent(person)}`;
    const { items } = await gateway.operator<{ items: unknown[] }>("GET", path);
    expect(items).toMatchObject([{ sender: person, text: "YES", channel: "WhatsApp" }]);
  });

  const refused = [
    { name: "by a channel nobody knows", msg: { allowedChannels: ["Pigeon"] } },
    { name: "with too many bubbles", msg: { richContent: { conversation: Array(6).fill({ text: "x" }) } } },
    { name: "with a button that does nothing", msg: { richContent: { suggestions: [{ action: "OpenUrl" }] } } },
  ];
  it.each(refused)("is refused $name", async ({ msg }) => {
    const answer = await send(gateway, account, aMsg(msg));
    expect(answer).toMatchObject({ status: 400, messages: [{ status: "Rejected", messageErrorCode: 305, parts: 0 }] });
  });
});
