import { describe, expect, it } from "vitest";
import type { Window } from "../../../src/core/billing/purchases/window.ts";
import { stafettWindows } from "../../../src/dialects/stafett/windows.ts";

describe("the way back from a page of our own", () => {
  const cases = [
    { from: "https://shop.example/done/{TransactionId}", to: "https://shop.example/done/order%2F7" },
    {
      from: "https://shop.example/?t={transactionid}&u={TransactionId}",
      to: "https://shop.example/?t=order%2F7&u=order%2F7",
    },
    { from: "https://shop.example/?a=b#x", to: "https://shop.example/?a=b&id=order%2F7&status=cancelled#x" },
  ];
  it.each(cases)("leads from $from to $to", ({ from, to }) => {
    expect(stafettWindows.returnUrl({ redirectUrl: from, theirId: "order/7" } as Window, "cancelled")).toBe(to);
  });

  it("takes an id as it is, even one that looks like a pattern of replacement", () => {
    const window = { redirectUrl: "https://shop.example/{TransactionId}", theirId: "$&$1" } as Window;
    expect(stafettWindows.returnUrl(window, "success")).toBe("https://shop.example/%24%26%241");
  });
});
