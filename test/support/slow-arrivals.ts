/** Writing arrivals as a database under load does it: each group takes a while. */

import * as real from "../../src/store/messaging/arrivals.ts";

export * from "../../src/store/messaging/arrivals.ts";

/** Longer than anything else that a request has under way while it waits. Milliseconds. */
const A_WHILE = 300;

export const writeArrivals: typeof real.writeArrivals = async (db, arrivals) => {
  await new Promise<void>((next) => setTimeout(next, A_WHILE));
  return await real.writeArrivals(db, arrivals);
};
