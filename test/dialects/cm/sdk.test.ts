/** The provider's own library for JavaScript, as it is published, asked to send by way of us. */

import { type CMTypes, MessageApiClient } from "@cmdotcom/text-sdk";
import { beforeAll, describe, expect, it } from "vitest";
import { useGateway } from "../../support/gateway.ts";
import { type Answered, messagesOf, newGsm, openTokenAccount, type TokenAccount } from "./support.ts";

const gateway = useGateway();
let shop: TokenAccount;
let client: MessageApiClient;

beforeAll(async () => {
  shop = await openTokenAccount(gateway);
  client = new MessageApiClient(shop.token);
});

type Message = ReturnType<MessageApiClient["createMessage"]>;

/** Its address is a constant of the library's, which it has no option for. */
async function sendBy(message: Message): Promise<{ status: number; data: Answered }> {
  (message as unknown as { api: CMTypes.MessagesApi }).api.basePath = gateway.url;
  const { status, data } = await message.send();
  return { status, data };
}

/** What it throws on a refusal: the answer lies within. */
async function refusalOf(message: Message): Promise<{ status: number; data: Answered }> {
  const refused = await sendBy(message).catch((error: { response?: { status: number; data: Answered } }) => error);
  if (!("response" in refused) || !refused.response) throw new Error("it was not refused");
  const { status, data } = refused.response;
  return { status, data };
}

const seen = (gsm: string) => gateway.handset(gsm.replace("00", "+"), { wait: 20 });
const newest = async () => (await messagesOf(gateway, shop)).at(-1);

describe("the SDK for JavaScript", () => {
  it("sends a text to one person", async () => {
    const gsm = newGsm();
    const { status, data } = await sendBy(
      client.createMessage().setMessage([gsm], "TestSender", "Hello world?!", "ref 1"),
    );
    expect(status).toBe(200);
    expect(data).toEqual({
      details: "Created 1 message(s)",
      errorCode: 0,
      messages: [
        { to: gsm, status: "Accepted", reference: "ref 1", parts: 1, messageDetails: null, messageErrorCode: 0 },
      ],
    });
    expect(await seen(gsm)).toMatchObject([{ from: "TestSender", text: "Hello world?!" }]);
    expect(await newest()).toMatchObject({ echo: { customGrouping3: "text-sdk-javascript" } });
  });

  it("sends a text to several, and hears of each", async () => {
    const [a, b] = [newGsm(), newGsm()];
    const { data } = await sendBy(client.createMessage().setMessage([a, "nobody", b], "TestSender", "Hello"));
    expect(data).toMatchObject({ details: "Created 2 message(s)", errorCode: 201 });
    expect(data.messages.map(({ to, status, messageErrorCode }) => [to, status, messageErrorCode])).toEqual([
      [a, "Accepted", 0],
      ["nobody", "Rejected", 303],
      [b, "Accepted", 0],
    ]);
  });

  it("sends a long text in as many parts as it needs", async () => {
    const gsm = newGsm();
    const text = "Привет, мир! ".repeat(20).trim();
    const { data } = await sendBy(client.createMessage().setMessage([gsm], "TestSender", text));
    expect(data.messages).toMatchObject([{ parts: Math.ceil(text.length / 67) }]);
    expect(await seen(gsm)).toMatchObject([{ text, encoding: "ucs2" }]);
  });

  it("sends rich content by a channel that can show it", async () => {
    const gsm = newGsm();
    const picture = { mediaName: "logo", mediaUri: "https://shop.example/logo.png" };
    const message = client
      .createMessage()
      .setMessage([gsm], "TestSender", "Look at our logo")
      .setAllowedChannels(["Viber"])
      .setConversation([{ text: "Our logo!", media: picture }] as CMTypes.RichMessage[])
      .setSuggestion([{ action: "openUrl", label: "Click me", url: "https://shop.example" }]);
    expect(await sendBy(message)).toMatchObject({ status: 200, data: { errorCode: 0 } });
    expect(await newest()).toMatchObject({
      channel: "Viber",
      recipient: gsm.replace("00", "+"),
      rich: { bubbles: [{ text: "Our logo!", media: { url: picture.mediaUri } }], buttons: [{ label: "Click me" }] },
    });
  });

  it("sends a WhatsApp template", async () => {
    const whatsapp = {
      elementName: "order_ready",
      namespace: "shop",
      language: { code: "en", policy: "deterministic" },
      components: [{ type: "body", parameters: [{ type: "text", text: "Kari" }] }],
    };
    const message = client
      .createMessage()
      .setMessage([newGsm()], "TestSender", "Your order is ready")
      .setAllowedChannels(["WhatsApp"])
      .setTemplate({ whatsapp });
    expect(await sendBy(message)).toMatchObject({ status: 200, data: { errorCode: 0 } });
    expect(await newest()).toMatchObject({ channel: "WhatsApp" });
  });

  it("sends a WhatsApp list", async () => {
    const rows = [{ id: "1", title: "Bread", description: "Rye" }];
    const interactive = {
      type: "list",
      header: { type: "text", text: "Today" },
      body: { text: "What would you like?" },
      action: { button: "Choose", sections: [{ title: "Bread", rows }] },
    };
    const message = client
      .createMessage()
      .setMessage([newGsm()], "TestSender", "What would you like?")
      .setAllowedChannels(["WhatsApp"])
      .setInteractive(interactive as unknown as CMTypes.WhatsAppInteractive);
    expect(await sendBy(message)).toMatchObject({ status: 200, data: { errorCode: 0 } });
  });

  const tokens = [
    { name: "nobody has", token: "00000000-0000-4000-8000-000000000000", errorCode: 101 },
    { name: "is none", token: "my token", errorCode: 103 },
  ];
  it.each(tokens)("fails with a token that $name, and hears why", async ({ token, errorCode }) => {
    const message = new MessageApiClient(token).createMessage().setMessage([newGsm()], "TestSender", "Hello");
    expect(await refusalOf(message)).toMatchObject({ status: 400, data: { errorCode, messages: [] } });
  });

  it("fails where nobody could be sent to, and hears why of each", async () => {
    const message = client.createMessage().setMessage(["nobody"], "TestSender", "Hello");
    expect(await refusalOf(message)).toMatchObject({
      status: 400,
      data: { details: "Created 0 message(s)", errorCode: 201, messages: [{ messageErrorCode: 303 }] },
    });
  });
});
