/** Encodings, and the parts that a text may need. */

import { beforeAll, describe, expect, it } from "vitest";
import { useGateway } from "../../support/gateway.ts";
import { aMsg, newGsm, openTokenAccount, send, type TokenAccount } from "./support.ts";

const gateway = useGateway();
let shop: TokenAccount;
beforeAll(async () => {
  shop = await openTokenAccount(gateway);
});

const pair = (least: number | string, most: number | string) => ({
  minimumNumberOfMessageParts: least,
  maximumNumberOfMessageParts: most,
});
const AUTO = { type: "AUTO" };

describe("the encoding", () => {
  const cases: { name: string; content: string; type?: string; dcs?: unknown; shown: string; encoding: string }[] = [
    { name: "is GSM where nothing is said", content: "Hei på deg €", shown: "Hei på deg €", encoding: "gsm7" },
    { name: "is GSM by 0", content: "Hi", dcs: 0, shown: "Hi", encoding: "gsm7" },
    { name: "is GSM by a text of 0", content: "Hi", dcs: "0", shown: "Hi", encoding: "gsm7" },
    { name: "is never UCS-2 unasked", content: "Жук 🐞!", shown: "??? ?!", encoding: "gsm7" },
    { name: "is GSM for what is called a text", content: "Ж", type: "text", shown: "?", encoding: "gsm7" },
    { name: "is UCS-2 by 8, whatever is said", content: "Hi", dcs: 8, shown: "Hi", encoding: "ucs2" },
    { name: "is UCS-2 by a text of 8", content: "Жук 🐞", dcs: "8", shown: "Жук 🐞", encoding: "ucs2" },
    { name: "is found out with AUTO", content: "Жук", type: "AUTO", shown: "Жук", encoding: "ucs2" },
    { name: "is found out with auto", content: "Hi €", type: "auto", shown: "Hi €", encoding: "gsm7" },
    {
      name: "is binary, of hexadecimal digits",
      content: "00fF",
      type: "Binary",
      dcs: 245,
      shown: "00FF",
      encoding: "binary",
    },
    {
      name: "is found out with AUTO, whatever DCS says",
      content: "Hi",
      type: "Auto",
      dcs: 8,
      shown: "Hi",
      encoding: "gsm7",
    },
    {
      name: "is found out with AUTO, even if DCS is none",
      content: "Ж",
      type: "AUTO",
      dcs: 4,
      shown: "Ж",
      encoding: "ucs2",
    },
  ];
  it.each(cases)("$name", async ({ content, type, dcs, shown, encoding }) => {
    const gsm = newGsm();
    const msg = aMsg({ to: [{ number: gsm }], body: { content, type }, dcs });
    expect(await send(gateway, shop, msg)).toMatchObject({ errorCode: 0 });
    expect(await gateway.handset(gsm.replace("00", "+"), { wait: 20 })).toMatchObject([{ text: shown, encoding }]);
  });

  const wrong: Record<string, unknown>[] = [
    { dcs: 1 },
    { dcs: 4 },
    { dcs: 245 },
    { dcs: -8 },
    { dcs: 0.5 },
    { dcs: "eight" },
    { body: { content: "0", type: "BINARY" } },
    { body: { content: "0Z", type: "BINARY" } },
    { body: { content: "00", type: "BINARY" }, dcs: 8 },
    { body: { content: "00", type: "BINARY" }, allowedChannels: ["RCS"] },
    { body: { content: "Hi", type: "FLASH" } },
  ];
  it.each(wrong)("is refused where it is none: %j", async (more) => {
    const { messages } = await send(gateway, shop, aMsg(more));
    expect(messages).toMatchObject([{ status: "Rejected", messageErrorCode: 305, parts: 0 }]);
  });
});

