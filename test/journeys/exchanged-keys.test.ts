/** Keys that are exchanged while requests are repeated: each is known again. What the core promises of it: test/core/keys.test.ts. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { DEMO_API_KEY, newKey } from "../../scripts/local-settings.ts";
import { useGateway } from "../support/gateway.ts";
import { ASKS, type Asks } from "../support/keyed.ts";

/** The form of a purchase page that takes the number. */
const givesNumber = ASKS["page /:service"] as Asks;

describe("when the keys of browsers and of requests are exchanged", () => {
  const stateDir = mkdtempSync(join(tmpdir(), "stafett-keys-"));
  const [old, next] = [newKey(), newKey().replace("1:", "2:")];
  const settings: Record<string, string> = { DEMO_API_KEY, BROWSERS_KEY: old, REQUESTS_KEY: old };
  const gateway = useGateway(settings, { stateDir });
  afterAll(() => rmSync(stateDir, { recursive: true, force: true }));

  it("a form that is sent again by its Idempotency-Key gets its first answer", { timeout: 180_000 }, async () => {
    const { path, headers, body } = await givesNumber(gateway, 1);
    const send = () =>
      gateway.fetch(path, { method: "POST", headers: { ...headers, "idempotency-key": "form-1" }, body });
    const first = await send();
    expect(first.status).toBe(303);
    Object.assign(settings, { BROWSERS_KEY: `${next},${old}`, REQUESTS_KEY: `${next},${old}` });
    await gateway.restart();
    const again = await send();
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect([again.status, again.headers.get("location")]).toEqual([first.status, first.headers.get("location")]);
  });
});
