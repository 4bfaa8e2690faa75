/** A form that sends a text, and shows how a program would. */

import { Hono } from "hono";
import type { ConsoleEnv } from "./console-env.ts";
import { page } from "./layout.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const send = app;

const HERE = "/console/send";

app.get("/", (c) => page(c, { title: "Send", here: HERE }, <h1>Send</h1>));
