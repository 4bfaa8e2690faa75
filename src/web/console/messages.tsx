/** Messages: what was sent, and what became of it. */

import { Hono } from "hono";
import type { ConsoleEnv } from "./console-env.ts";
import { page } from "./layout.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const messages = app;

const HERE = "/console/messages";

app.get("/", (c) => page(c, { title: "Messages", here: HERE }, <h1>Messages</h1>));
