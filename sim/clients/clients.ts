/** Who uses the gateway: each role is a program, or a person, that does what such programs and people do. */

import type { Role } from "../plan.ts";
import type { Stage } from "../world.ts";
import { agreed } from "./agreed.ts";
import { asked } from "./asked.ts";
import { buyer } from "./buyer.ts";
import { campaigner } from "./campaigner.ts";
import { cm } from "./cm.ts";
import { dob } from "./dob.ts";
import { esme } from "./esme.ts";
import { flowroute } from "./flowroute.ts";
import { guarded } from "./guarded.ts";
import { hooked } from "./hooked.ts";
import { keeper } from "./keeper.ts";
import { keyed } from "./keyed.ts";
import { keywords } from "./keywords.ts";
import { limited } from "./limited.ts";
import { marketer } from "./marketer.ts";
import { merchant } from "./merchant.ts";
import { operator } from "./operator.ts";
import { paid } from "./paid.ts";
import { american, person } from "./person.ts";
import { pincodes } from "./pincodes.ts";
import { snoop } from "./snoop.ts";
import { stranger } from "./stranger.ts";
import { subscriber } from "./subscriber.ts";
import { target365 } from "./target365.ts";
import { texter } from "./texter.ts";
import { txtnation } from "./txtnation.ts";

/** Plays its part to the end. `name` tells it from others of its kind. */
export type Actor = (stage: Stage, name: string) => Promise<void>;

export const clients: Record<Role, Actor> = {
  target365,
  txtnation,
  cm,
  flowroute,
  snoop,
  merchant,
  dob,
  paid,
  agreed,
  asked,
  pincodes,
  buyer,
  person,
  stranger,
  subscriber,
  american,
  keywords,
  operator,
  limited,
  guarded,
  marketer,
  campaigner,
  esme,
  texter,
  keyed,
  hooked,
  keeper,
};

/** Waits as programs and people do: mostly seconds, now and then hours, seldom days. */
export async function idle({ timeline, random }: Stage, name: string): Promise<void> {
  const mean = random.pick([200, 5_000, 5_000, 60_000, 60_000, 3_600_000, 86_400_000]);
  await timeline.wait(random.wait(mean), `${name} begins something`);
}
