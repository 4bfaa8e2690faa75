import { expect, it } from "vitest";
import { type WatchPorts, watch } from "../../src/doors/smpp/watch.ts";

function ports(given: Partial<WatchPorts>): { ports: WatchPorts; again: (number | undefined)[]; faults: unknown[] } {
  const [again, faults] = [[] as (number | undefined)[], [] as unknown[]];
  return {
    again,
    faults,
    ports: {
      sessions: () => [],
      passOnLate: async () => undefined,
      again: async (at) => void again.push(at),
      wall: () => 1_000,
      fault: (error) => void faults.push(error),
      ...given,
    },
  };
}
const down = async () => {
  throw new Error("the database is down");
};

it("looks again in half a minute, also after everything went wrong", async () => {
  const broken = ports({ sessions: () => [{ tick: down }], passOnLate: down });
  await watch(broken.ports);
  expect([broken.again, broken.faults.length]).toEqual([[31_000], 2]);
  const idle = ports({ passOnLate: down });
  await watch(idle.ports);
  expect(idle.again).toEqual([31_000]);
});

it("rests when no connection is there and no part waits", async () => {
  const idle = ports({});
  await watch(idle.ports);
  expect(idle.again.at(-1)).toBeUndefined();
  const waiting = ports({ passOnLate: async () => 5_000 });
  await watch(waiting.ports);
  expect(waiting.again).toEqual([31_000]);
});

it("does not rest when a connection came meanwhile", async () => {
  const sessions: { tick(): Promise<void> }[] = [];
  const busy = ports({
    sessions: () => sessions,
    async passOnLate() {
      sessions.push({ tick: async () => {} });
      return undefined;
    },
  });
  await watch(busy.ports);
  expect(busy.again).toEqual([31_000]);
});
