/** The sandbox as one file: saved, and put in the place of another, here or on another machine. */

import { createRoute, z } from "@hono/zod-openapi";
import { json, makeApi, operator, refusals } from "../admin/api.ts";
import { strict } from "../admin/strict.ts";
import { type SandboxEnv, worldOf } from "./levers.ts";

const app = makeApi<SandboxEnv>();
export const snapshot = app;

/** It must fit into a request again. Bytes. */
export const LARGEST_SNAPSHOT = 8_000_000;

const Rows = strict({
  columns: z.array(z.string()),
  rows: z.array(z.array(z.union([z.string(), z.number(), z.null()]))),
}).openapi("SnapshotRows");

export const Snapshot = strict({
  stafett: z.literal(1).openapi({ description: "the form of this file" }),
  schema: z.string().openapi({ description: "the last migration of the database that it is of" }),
  now: z.iso.datetime().openapi({ description: "the time there, which goes on from it" }),
  tables: z.record(z.string(), Rows),
  network: z
    .record(z.string(), Rows)
    .openapi({ description: "the simulated network: handsets, wallets, receipts to come" }),
  givenUp: z
    .record(z.string(), z.string())
    .default({})
    .openapi({ description: "numbers that the demo account gave up, and to which account" }),
}).openapi("Snapshot");
export type Snapshot = z.output<typeof Snapshot>;

const saveSnapshot = createRoute({
  method: "get",
  path: "/snapshot",
  summary: "Save the whole sandbox as one document",
  description:
    "Accounts, messages, charges, subscriptions, handsets and the clock. Operators' tokens, sessions and the audit log are left " +
    "out. It holds the texts and numbers of the sandbox, so a viewer's token may not ask for it. Up to 8 MB; a sandbox that is larger is refused.",
  security: operator,
  responses: { 200: json(Snapshot, "the sandbox"), ...refusals(413) },
});

app.openapi(saveSnapshot, async (c) => c.json(await worldOf(c).save(), 200));

const restoreSnapshot = createRoute({
  method: "put",
  path: "/snapshot",
  summary: "Put a saved sandbox in the place of this one",
  description: "All that is here is deleted first. The snapshot must be of the same schema.",
  security: operator,
  request: { body: { required: true, ...json(Snapshot, "") } },
  responses: { 204: { description: "it is as it was when it was saved" }, ...refusals(400, 413) },
});

app.openapi(restoreSnapshot, async (c) => {
  await worldOf(c).restore(c.req.valid("json"));
  return c.body(null, 204);
});

export type SnapshotRoutes = typeof saveSnapshot | typeof restoreSnapshot;