describe("the parts", () => {
  const cases: { content: string; more?: Record<string, unknown>; type?: string; parts: number }[] = [
    { content: "x".repeat(160), parts: 1 },
    { content: "€".repeat(80), parts: 1 },
    { content: "x".repeat(161), more: pair(1, 8), parts: 2 },
    { content: "x".repeat(306), more: pair("1", "8"), parts: 2 },
    { content: "x".repeat(307), more: pair(1, 8), parts: 3 },
    { content: "x".repeat(39_015), more: pair(0, 255), parts: 255 },
    { content: "Hi", more: pair(3, 8), parts: 1 },
    { content: "x".repeat(161), more: { maximumNumberOfMessageParts: 2 }, parts: 2 },
    { content: "x".repeat(160), more: { minimumNumberOfMessageParts: 2 }, parts: 1 },
    { content: "x".repeat(70), more: { dcs: 8 }, parts: 1 },
    { content: "x".repeat(71), more: { dcs: 8, ...pair(1, 8) }, parts: 2 },
    { content: "x".repeat(134), more: { dcs: 8, ...pair(1, 8) }, parts: 2 },
    { content: "x".repeat(135), more: { dcs: 8, ...pair(1, 8) }, parts: 3 },
    { content: "x".repeat(161), ...AUTO, parts: 2 },
    { content: "x".repeat(1224), ...AUTO, parts: 8 },
    { content: "ж".repeat(71), ...AUTO, parts: 2 },
  ];
  it.each(cases)("of a text are counted, case %#", async ({ content, type, more, parts }) => {
    const { messages } = await send(gateway, shop, aMsg({ body: { content, type }, ...more }));
    expect(messages).toMatchObject([{ status: "Accepted", parts }]);
  });

  const tooMany: { content: string; more?: Record<string, unknown>; type?: string; need: number; most: number }[] = [
    { content: "x".repeat(161), need: 2, most: 1 },
    { content: "x".repeat(1500), need: 10, most: 1 },
    { content: "€".repeat(81), need: 2, most: 1 },
    { content: "x".repeat(71), more: { dcs: 8 }, need: 2, most: 1 },
    { content: "x".repeat(1225), more: pair(1, 8), need: 9, most: 8 },
    { content: "x".repeat(1225), ...AUTO, need: 9, most: 8 },
    { content: "ж".repeat(71), ...AUTO, more: pair(1, 1), need: 2, most: 1 },
    { content: "x".repeat(39_016), more: pair(1, 255), need: 256, most: 255 },
    { content: "Hi", more: pair(0, 0), need: 1, most: 0 },
  ];
  it.each(tooMany)("are refused where they are $need and may be $most", async ({ content, type, more, need, most }) => {
    const { status, messages } = await send(gateway, shop, aMsg({ body: { content, type }, ...more }));
    expect(status).toBe(400);
    expect(messages).toMatchObject([
      {
        status: "Rejected",
        parts: 0,
        messageErrorCode: 304,
        messageDetails: `Maximum number of parts exceeded. (need at least ${need}, max is ${most})`,
      },
    ]);
  });

  it.each([pair(9, 8), pair(1, 256), pair("one", 8), pair(1, -1), pair(1, 1.5)])("cannot be %j", async (more) => {
    const { messages } = await send(gateway, shop, aMsg(more));
    expect(messages).toMatchObject([{ status: "Rejected", messageErrorCode: 305 }]);
  });

  it("may be as many with AUTO as the account has it", async () => {
    const wordy = await openTokenAccount(gateway);
    await gateway.operator("PATCH", `/admin/v1/accounts/${wordy.account}`, { settings: { maxParts: 12 } });
    const msg = aMsg({ body: { content: "x".repeat(1225), ...AUTO } });
    expect((await send(gateway, wordy, msg)).messages).toMatchObject([{ parts: 9 }]);
  });

  it("arrive as one text", async () => {
    const gsm = newGsm();
    const content = "Tre små kinesere på Høybroplass. ".repeat(12);
    await send(gateway, shop, aMsg({ to: [{ number: gsm }], body: { content, ...AUTO } }));
    expect(await gateway.handset(gsm.replace("00", "+"), { wait: 20 })).toMatchObject([{ text: content, parts: 3 }]);
  });
});
