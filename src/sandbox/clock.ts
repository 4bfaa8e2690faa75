/** The sandbox's clock: its time, how it is moved, and when something is next due. */

import { createRoute, z } from "@hono/zod-openapi";
import { given, iso, json, makeApi, operator, refusals, Time } from "../admin/api.ts";
import { strict } from "../admin/strict.ts";
import { GatewayError } from "../core/kernel/errors.ts";
import { Forwarding } from "./forwarding.ts";
import { FaultProfile, type SandboxEnv, worldOf } from "./levers.ts";

const app = makeApi<SandboxEnv>();
export const clock = app;

const Clock = z.object({ now: z.string() }).openapi("Clock");

const ClockAhead = z
  .object({
    now: z.string(),
    aheadSeconds: z
      .number()
      .openapi({ description: "how far it is ahead of real time; less than 0 where it lies in the past" }),
    nextDue: z.string().optional().openapi({
      description: "when something is next due: a message, a webhook, a charge, a receipt; absent where nothing is",
    }),
    nextRenewal: z
      .string()
      .optional()
      .openapi({ description: "when a subscription is next charged; absent where none will be" }),
  })
  .openapi("ClockAhead");

const readClock = createRoute({
  method: "get",
  path: "/clock",
  summary: "What time it is here, and when something is next due",
  security: operator,
  responses: { 200: json(ClockAhead, "the time"), ...refusals() },
});

app.openapi(readClock, async (c) => {
  const world = worldOf(c);
  const { due, renewal } = await world.nextDue();
  const next = given({
    nextDue: due === undefined ? due : iso(due),
    nextRenewal: renewal === undefined ? renewal : iso(renewal),
  });
  return c.json({ now: iso(world.now()), aheadSeconds: seconds(world.ahead()), ...next }, 200);
});

const setClock = createRoute({
  method: "put",
  path: "/clock",
  summary: "Set the clock, without anything happening on the way",
  security: operator,
  request: { body: { required: true, ...json(strict({ now: Time }), "") } },
  responses: { 200: json(Clock, "the time"), ...refusals(400) },
});

app.openapi(setClock, async (c) => {
  await worldOf(c).moveClock(c.req.valid("json").now);
  return c.json({ now: iso(worldOf(c).now()) }, 200);
});

const Advance = strict({
  seconds: z
    .number()
    .min(0)
    .max(20 * 366 * 86_400)
    .optional(),
  to: Time.optional(),
}).refine(({ seconds, to }) => (seconds === undefined) !== (to === undefined), "give either seconds or to");

const advanceClock = createRoute({
  method: "post",
  path: "/clock/advance",
  summary: "Let time pass: everything due happens, in order, before this answers",
  security: operator,
  request: { body: { required: true, ...json(Advance, "") } },
  responses: { 200: json(Clock, "the time"), ...refusals(400) },
});

app.openapi(advanceClock, async (c) => {
  const { seconds, to } = c.req.valid("json");
  const until = to ?? (await worldOf(c).beginAdvance()) + (seconds ?? 0) * 1000;
  if (to !== undefined && to < worldOf(c).now()) {
    throw new GatewayError("bad-request", "to: lies in the past; PUT /sandbox/v1/clock sets the clock back", "to");
  }
  await worldOf(c).advance(until);
  return c.json({ now: iso(worldOf(c).now()) }, 200);
});

const Oddities = z
  .object({
    aheadSeconds: z.number().openapi({ description: "how far the clock is ahead of real time" }),
    faults: FaultProfile.openapi({ description: "the faults that are set at the simulator" }),
    forwarding: Forwarding.optional().openapi({ description: "where all webhooks go; absent: to their own addresses" }),
  })
  .openapi("Oddities");

const readOddities = createRoute({
  method: "get",
  path: "/oddities",
  summary: "What is not as it would be without the levers",
  description: "Costs little: a page may ask for it each time it is shown.",
  security: operator,
  responses: { 200: json(Oddities, "the clock's distance, the faults, and where webhooks go"), ...refusals() },
});

app.openapi(readOddities, async (c) => {
  const world = worldOf(c);
  const forwarding = world.forwarding();
  const faults = (await world.faults()) as FaultProfile;
  const told = forwarding && { ...forwarding, until: iso(forwarding.until) };
  return c.json({ aheadSeconds: seconds(world.ahead()), faults, ...given({ forwarding: told }) }, 200);
});

/** Whole seconds: the clock runs on between two reads, so a fraction would differ each time. */
function seconds(milliseconds: number): number {
  return Math.round(milliseconds / 1000);
}

export type ClockRoutes = typeof readClock | typeof setClock | typeof advanceClock | typeof readOddities;
