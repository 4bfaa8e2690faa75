import fc from "fast-check";
import { expect, it } from "vitest";
import { momentOf, toAbsolute, toRelative } from "../../src/smpp/times.ts";

const NOW = Date.UTC(2026, 10, 29, 6, 0, 0);

it.each([
  ["261128193826000+", Date.UTC(2026, 10, 28, 19, 38, 26)],
  ["261128193826504+", Date.UTC(2026, 10, 28, 18, 38, 26, 500)],
  ["261128193826004-", Date.UTC(2026, 10, 28, 20, 38, 26)],
  ["000000020000000R", NOW + 2 * 3_600_000],
  ["000002000000000R", NOW + 2 * 86_400_000],
  ["000300000000000R", Date.UTC(2027, 1, 28, 6)],
  ["991231235959000+", Date.UTC(1999, 11, 31, 23, 59, 59)],
  ["260230000000000+", undefined],
  ["261328193826000+", undefined],
  ["261128253826000+", undefined],
  ["261128193826049+", undefined],
  ["2611281938260", undefined],
  ["", undefined],
])("reads %s", (written, at) => {
  expect(momentOf(written, NOW)).toBe(at);
});

it("reads back what it wrote, to the second", () => {
  fc.assert(
    fc.property(fc.integer({ min: 946_684_800, max: 2_145_916_799 }), (second) => {
      expect(momentOf(toAbsolute(second * 1000), NOW)).toBe(second * 1000);
    }),
  );
  fc.assert(
    fc.property(fc.nat(99 * 86_400), (seconds) => {
      expect(momentOf(toRelative(seconds), NOW)).toBe(NOW + seconds * 1000);
    }),
  );
});
