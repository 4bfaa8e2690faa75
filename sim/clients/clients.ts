/** Who uses the gateway: each role is a program, or a person, that does what such programs and people do. */

import type { Role } from "../plan.ts";
import type { Stage } from "../world.ts";
import { buyer } from "./buyer.ts";
import { dob } from "./dob.ts";
import { merchant } from "./merchant.ts";
import { paid } from "./paid.ts";
import { american, person } from "./person.ts";
import { subscriber } from "./subscriber.ts";
import { target365 } from "./target365.ts";

/** Plays its part to the end. `name` tells it from others of its kind. */
export type Actor = (stage: Stage, name: string) => Promise<void>;

export const clients: Record<Role, Actor> = { target365, merchant, dob, paid, buyer, person, subscriber, american };

/** Waits as programs and people do: mostly seconds, now and then hours, seldom days. */
export async function idle({ timeline, random }: Stage, name: string): Promise<void> {
  const mean = random.pick([200, 5_000, 5_000, 60_000, 60_000, 3_600_000, 86_400_000]);
  await timeline.wait(random.wait(mean), `${name} begins something`);
}
