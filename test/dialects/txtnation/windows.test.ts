import { describe, expect, it } from "vitest";
import type { Window } from "../../../src/core/billing/purchases/window.ts";
import { windows } from "../../../src/dialects/txtnation/windows.ts";

describe("a person who is done", () => {
  const cases = [
    { from: "https://shop.example/done", to: "https://shop.example/done?id=order%2F7&status=success" },
    { from: "https://shop.example/done?lang=no", to: "https://shop.example/done?lang=no&id=order%2F7&status=success" },
    { from: "https://shop.example/?a=b%20c&d+e", to: "https://shop.example/?a=b%20c&d+e&id=order%2F7&status=success" },
    { from: "https://shop.example/?", to: "https://shop.example/?id=order%2F7&status=success" },
    { from: "https://shop.example/#/thanks?x", to: "https://shop.example/?id=order%2F7&status=success#/thanks?x" },
  ];
  it.each(cases)("is sent from $from with id and status in its query", ({ from, to }) => {
    expect(windows.returnUrl({ redirectUrl: from, customId: "order/7", theirId: "t" } as Window, "success")).toBe(to);
  });

  it("comes with the transaction's id where the merchant gave none", () => {
    const window = { redirectUrl: "https://shop.example", theirId: "b91c5c08" } as Window;
    expect(windows.returnUrl(window, "cancelled")).toBe("https://shop.example?id=b91c5c08&status=cancelled");
  });
});
