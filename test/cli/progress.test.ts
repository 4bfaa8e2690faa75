/** How far long work has come, as a terminal shows it. */

import { expect, it } from "vitest";
import { passed, showing } from "../../cli/progress.ts";

/** A terminal, and work that ends by itself once it was looked at so often. */
function terminalAfter(looks: number, end: { value: string } | { error: Error }) {
  const written: string[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let looked = 0;
  const look = async () => {
    looked++;
    if (looked === looks) "error" in end ? reject(end.error) : resolve(end.value);
    if (looked === 1) throw new Error("nobody answers yet");
    return `look ${looked}`;
  };
  const showingIt = () => showing(promise, look, { write: (text) => written.push(text) }, async () => {});
  return { written, showingIt };
}

it("shows how far it is while it goes on, and leaves a clean line", async () => {
  const { written, showingIt } = terminalAfter(4, { value: "done" });
  expect(await showingIt()).toBe("done");
  expect(written.join("")).toContain("\r\x1b[Klook 2\r\x1b[Klook 3");
  expect(written.at(-1)).toBe("\r\x1b[K");
});

it("leaves a clean line where the work fails, and says why", async () => {
  const { written, showingIt } = terminalAfter(2, { error: new Error("refused") });
  await expect(showingIt()).rejects.toThrow("refused");
  expect(written.at(-1)).toBe("\r\x1b[K");
});

it.each([
  ["2026-01-01T00:00:00.000Z", 0],
  ["2026-01-01T12:00:00.000Z", 50],
  ["2026-01-01T23:59:59.999Z", 99],
  ["2026-01-03T00:00:00.000Z", 100],
])("shows, at %s, that %s % of the day has passed", (now, percent) => {
  const day = Date.parse("2026-01-01T00:00:00Z");
  expect(passed(day, now, day + 86_400_000)).toBe(`${now}  ${percent} %`);
});
