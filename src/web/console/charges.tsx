/** Charges on phone bills, and what became of them. */

import { Hono } from "hono";
import type { ConsoleEnv } from "./console-env.ts";
import { page } from "./layout.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const charges = app;

const HERE = "/console/charges";

app.get("/", (c) => page(c, { title: "Charges", here: HERE }, <h1>Charges</h1>));
