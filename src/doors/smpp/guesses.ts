/** Wrong passwords for one system_id: after a few from one network, or many from anywhere, none is looked at for a while. */

import { networkOf } from "../../adapters/client-address.ts";
import type { Guesses } from "./contract.ts";

const MINUTE = 60_000;
const MOST_FROM_ONE = 5;
const MOST = 60;

export function makeGuesses(): Guesses {
  let wrong: { network: string; at: number }[] = [];
  const lately = (now: number) => {
    wrong = wrong.filter(({ at }) => now - at < MINUTE);
    return wrong;
  };
  return {
    isTooMany(address, now) {
      const network = networkOf(address);
      const all = lately(now);
      return all.length >= MOST || all.filter((one) => one.network === network).length >= MOST_FROM_ONE;
    },
    wrong(address, now) {
      lately(now).push({ network: networkOf(address), at: now });
    },
  };
}
