/** The sandbox's levers: the clock, faults, a fresh world. */

import { Hono } from "hono";
import type { ConsoleEnv } from "./console-env.ts";
import { page } from "./layout.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const controls = app;

const HERE = "/console/controls";

app.get("/", (c) => page(c, { title: "Sandbox", here: HERE }, <h1>Sandbox</h1>));
