/** Accounts, and what they may do. */

import { Hono } from "hono";
import type { ConsoleEnv } from "./console-env.ts";
import { page } from "./layout.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const setup = app;

const HERE = "/console/setup";

app.get("/", (c) => page(c, { title: "Setup", here: HERE }, <h1>Setup</h1>));
