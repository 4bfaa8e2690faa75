/** The page that lasts as long as the work it is about. */

import { describe, expect, it } from "vitest";
import { ApiError } from "../../../src/web/console/api.ts";
import { soon, stepsOf } from "../../../src/web/console/ui/long-work.tsx";

const about = { to: "/done", back: "/back", fault: () => "flt_1" };
const never = () => new Promise<void>(() => {});
const at = (share: number) => async () => ({ share, said: `${share * 100} %` });

async function all(steps: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const step of steps) found.push(step);
  return found;
}

describe("a page of long work", () => {
  it("says how far it is again and again, and leads on when it is done", async () => {
    const shares = [0, 0.415, 2];
    let end = () => {};
    const work = new Promise<void>((resolve) => {
      end = resolve;
    });
    const look = async () => {
      const share = shares.shift() ?? 1;
      if (shares.length === 0) end();
      return { share, said: `round ${3 - shares.length}` };
    };
    const steps = await all(stepsOf(work, { ...about, look }, async () => {}));
    expect(steps.map((step) => /value="(\d+)"/.exec(step)?.[1])).toEqual(["0", "41", "100", undefined]);
    expect(steps[1]).toContain("round 2");
    expect(steps[3]).toContain('<meta http-equiv="refresh" content="0;url=/done"/>');
  });

  it("goes on though it cannot tell how far it is", async () => {
    const look = () => Promise.reject(new Error("busy"));
    const steps = await all(stepsOf(Promise.resolve(), { ...about, look }, never));
    expect(steps).toHaveLength(1);
    expect(steps[0]).toContain('href="/done"');
  });

  it.each([
    { what: "a refusal", error: new ApiError(409, "another is under way"), said: "another is under way" },
    { what: "a fault", error: new Error("secret"), said: "Error id: flt_1." },
  ])("ends with $what in words, and a way back", async ({ error, said }) => {
    const work = Promise.reject(error);
    const steps = await all(stepsOf(work, { ...about, look: at(0) }, never));
    const last = steps.at(-1) ?? "";
    expect(last).toContain(said);
    expect(last).toContain('href="/back"');
    expect(last).not.toContain("secret");
    expect(last).not.toContain("refresh");
  });

  it("is not shown for what is done at once", async () => {
    expect(await soon(Promise.resolve({ now: 1 }), never)).toEqual({ now: 1 });
    expect(await soon(new Promise<object>(() => {}), async () => {})).toBeUndefined();
  });
});
