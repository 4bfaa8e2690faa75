/** Texts of one system_id, accepted in groups. */

import { describe, expect, it } from "vitest";
import type { Caller } from "../../src/core/accounts/account.ts";
import { OverLimit } from "../../src/core/accounts/limits.ts";
import { GatewayError } from "../../src/core/kernel/errors.ts";
import type { NewMessage } from "../../src/core/messages/new-message.ts";
import { takingInGroups } from "../../src/doors/smpp/taking.ts";

const callerOf = (id: string) => ({ account: { id } }) as unknown as Caller;
const text = (recipient: string) => ({ recipient }) as NewMessage;

/** A gateway that takes what it is told to, and writes down each call. */
function world({ room = Number.POSITIVE_INFINITY, isDown = false, isDownFor = "" } = {}) {
  const calls: string[] = [];
  const groups: (() => void)[] = [];
  let left = room;
  let isHeld = false;
  const judged = (recipient: string) =>
    recipient.startsWith("bad") ? new GatewayError("bad-number", recipient, "recipient") : undefined;
  const take = takingInGroups(() => ({
    async accept(_: Caller, { recipient }: NewMessage) {
      calls.push(recipient);
      if (left < 1) throw new OverLimit("too fast", 1);
      left -= 1;
      return {} as never;
    },
    async acceptEach(caller: Caller, wanted: readonly (NewMessage | GatewayError)[], options?: object) {
      const recipients = (wanted as NewMessage[]).map(({ recipient }) => recipient);
      calls.push(`${caller.account.id}: ${recipients.join(" ")} ${JSON.stringify(options)}`);
      if (isHeld) await new Promise<void>((go) => groups.push(go));
      if (isDown || caller.account.id === isDownFor) throw new Error("the database is down");
      if (recipients.length > left) throw new OverLimit("too fast", 1);
      left -= recipients.length;
      return recipients.map((recipient) => {
        const error = judged(recipient);
        return error ? { outcome: "refused" as const, error } : { outcome: "accepted" as const, message: {} as never };
      });
    },
  }));
  const givenUp = new Set<string>();
  const outcomes = (caller: Caller, ...recipients: string[]) =>
    Promise.all(
      recipients.map((recipient) =>
        take(caller, text(recipient), () => givenUp.has(recipient)).then(
          () => "taken",
          (error: Error) => error.message,
        ),
      ),
    );
  return {
    calls,
    outcomes,
    givenUp,
    hold: () => {
      isHeld = true;
    },
    release: () => {
      isHeld = false;
      for (const go of groups.splice(0)) go();
    },
  };
}
const acme = callerOf("acme");

describe("texts of one system_id", () => {
  it("are accepted together, and one that is refused does not touch the others", async () => {
    const { outcomes, calls } = world();
    expect(await outcomes(acme, "one", "bad", "two")).toEqual(["taken", "bad", "taken"]);
    expect(calls).toEqual(['acme: one bad two {"together":1}']);
  });

  it("gather while others are being written, and none is answered for before its own are", async () => {
    const { outcomes, calls, hold, release } = world();
    hold();
    let isAnswered = false;
    const first = outcomes(acme, "one").then(() => {
      isAnswered = true;
    });
    await expect.poll(() => calls.length).toBe(1);
    const more = outcomes(acme, "two", "three");
    await new Promise((next) => setTimeout(next, 5));
    expect(calls).toHaveLength(1);
    expect(isAnswered).toBe(false);
    release();
    await Promise.all([first, more]);
    expect(calls[1]).toBe('acme: two three {"together":1}');
  });

  it("are not accepted that were given up before their turn to be written came", async () => {
    const { outcomes, calls, givenUp, hold, release } = world();
    hold();
    const first = outcomes(acme, "one");
    await expect.poll(() => calls.length).toBe(1);
    const more = outcomes(acme, "two", "three");
    // What is being written cannot be called back.
    for (const recipient of ["one", "two"]) givenUp.add(recipient);
    release();
    expect(await first).toEqual(["taken"]);
    expect(await more).toEqual(["its connection ended before it was taken", "taken"]);
    expect(calls.slice(1)).toEqual(['acme: three {"together":1}']);
  });

  it("are taken as far as there is room, in the order they came", async () => {
    const { outcomes } = world({ room: 2 });
    expect(await outcomes(acme, "one", "two", "three")).toEqual(["taken", "taken", "too fast"]);
  });

  it("all come to nothing where they could not be stored", async () => {
    const { outcomes } = world({ isDown: true });
    expect(await outcomes(acme, "one", "two")).toEqual(["the database is down", "the database is down"]);
  });

  it("are accepted for whoever sent each", async () => {
    const { outcomes, calls } = world();
    await Promise.all([outcomes(acme, "one"), outcomes(callerOf("bolt"), "two")]);
    expect(calls).toEqual(['acme: one {"together":1}', 'bolt: two {"together":1}']);
  });

  it("that could not be stored do not touch those of another", async () => {
    const { outcomes } = world({ isDownFor: "bolt" });
    const [own, others] = await Promise.all([outcomes(acme, "one"), outcomes(callerOf("bolt"), "two")]);
    expect(own).toEqual(["taken"]);
    expect(others).toEqual(["the database is down"]);
  });
});
