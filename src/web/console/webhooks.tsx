/** Webhooks: where they go, which are dead, and how to try again. */

import { Hono } from "hono";
import type { ConsoleEnv } from "./console-env.ts";
import { page } from "./layout.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const webhooks = app;

const HERE = "/console/webhooks";

app.get("/", (c) => page(c, { title: "Webhooks", here: HERE }, <h1>Webhooks</h1>));
