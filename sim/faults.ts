/** What may go wrong, and how often it does in one run. */

import type { Random } from "./ground/random.ts";

/** Each with the share of its occasions that it may come to: a run takes one of them, or leaves the fault out. */
export const FAULTS = {
  /** A process dies, at any of its awaits: what is written stays, what it had in memory goes. */
  crash: [0.0005, 0.002, 0.01],
  /** The object that gathers arrivals is reset; whoever waits for it is told. */
  "intake-reset": [0.002, 0.01, 0.05],
  /** A call of the database is never made. */
  "database-refuses": [0.002, 0.01, 0.05],
  /** A call is made, and committed, and the answer lost. */
  "database-answer-lost": [0.002, 0.01, 0.05],
  "database-slow": [0.002, 0.01, 0.03],
  /** A call that takes so long that whoever made it is taken for dead. */
  "database-stalls": [0.0005, 0.005, 0.02],
  "job-refused": [0.02, 0.2],
  "job-lost": [0.02, 0.2, 0.7],
  "job-doubled": [0.05, 0.3],
  "job-late": [0.05, 0.3],
  /** A batch of jobs was done, and its acknowledgement lost. */
  "job-again": [0.02, 0.2],
  "cron-skipped": [0.1, 0.5],
  "cron-doubled": [0.1, 0.5],
  "cron-late": [0.1, 0.5],
  /** A client's request never arrives; or its answer does not come back. */
  "request-lost": [0.01, 0.1],
  "answer-lost": [0.01, 0.1, 0.3],
  "client-impatient": [0.05, 0.3],
  "carrier-down": [0.01, 0.1],
  "carrier-answer-lost": [0.02, 0.1, 0.4],
  "carrier-hangs": [0.02, 0.1, 0.3],
  /** It takes its time, on the way there or back. */
  "carrier-slow": [0.1, 0.5],
  "carrier-busy": [0.02, 0.2],
  "carrier-refuses": [0.02, 0.1, 0.3],
  /** It does not give back just now. */
  "reversal-refused": [0.3, 0.6],
  /** Only a receipt will tell, though it could have told at once. */
  "carrier-tells-later": [0.1, 0.6],
  "carrier-cannot-tell": [0.2, 0.7],
  "receipt-lost": [0.02, 0.3],
  "receipt-doubled": [0.05, 0.4],
  /** What a person wrote is told once more, also much later. */
  "text-reported-again": [0.2, 0.7],
  "receipt-early": [0.05, 0.4],
  "receipt-late": [0.1, 0.6],
  "receipt-contradicts": [0.05, 0.3],
  /** The carrier that is called over HTTP is away for hours, or knows us no more; has requests that come in late; has a copy that is
   * behind; and says what is not so, in its own name and in others'. */
  "relay-down": [1],
  "relay-unknown": [1],
  "relay-lingers": [0.02, 0.1, 0.3],
  "relay-lags": [0.2, 0.7],
  "relay-lies": [0.3, 0.9],
  "receiver-refuses": [0.05, 0.4, 0.9],
  "receiver-hangs": [0.02, 0.2],
  "receiver-resets": [0.02, 0.2],
  /** It took the call, and its answer is lost. */
  "receiver-answer-lost": [0.02, 0.2],
  /** The clocks of the processes are not quite right. */
  "clock-skew": [1],
  /** Everything stands still for a while, and goes on. */
  "clock-jump": [0.0005, 0.003],
  /** A connection breaks; or what is on it is stuck for a while. */
  "line-cut": [0.002, 0.01, 0.05],
  "line-sticks": [0.005, 0.02, 0.1],
  /** The object that holds connections is reset; or has slept, and knows only what it wrote down. */
  "object-reset": [0.002, 0.01, 0.05],
  "object-sleeps": [0.05, 0.3],
  /** An SMSC tells a receipt before it has answered; answers when nobody waits any more; has no turn left; wants a new bind. */
  "smsc-tells-first": [0.1, 0.5],
  "smsc-answers-late": [0.02, 0.1],
  "smsc-throttles": [0.02, 0.2],
  "smsc-unbinds": [0.01, 0.05],
  /** A customer's program does not answer what it is told; refuses it; or sends what was not answered again. */
  "esme-silent": [0.02, 0.1],
  "esme-refuses": [0.05, 0.3],
} as const;

export type Fault = keyof typeof FAULTS;
export const FAULT_NAMES = Object.keys(FAULTS) as readonly Fault[];

/** Of each fault that is in this run, how often its occasions come to it. */
export type FaultShares = Partial<Record<Fault, number>>;

/** Leaves about half of them out: what goes wrong alone shows other things than everything at once. */
export function someFaults(random: Random): FaultShares {
  const shares: FaultShares = {};
  const most = random.pick([0.1, 0.3, 0.5, 0.7]);
  for (const fault of FAULT_NAMES) {
    const share = random.pick<number>(FAULTS[fault]);
    if (random.chance(most)) shares[fault] = share;
  }
  return shares;
}

export class Faults {
  /** Nothing goes wrong any more. */
  isCalm = false;
  /** How often each came to pass. */
  readonly counts: Partial<Record<Fault, number>> = {};
  #shares: FaultShares;
  #random: Map<Fault, Random>;

  constructor(shares: FaultShares, random: Random) {
    this.#shares = shares;
    this.#random = new Map(FAULT_NAMES.map((fault) => [fault, random.fork(fault)]));
  }

  /** Whether it goes wrong this time. */
  hits(fault: Fault): boolean {
    const share = this.#shares[fault];
    if (this.isCalm || share === undefined || !this.#random.get(fault)?.chance(share)) return false;
    this.counts[fault] = (this.counts[fault] ?? 0) + 1;
    return true;
  }

  has(fault: Fault): boolean {
    return this.#shares[fault] !== undefined;
  }
}
