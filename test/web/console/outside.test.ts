/** Addresses of customers on our pages: what may be followed, and what is only shown. */

import { describe, expect, it } from "vitest";
import { outside } from "../../../src/web/console/ui/outside.tsx";

describe("an address that a customer gave", () => {
  it.each(["https://shop.example/a.pdf", "http://shop.example", "HTTPS://SHOP.EXAMPLE/"])("is a link: %s", (url) => {
    expect(String(outside(url, "Invoice"))).toBe(`<a href="${url}" rel="noreferrer">Invoice</a>`);
  });

  it.each(["javascript:alert(1)", " javascript:alert(1)", "data:text/html,<script>", "shop.example/a.pdf", "//x", ""])(
    "is shown, and leads nowhere: %s",
    (url) => {
      expect(String(outside(url, "Invoice"))).not.toContain("href");
    },
  );

  it("is escaped", () => {
    expect(String(outside('https://x/"onclick="alert(1)', "<b>"))).not.toMatch(/" ?onclick=|<b>/);
  });
});
