/** The log: lines go out together, and none is lost with the request that was to write it. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { makeLog } from "../../src/adapters/log.ts";

describe("the log", () => {
  let written: string[];
  const names = () => written.flatMap((piece) => piece.split("\n")).map((line) => JSON.parse(line).event);
  const log = makeLog(
    () => 0,
    () => {},
  );

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
    // Whatever an earlier test had written is long ago.
    vi.setSystemTime(Date.now() + 3_600_000);
    written = [];
    vi.spyOn(console, "log").mockImplementation((piece: string) => void written.push(piece));
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it("writes at once where nothing was written lately, and what comes soon after that together", async () => {
    log.event("first", {});
    await vi.advanceTimersByTimeAsync(0);
    expect(names()).toEqual(["first"]);
    for (const name of ["second", "third"]) log.event(name, {});
    await vi.advanceTimersByTimeAsync(0);
    expect(written).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(100);
    expect(written).toHaveLength(2);
    expect(names()).toEqual(["first", "second", "third"]);
  });

  it("goes on where the request that was to write is cancelled, and loses none of its lines", async () => {
    vi.setSystemTime(Date.now() + 7_200_000);
    log.event("first", {});
    await vi.advanceTimersByTimeAsync(0);
    const timer = vi.spyOn(globalThis, "setTimeout").mockReturnValue(0 as never); // it is cancelled with its request
    log.event("second", {});
    timer.mockRestore();
    log.event("third", {});
    await vi.advanceTimersByTimeAsync(1_000);
    expect(names()).toEqual(["first"]);
    log.event("fourth", {});
    await vi.advanceTimersByTimeAsync(0);
    expect(names()).toEqual(["first", "second", "third", "fourth"]);
    await vi.advanceTimersByTimeAsync(1_000);
    log.event("fifth", {});
    await vi.advanceTimersByTimeAsync(0);
    expect(names().at(-1)).toBe("fifth");
  });

  it("is a line of JSON for each event, with its time in UTC, whatever is in it", async () => {
    log.event("first", { said: 'one\ntwo\r\n{"event":"forged"}\u2028' });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(written.flatMap((piece) => piece.split("\n")).map((line) => JSON.parse(line))).toEqual([
      { at: "1970-01-01T00:00:00.000Z", event: "first", said: 'one\ntwo\r\n{"event":"forged"}\u2028' },
    ]);
  });

  it("has no number of a person and no secret, at whatever depth they are given", async () => {
    const number = "+4798079008";
    const fields = {
      recipient: number,
      why: `to ${number}: no`,
      as: "980 79 008",
      list: [{ number, apiKey: "a-key" }],
    };
    log.event("first", { ...fields, token: "a-token", pin: 1234 });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(written.join()).not.toMatch(/79008|79 008|a-key|a-token|1234/);
    expect(written.join()).toContain("+47******08");
  });
});
