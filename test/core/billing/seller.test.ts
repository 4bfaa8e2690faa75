/** Where a seller's terms and contact lead: what a page may link, and what it may not. */

import { describe, expect, it } from "vitest";
import { checkSellerLinks, contactUrl, httpsUrl } from "../../../src/core/billing/seller.ts";

describe("a contact", () => {
  it.each([
    ["+47 22 00 00 00", "tel:+4722000000"],
    ["02002", "tel:02002"],
    ["(08) 123-456 78", undefined],
    ["08-123 456 78", "tel:0812345678"],
    ["+46 (0)8 123 456", "tel:+4608123456"],
    ["post@butikk.no", "mailto:post@butikk.no"],
    ["hjelp+kjøp@blåbær.example", "mailto:hjelp+kjøp@blåbær.example"],
    ["https://Shop.example/help", "https://shop.example/help"],
    ["12", undefined],
    ["+47 22 00 00 00 00 00 00 00", undefined],
    ["post@butikk", undefined],
    ["post@butikk.no?bcc=others@example.org", undefined],
    ["post@butikk.no, others@example.org", undefined],
    ["http://shop.example/help", undefined],
    ["https://user:password@shop.example/", undefined],
    ["https://shop.example/\nhelp", undefined],
    ["javascript:alert(1)", undefined],
    ["Call us", undefined],
    ["", undefined],
  ])("%j leads to %s", (contact, url) => {
    expect(contactUrl(contact)).toBe(url);
    if (url === undefined) expect(() => checkSellerLinks({ contact })).toThrow(/^contact: must be/);
    else checkSellerLinks({ contact });
  });
});

describe("terms", () => {
  it.each([
    ["https://shop.example/terms?in=nb", "https://shop.example/terms?in=nb"],
    ["http://shop.example/terms", undefined],
    ["shop.example/terms", undefined],
    ["data:text/html,terms", undefined],
  ])("at %j are at %s", (termsUrl, url) => {
    expect(httpsUrl(termsUrl)).toBe(url);
    if (url === undefined) expect(() => checkSellerLinks({ termsUrl })).toThrow(/^termsUrl: must be/);
    else checkSellerLinks({ termsUrl });
  });
});
