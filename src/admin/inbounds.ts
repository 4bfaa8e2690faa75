/** What people wrote to us. */

import { createRoute, z } from "@hono/zod-openapi";
import type { Inbound } from "../core/inbound/inbound.ts";
import { given, iso, json, listOf, makeApi, operator, PageQuery, refusals, Time, toPage } from "./api.ts";
import { Containing, Searched, searchedPage } from "./searched.ts";

const app = makeApi();
export const inbounds = app;

const BinaryAnswer = z.object({ header: z.int().optional(), messageClass: z.int().optional() }).openapi({
  description:
    "a program on the phone sent it: its text is octets in hexadecimal digits, of which the first `header` are a header of user data",
});

const InboundAnswer = z
  .object({
    id: z.string(),
    carrier: z.string(),
    theirId: z.string(),
    account: z.string().optional(),
    sender: z.string(),
    recipient: z.string(),
    text: z.string(),
    binary: BinaryAnswer.optional(),
    channel: z.string().optional().openapi({ description: "where it is not an SMS" }),
    isStop: z.boolean(),
    keyword: z.string().optional().openapi({ description: "the keyword of a service that it names" }),
    keywordId: z.string().optional().openapi({ description: "the customer's keyword that it fits" }),
    receivedAt: z.string(),
  })
  .openapi("Inbound");

const listInbounds = createRoute({
  method: "get",
  path: "/inbound",
  summary: "List inbound texts, newest first",
  security: operator,
  request: {
    query: PageQuery.extend({
      account: z.string().optional(),
      sender: z.string().optional().openapi({ description: "the person's number, in E.164" }),
      containing: Containing.optional(),
      since: Time.optional(),
      until: Time.optional(),
    }),
  },
  responses: { 200: json(listOf(InboundAnswer).extend({ searched: Searched }), "the texts"), ...refusals(400) },
});

app.openapi(listInbounds, async (c) => {
  const { account, sender, since, until, containing, ...page } = c.req.valid("query");
  const filter = given({ account, sender: sender?.replace(/^ /, "+"), since, until });
  const { inbounds } = c.get("operator");
  if (containing !== undefined) {
    const found = await inbounds.search({ ...filter, containing }, toPage(page));
    return c.json(searchedPage(found, toAnswer), 200);
  }
  const found = await inbounds.list(filter, toPage(page));
  return c.json({ ...found, items: found.items.map(toAnswer) }, 200);
});

function toAnswer({ tags: _, properties: __, consent: ___, told: ____, ...inbound }: Inbound) {
  return { ...inbound, receivedAt: iso(inbound.receivedAt) };
}

export type InboundRoutes = typeof listInbounds;
