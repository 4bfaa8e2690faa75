/** How long a message is worth delivering, in every form that the guide has. */

import { beforeAll, describe, expect, it } from "vitest";
import { toValiditySeconds } from "../../../src/dialects/cm/validity.ts";
import { useGateway } from "../../support/gateway.ts";
import { aMsg, openTokenAccount, send, sent, type TokenAccount } from "./support.ts";

const HOUR = 3600;
const at = (iso: string) => Date.parse(iso);

describe("a time", () => {
  const NOW = at("2026-07-01T10:00:00Z");
  const cases: [written: string, meant: string][] = [
    ["2026-07-01 11:50:05 GMT", "2026-07-01T11:50:05Z"],
    ["2026-07-01 11:50:05 UTC", "2026-07-01T11:50:05Z"],
    ["2026-07-01 11:50:50:05 GMT", "2026-07-01T11:50:50Z"],
    ["2026-07-01 19:50:05+8", "2026-07-01T11:50:05Z"],
    ["2026-07-01 19:50:05 +8", "2026-07-01T11:50:05Z"],
    ["2026-07-01 04:55:05-07:00", "2026-07-01T11:55:05Z"],
    ["2026-07-01 17:20:05+0530", "2026-07-01T11:50:05Z"],
    ["2026-07-01 13:50:05 GMT+2", "2026-07-01T11:50:05Z"],
    ["2026-07-01 13:50:05", "2026-07-01T11:50:05Z"],
    ["2026-07-01 13:50", "2026-07-01T11:50:00Z"],
    ["2026-07-01T11:50:05Z", "2026-07-01T11:50:05Z"],
    ["2026-07-01T11:50:05.250+00:00", "2026-07-01T11:50:05Z"],
    ["2026-07-01 13:50:05 CEST", "2026-07-01T11:50:05Z"],
    ["2026-07-01 13:50:05 Europe/Paris", "2026-07-01T11:50:05Z"],
    ["2026-07-01 7:50:05 EDT", "2026-07-01T11:50:05Z"],
    ["  2026-07-01 11:50:05 gmt  ", "2026-07-01T11:50:05Z"],
  ];
  it.each(cases)("written as %j is %s", (written, meant) => {
    expect(toValiditySeconds(written, NOW)).toBe((at(meant) - NOW) / 1000);
  });

  const central: [name: string, now: string, written: string, meant: string][] = [
    ["in winter", "2026-01-15T10:00:00Z", "2026-01-15 12:00:00", "2026-01-15T11:00:00Z"],
    ["in summer", "2026-07-15T10:00:00Z", "2026-07-15 13:00:00", "2026-07-15T11:00:00Z"],
    ["after the clocks go forward", "2026-03-29T00:00:00Z", "2026-03-29 03:30:00", "2026-03-29T01:30:00Z"],
    ["after the clocks go back", "2026-10-25T00:00:00Z", "2026-10-25 03:30:00", "2026-10-25T02:30:00Z"],
  ];
  it.each(central)("without a zone is one of Central Europe, %s", (_, now, written, meant) => {
    expect(toValiditySeconds(written, at(now))).toBe((at(meant) - at(now)) / 1000);
  });

  const spans: [written: string | undefined, seconds: number][] = [
    [undefined, 4 * HOUR],
    ["", 4 * HOUR],
    ["2h", 2 * HOUR],
    ["30m", 1800],
    ["30M", 1800],
    ["48h", 48 * HOUR],
    ["72h", 48 * HOUR],
    ["99999m", 48 * HOUR],
    ["1m", 60],
    ["2026-07-01 10:00:20 GMT", 60],
    ["2026-07-09 10:00:00 GMT", 48 * HOUR],
  ];
  it.each(spans)(
    "of %j is %i seconds: 4 hours unless it is said, 48 at most, a minute at least",
    (written, seconds) => {
      expect(toValiditySeconds(written, NOW)).toBe(seconds);
    },
  );

  const wrong = [
    ...["tomorrow", "2", "2d", "1h30m", "-2h", "0h", "h", "2026-07-01", "11:50:05", "2026-02-30 11:50:05 GMT"],
    ...["2026-07-01 25:00:00 GMT", "2026-07-01 11:50:05 Middle-earth", "2026-07-01 11:50:05+99", "01-07-2026 11:50:05"],
    ...["2026-07-01 09:59:59 GMT", "2017-04-20 11:50:05 GMT", "2026-07-01 11:59:59"],
  ];
  it.each(wrong)("is refused where it cannot be read, or is past: %s", (written) => {
    expect(() => toValiditySeconds(written, NOW)).toThrow(expect.objectContaining({ code: 305 }));
  });
});

describe("a message", () => {
  const gateway = useGateway();
  let shop: TokenAccount;
  beforeAll(async () => {
    shop = await openTokenAccount(gateway);
  });

  const seconds = ({ sendAt, expiresAt }: Record<string, unknown>) =>
    (at(String(expiresAt)) - at(String(sendAt))) / 1000;

  it("is tried for as long as it is worth it", async () => {
    expect(seconds(await sent(gateway, shop))).toBe(4 * HOUR);
    expect(seconds(await sent(gateway, shop, { validity: "90m" }))).toBe(90 * 60);
    const inTenDays = new Date((await gateway.now()) + 10 * 86_400_000).toISOString();
    // Counted from when it was read, a moment before it was accepted.
    expect(seconds(await sent(gateway, shop, { validity: inTenDays }))).toBeCloseTo(48 * HOUR, -1);
  });

  it("is refused, for each recipient, where nobody can tell how long", async () => {
    const to = [{ number: "0047910990001" }, { number: "0047910990002" }];
    const answered = await send(gateway, shop, aMsg({ to, validity: "soon" }));
    expect(answered.messages.map(({ messageErrorCode }) => messageErrorCode)).toEqual([305, 305]);
  });
});
