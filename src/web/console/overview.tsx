/** How much goes through, how well, and what waits. */

import { Hono } from "hono";
import type { ConsoleEnv } from "./console-env.ts";
import { page } from "./layout.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const overview = app;

const HERE = "/console/overview";

app.get("/", (c) => page(c, { title: "Overview", here: HERE }, <h1>Overview</h1>));
