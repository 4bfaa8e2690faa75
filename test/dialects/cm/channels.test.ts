/** The channels a message may go by, and how clients write them. */

import { describe, expect, it } from "vitest";
import { toChannels } from "../../../src/dialects/cm/channels.ts";
import { MessageError } from "../../../src/dialects/cm/errors.ts";

describe("allowed channels", () => {
  const GUIDE = ["SMS", "WhatsApp", "WeChat", "Push", "RCS", "Viber", "Voice", "iMessage", "Line", "Twitter"];
  const LONGER = ["Apple Messages for Business", "Apple Business Chat", "MobilePush", "Facebook Messenger"];
  const LAST = ["Google Business Messages", "Instagram", "Telegram Messenger"];

  it("keep the guide's names, in their order", () => {
    expect(toChannels([...GUIDE, ...LONGER, ...LAST])).toEqual([...GUIDE, ...LONGER, ...LAST]);
  });

  const written = [
    { as: "sms", is: "SMS" },
    { as: " SMS", is: "SMS" },
    { as: "Whatsapp", is: "WhatsApp" },
    { as: "push", is: "Push" },
    { as: "AppleBusinessChat", is: "Apple Business Chat" },
    { as: "FacebookMessenger", is: "Facebook Messenger" },
    { as: "GoogleBusinessMessages", is: "Google Business Messages" },
    { as: "Telegram", is: "Telegram Messenger" },
    { as: "telegrammessenger", is: "Telegram Messenger" },
    { as: "IMESSAGE", is: "iMessage" },
  ];
  it.each(written)("may be written as $as", ({ as, is }) => {
    expect(toChannels([as])).toEqual([is]);
  });

  it("count once, however often they are written", () => {
    expect(toChannels(["SMS", "sms", "RCS"])).toEqual(["SMS", "RCS"]);
  });

  it.each([[undefined], [[]]])("are all of them for %j", (names) => {
    expect(toChannels(names)).toBeUndefined();
  });

  it.each(["Pigeon", "", "S-M-S", "constructor", "__proto__"])("are refused for %j", (name) => {
    const refused = expect(() => toChannels(["SMS", name]));
    refused.toThrow(MessageError);
    refused.toThrow(expect.objectContaining({ code: 305, message: expect.stringContaining("is unknown") }));
  });
});
