/** The second wall before private addresses: it does not trust the first, which has judged the URL already. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { publicOnly } from "../../scripts/public-only.ts";

describe("a call that the Worker should not have let out", () => {
  let calls = 0;
  const server = createServer((_, answer) => {
    calls++;
    answer.end("inside");
  });
  beforeAll(() => new Promise<void>((done) => server.listen(0, "127.0.0.1", done)));
  afterAll(() => new Promise((done) => server.close(done)));

  it.each(["127.0.0.1", "2130706433", "[::ffff:127.0.0.1]", "localhost"])("does not reach %s", async (host) => {
    const { port } = server.address() as AddressInfo;
    const asked = new Request(`http://${host}:${port}/`);
    await expect(publicOnly(asked)).rejects.toThrow(/not a public (address|name)/);
    expect(calls).toBe(0);
  });
});
