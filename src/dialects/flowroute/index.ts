/** Flowroute Messaging v2, v2.1 and v2.2: the dialect is this file. */

import { Hono } from "hono";
import type { Dialect, DialectEnv } from "../dialect.ts";
import { credentials } from "./credentials.ts";
import { webhooks } from "./webhooks.ts";

const app = new Hono<DialectEnv>();

export const flowroute: Dialect = {
  name: "flowroute",
  title: "Flowroute",
  app,
  webhooks,
  credentials,
  securitySchemes: {},
  paths: [],
};
