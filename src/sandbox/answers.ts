/** The sandbox's API as types, likewise. */

import type { ApiOf } from "../admin/answers.ts";
import type { ClockRoutes } from "./clock.ts";
import type { ForwardingRoutes } from "./forwarding.ts";
import type { HandsetRoutes } from "./sandbox.ts";
import type { SnapshotRoutes } from "./snapshot.ts";
import type { SubscriberRoutes } from "./subscribers.ts";

export type SandboxApi = ApiOf<
  "/sandbox/v1",
  ClockRoutes | ForwardingRoutes | HandsetRoutes | SnapshotRoutes | SubscriberRoutes
>;
