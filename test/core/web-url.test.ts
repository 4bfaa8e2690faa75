/** Addresses that are given to us: each has a form that a header can carry, or is refused. */

import { describe, expect, it } from "vitest";
import { webUrl } from "../../src/core/kernel/web-url.ts";

describe("an address", () => {
  it.each([
    ["https://shop.example", "https://shop.example/"],
    ["HTTPS://Shop.Example:443/Done?A=b#C", "https://shop.example/Done?A=b#C"],
    ["http://127.0.0.1:9000/reports", "http://127.0.0.1:9000/reports"],
    ["https://shop.example/takk/å", "https://shop.example/takk/%C3%A5"],
    ["https://blåbær.example/", "https://xn--blbr-roah.example/"],
    ["https://shop.example/a b?c=d e", "https://shop.example/a%20b?c=d%20e"],
    ["https://shop.example/done?id={TransactionId}", "https://shop.example/done?id={TransactionId}"],
    ["https://shop.example/{TransactionId}/done", "https://shop.example/{TransactionId}/done"],
    ["https://shop.example/%7BTransactionId%7D/done", "https://shop.example/%7BTransactionId%7D/done"],
    ["https://shop.example/\ud800", "https://shop.example/%EF%BF%BD"],
  ])("%s is called as %s, and again so", (given, stored) => {
    expect(webUrl(given)).toBe(stored);
    expect(webUrl(stored)).toBe(stored);
  });

  it.each(
    [
      "",
      "/done",
      "shop.example",
      "https:shop.example",
      "https://",
      " https://shop.example/",
      "ftp://shop.example/",
      "javascript:alert(1)",
      "https://me:secret@shop.example/",
      "https://me@shop.example/",
      "https://:secret@shop.example/",
      "http://x.example/\r\nSet-Cookie: a=b",
      "http://x.example/\n",
      "http://x.example/\t",
      "ht\ntp://x.example/",
      "http://x.example/\u0000",
      "http://x.example/\u007f",
      "http://x.example/\u0085",
    ].map((given) => [JSON.stringify(given), given] as const),
  )("%s is refused", (_, given) => {
    expect(webUrl(given)).toBeUndefined();
  });
});
