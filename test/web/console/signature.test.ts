/** What the check of a signature shows: addresses without the secrets in them, as elsewhere in the console. */

import { expect, it } from "vitest";
import { signatureCheck } from "../../../src/web/console/pages/signature.tsx";

it("shows no secrets of an address, neither ours nor in the text that is signed", () => {
  const ours = "https://shop:s3cret@shop.example/reports?token=s3same&order=7";
  const done = {
    isValid: false,
    header: "x-ecdsa-signature",
    text: `post${ours}1790000000`,
    findings: [{ found: "url-differs" as const, ours, yours: "http://10.0.0.5/reports?token=s3other" }],
  };
  const shown = String(signatureCheck("/console/webhooks/whk_1", { done }));
  expect(shown).toContain("The URL differs.");
  expect(shown).toContain("order=7");
  expect(shown).not.toMatch(/s3cret|s3same|s3other/);
});

it("asks of a call by Standard Webhooks for its headers and the secret, which it never shows again", () => {
  const done = {
    isValid: false,
    header: "webhook-signature",
    findings: [{ found: "secret-differs" as const, isOf: "before" as const }],
  };
  const seen = { id: "evt_1", secret: "whsec_c2FtZQ==" };
  const shown = String(signatureCheck("/console/webhooks/whk_1", { seen, done }, "standard"));
  expect(shown).toContain('value="evt_1"');
  expect(shown).toContain("from before the last rotation");
  expect(shown).not.toContain("c2FtZQ==");
  expect(shown).not.toContain('name="url"');
});

it("keeps a line break that a body begins with, of which a browser takes away the first that it is given", () => {
  const shown = String(signatureCheck("/console/webhooks/whk_1", { seen: { body: '\n{"a":1}' } }));
  expect(shown).toMatch(/<textarea [^>]*>\n\n\{&quot;a&quot;:1\}<\/textarea>/);
});
