/** Subscriptions: when they are billed next, and how that goes. */

import { Hono } from "hono";
import type { ConsoleEnv } from "./console-env.ts";
import { page } from "./layout.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const subscriptions = app;

const HERE = "/console/subscriptions";

app.get("/", (c) => page(c, { title: "Subscriptions", here: HERE }, <h1>Subscriptions</h1>));
