/** The request, or the batch of jobs, that the code is at work for just now: its id stands in each line of the log. */

import { AsyncLocalStorage } from "node:async_hooks";
import type { Place } from "../core/kernel/traceparent.ts";

/** `place`: where in a trace it stands, if it is traced. */
type Running = { requestId: string; place?: Place };

const running = new AsyncLocalStorage<Running>();

/** Whatever the work does, also later and beside its answer, is done for this. */
export function runningFor<T>(what: Running, work: () => T): T {
  return running.run(what, work);
}

/** Undefined outside of any: as in an object that writes for many requests at once. */
export function runsFor(): Running | undefined {
  return running.getStore();
}

/** Work that no request asked for: a batch of jobs, a minute, an alarm. It has an id of its own, unless it is a part of something. */
export function runningAlone<T>(work: () => T): T {
  return runsFor() ? work() : runningFor({ requestId: requestIdOf() }, work);
}

/** Does work at a place in a trace. */
export function runningAt<T>(place: Place, work: () => T): T {
  return runningFor({ requestId: runsFor()?.requestId ?? requestIdOf(), place }, work);
}

/** With a letter: digits alone may be a phone number, and the log masks them. */
const WELL_FORMED = /^(?=.*[A-Za-z])[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

/** @param given what the client calls its request; anything that is no plain name is not taken up */
export function requestIdOf(given?: string): string {
  return given !== undefined && WELL_FORMED.test(given) ? given : crypto.randomUUID();
}
