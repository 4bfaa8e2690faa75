/**
 * A circuit breaker. A carrier whose answers are lost gets no messages and no charges for a while: the fate of each would be unknown.
 * Another carrier may take the messages; the charges wait. Its return is tested by a health check, and then with one of them. Where
 * none comes for a while, the health check alone has to do.
 */

import type { Billing, ChargeResult } from "../billing/charges/carrier.ts";

import type { Log } from "../kernel/ports.ts";
import { BREAKER_LIMIT, CARRIER_LIMIT, type Carrier, type CarrierHealth, LOST, type SubmitResult } from "./carrier.ts";
import type { Outage, OutageStore } from "./outage.ts";

/** So many lost answers in a row, in one place, open the breaker everywhere. */
const LOST_IN_A_ROW = 5;
/** How long the breaker stays open at first, and at most: twice as long after each trial that fails. Milliseconds. */
const FIRST_WAIT = 5_000;
const LONGEST_WAIT = 60_000;
/** How long a trial may take: a health check, and a text. Then another place may try. Milliseconds. */
const TRIAL_LIMIT = 2 * CARRIER_LIMIT;
/** When nothing has tried it for so long after it might have been tried, nothing comes for it. Milliseconds. */
const QUIET = 30_000;

type Guarded = Omit<Carrier, "health"> & { health(): Promise<CarrierHealth> };
type Result = SubmitResult | ChargeResult;
type PassedOver = { outcome: "busy"; isDown: true; retryAfterSeconds: number };
/** One kind of call to the carrier: one answer each, in order. `lost` is what a call came to that threw. */
type Call<Item, Answer> = { ask(items: readonly Item[]): Promise<Answer[]>; lost(): Answer };
type Given = {
  now: () => number;
  /** Epoch ms of real time. */
  wall: () => number;
  log: Log;
  /** What is known of outages here, by carrier: a few seconds old. What happens here is written into it. */
  known: Map<string, Outage>;
  outages: OutageStore;
};

