/** CM.com Business Messaging: the dialect is this file. */

import { Hono } from "hono";
import type { Dialect, DialectEnv } from "../dialect.ts";
import { credentials } from "./credentials.ts";
import { webhooks } from "./webhooks.ts";

const app = new Hono<DialectEnv>();

export const cm: Dialect = {
  name: "cm",
  title: "CM.com",
  app,
  webhooks,
  credentials,
  securitySchemes: {},
  paths: [],
};
