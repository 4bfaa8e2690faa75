import { describe, expect, it } from "vitest";
import { sha256 } from "../../../src/dialects/read.ts";
import { credentials } from "../../../src/dialects/txtnation/credentials.ts";

const random = (count: number) => crypto.getRandomValues(new Uint8Array(count));

describe("a campaign's key", () => {
  it("is 32 hexadecimal digits, another each time, and kept as its hash", async () => {
    const [one, other] = [
      await credentials.campaign?.make({ name: "shop", settings: {}, random }),
      await credentials.campaign?.make({ name: "shop", settings: {}, random }),
    ];
    expect(one?.secret).toMatch(/^[0-9a-f]{32}$/);
    expect(one?.secret).not.toBe(other?.secret);
    expect(one?.secretHash).toBe(await sha256(one?.secret ?? ""));
  });

  it("may be brought along, in capitals or not", async () => {
    const secret = "0123456789ABCDEF0123456789abcdef";
    expect(await credentials.campaign?.make({ name: "shop", secret, settings: {}, random })).toEqual({
      secret,
      secretHash: await sha256(secret),
    });
  });
});