/** The same carrier, guarded. Lost answers are counted by each place; that it is down, all places know within seconds. */
export function withBreaker<C extends Guarded>(
  carrier: C,
  { now, wall, log, known, outages }: Given,
): C & Required<Pick<Carrier, "lookAgain">> {
  const { name } = carrier;
  let lost = 0;

  const outage = () => {
    const is = known.get(name);
    return is?.state === "up" ? undefined : is;
  };

  /** The database may be away: then this place knows by itself, and what is handed over is not lost for that. */
  const write = <Answer>(written: Promise<Answer>) =>
    written.catch((error: unknown) => {
      log.event("carrier.outage_unwritten", { carrier: name, error: String(error) });
      return undefined;
    });

  const close = async (open: Outage) => {
    known.set(name, { ...open, state: "up", since: now() });
    if (await write(outages.end(name, now()))) log.event("carrier.up", { carrier: name });
  };

  const heed = async (results: readonly Result[]) => {
    const answers = results.filter(wasAsked);
    if (answers.length === 0) return;
    for (const { outcome } of answers) lost = outcome === "unknown" ? lost + 1 : 0;
    const [open, lostAnswers] = [outage(), lost];
    // What was lost before an outage, or in it, does not count again when the outage is over.
    if (open || lost >= LOST_IN_A_ROW) lost = 0;
    if (lostAnswers === 0 && open) {
      await close(open);
    } else if (lostAnswers >= LOST_IN_A_ROW && !open) {
      const begun = { carrier: name, since: now(), until: now() + FIRST_WAIT, wait: FIRST_WAIT };
      known.set(name, { ...begun, state: "down" });
      if (await write(outages.begin(begun))) log.event("carrier.down", { carrier: name, lostAnswers });
    }
  };

  /** @param times how many times as long as before */
  const stayAway = async (times: number) => {
    const open = outage();
    if (!open) return;
    const wait = Math.min(LONGEST_WAIT, open.wait * times);
    known.set(name, { ...open, state: "down", until: now() + wait, wait });
    await write(outages.prolong(name, now() + wait, wait));
  };

  /** How long it is still open; a clock that was set back does not make that longer. Milliseconds. */
  const waitLeft = ({ until, wait, state }: Outage) =>
    Math.min(state === "probing" ? TRIAL_LIMIT : wait, until - now());

  const passedOver = (items: readonly unknown[]): PassedOver[] => {
    const open = outage();
    const retryAfterSeconds = Math.max(1, Math.ceil((open ? waitLeft(open) : 0) / 1000));
    return items.map(() => ({ outcome: "busy", isDown: true, retryAfterSeconds }));
  };

  const isMyTrial = async (open: Outage) => {
    const end = now() + TRIAL_LIMIT;
    // Whoever asks next here is passed over, before the database has answered.
    known.set(name, { ...open, state: "probing", until: end });
    return (await write(outages.claimTrial(name, now(), end))) === true;
  };

  /** One of them, if its health check says that it is up. @param latest by when it must be handed over, epoch ms of real time */
  const attempt = async <Item, Answer extends Result>(
    items: readonly Item[],
    { ask, lost }: Call<Item, Answer>,
    latest: number,
  ): Promise<(Answer | PassedOver)[]> => {
    const [first, ...rest] = items;
    const isWell = (await carrier.health()).state !== "down";
    const isLate = wall() > latest;
    if (first === undefined || !isWell || isLate) {
      await stayAway(isWell ? 1 : 2);
      return passedOver(items);
    }
    const [result = lost()] = await ask([first]).catch(() => [lost()]);
    await heed([result]);
    await stayAway(wasAsked(result) ? 2 : 1);
    return [result, ...passedOver(rest)];
  };

  const guarded = async <Item, Answer extends Result>(
    items: readonly Item[],
    call: Call<Item, Answer>,
  ): Promise<(Answer | PassedOver)[]> => {
    const open = outage();
    if (open) {
      lost = 0;
      const latest = wall() + BREAKER_LIMIT;
      if (waitLeft(open) > 0 || !(await isMyTrial(open))) return passedOver(items);
      return attempt(items, call, latest);
    }
    try {
      const results = await call.ask(items);
      await heed(results);
      return results;
    } catch (error) {
      await heed(items.map(() => LOST));
      throw error;
    }
  };

  return {
    ...carrier,
    ...(carrier.billing ? { billing: billingBehind(carrier.billing, guarded, wall) } : {}),

    submit: (messages) => guarded(messages, { ask: (some) => carrier.submit(some), lost: () => LOST }),

    async lookAgain() {
      const open = outage();
      if (!open || now() - open.until < QUIET || !(await isMyTrial(open))) return;
      if ((await carrier.health()).state === "down") await stayAway(2);
      else await close(open);
    },

    async health() {
      const open = outage();
      if (!open) return carrier.health();
      const { state, since, until } = open;
      if (state === "probing") return { state, since, reason: "its answers were lost; it is being tried" };
      const again = new Date(until).toISOString().replace(/\.\d+Z$/, "Z");
      return { state: "down", since, reason: `its answers are lost; it is tried again after ${again}` };
    },
  };
}

type Guard = <Item, Answer extends Result>(
  items: readonly Item[],
  call: Call<Item, Answer>,
) => Promise<(Answer | PassedOver)[]>;

/** The same, guarded where it bills and gives back. A charge that is lost may reach the carrier for as long as a call may take. */
function billingBehind(billing: Billing, guarded: Guard, wall: () => number): Billing {
  const lost = (): ChargeResult => ({ ...LOST, inHandUntil: wall() + CARRIER_LIMIT });
  return {
    ...billing,
    charge: (charges) => guarded(charges, { ask: (some) => billing.charge(some), lost }),
    reverse: (reversals) => guarded(reversals, { ask: (some) => billing.reverse(some), lost }),
  };
}

/** One that was put off for want of time, or of room, tells nothing of the carrier. */
function wasAsked(result: Result): boolean {
  return result.outcome !== "busy" || !result.isUntried;
}
