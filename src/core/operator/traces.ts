/** Where what was accepted in a traced request stands. */

import type { Traceparent } from "../kernel/traces.ts";

export interface TraceStore {
  /** Of these messages and charges, those that were accepted in a request that is traced. */
  of(ids: readonly string[]): Promise<ReadonlyMap<string, Traceparent>>;
}
