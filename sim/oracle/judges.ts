/** Who judges what. */

import type { Timeline } from "../ground/timeline.ts";
import { Messages } from "./messages.ts";
import type { Oracle } from "./oracle.ts";

export type Judges = {
  messages: Messages;
};

export function judgesOf(oracle: Oracle, timeline: Timeline): Judges {
  return {
    messages: oracle.add(new Messages(oracle, timeline)),
  };
}
