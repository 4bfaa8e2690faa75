/** /api/keywords: whose a text is, and where it is forwarded. */

import { type Context, Hono } from "hono";
import type { Keyword, KeywordMode, NewKeyword } from "../../core/inbound/keyword.ts";
import type { PreAuth } from "../../core/inbound/preauth.ts";
import { GatewayError } from "../../core/kernel/errors.ts";
import { given } from "../../core/kernel/given.ts";
import type { DialectEnv } from "../dialect.ts";
import { onlyOnce } from "./auth.ts";
import { locationOf, readBody } from "./body.ts";
import { toDate } from "./dates.ts";
import { type KeywordBody, Keyword as KeywordSchema, type MODES, type PreAuthSettings } from "./inbound-schema.ts";
import { filled } from "./members.ts";
import { JSON_TYPE } from "./schema.ts";

const app = new Hono<DialectEnv>();

app.get("/", onlyOnce, async (c) => {
  const keywords = await c.get("gateway").keywords(c.get("caller"));
  return c.json(keywords.map((one) => toAnswer(c, one)).filter(wanted(c.req.query())), 200, JSON_TYPE);
});

app.post("/", onlyOnce, async (c) => {
  const body = readBody(c, KeywordSchema);
  const { id } = await c.get("gateway").register(c.get("caller"), toKeyword(c, body));
  return c.body(null, 201, { Location: locationOf(c, "keywords", id) });
});

app.get("/:id", onlyOnce, async (c) => c.json(toAnswer(c, await find(c)), 200, JSON_TYPE));

app.put("/:id", onlyOnce, async (c) => {
  const body = readBody(c, KeywordSchema);
  const known = await find(c);
  await c.get("gateway").reregister(c.get("caller"), known, toKeyword(c, body));
  return c.body(null, 204);
});

app.delete("/:id", onlyOnce, async (c) => {
  const id = c.req.param("id");
  if (!(await c.get("gateway").unregister(c.get("caller"), id))) throw noSuch(id);
  return c.body(null, 204);
});

export const keywords = app;

async function find(c: Context<DialectEnv>): Promise<Keyword> {
  const id = c.req.param("id") ?? "";
  const keyword = await c.get("gateway").keyword(c.get("caller"), id);
  if (!keyword) throw noSuch(id);
  return keyword;
}

function noSuch(id: string): GatewayError {
  return new GatewayError("not-found", `there is no keyword ${id}`);
}

/** The filters, all of which must match. An unknown mode finds nothing; PHP's suite asks for one. */
function wanted(query: Record<string, string>): (keyword: ReturnType<typeof toAnswer>) => boolean {
  const { shortNumberId, keywordText, mode, tag } = query;
  const part = keywordText?.toLowerCase();
  return (keyword) =>
    (!shortNumberId || keyword.shortNumberId === shortNumberId) &&
    (!part || keyword.keywordText.toLowerCase().includes(part)) &&
    (!mode || keyword.mode.toLowerCase() === mode.toLowerCase()) &&
    (!tag || (keyword.tags ?? []).includes(tag));
}

const MODE = {
  Exact: "exact",
  Startswith: "startswith",
  Text: "startswith",
  Wildcard: "wildcard",
  Regex: "regex",
} as const satisfies Record<(typeof MODES)[number], KeywordMode>;

const WORD = {
  exact: "Exact",
  startswith: "Startswith",
  wildcard: "Wildcard",
  regex: "Regex",
} as const satisfies Record<KeywordMode, (typeof MODES)[number]>;

function toKeyword(c: Context<DialectEnv>, body: KeywordBody): NewKeyword {
  const { shortNumberId, mode } = body;
  const own = [...c.get("caller").senders.values()].find((sender) => sender.shortNumberId === shortNumberId);
  if (own?.kind !== "short-number") {
    const which = JSON.stringify(shortNumberId);
    const what = `${which} is not a short number of account ${c.get("caller").account.id}; write it like NO-2002`;
    throw new GatewayError("bad-sender", `shortNumberId: ${what}`, "shortNumberId");
  }
  return {
    shortNumber: own.sender,
    mode: MODE[mode],
    text: body.keywordText.trim(),
    aliases: (body.aliases ?? []).map((alias) => alias.trim()),
    forwardUrl: body.forwardUrl,
    isEnabled: body.enabled,
    ...(body.preAuthSettings ? { preAuth: toPreAuth(body.preAuthSettings) } : {}),
    tags: body.tags ?? [],
    properties: body.customProperties ?? {},
    echo: { shortNumberId, mode },
  };
}

function toPreAuth(settings: PreAuthSettings): PreAuth {
  const { merchantId, delay } = settings;
  if (settings.active && !merchantId) {
    const what = "is missing where active is true";
    throw new GatewayError("bad-request", `preAuthSettings.merchantId: ${what}`, "preAuthSettings.merchantId");
  }
  return given({
    isActive: settings.active,
    merchant: merchantId ?? "",
    description: settings.serviceDescription,
    infoText: settings.infoText,
    infoSender: settings.infoSender,
    prefix: settings.prefixMessage,
    suffix: settings.postfixMessage,
    delay: delay === undefined ? undefined : Math.round(delay * 60_000),
    age: settings.age,
  });
}

/** Only the members of the guides, and only those with a value: Node refuses to PUT back anything else. */
function toAnswer(c: Context<DialectEnv>, keyword: Keyword) {
  // A keyword that the operator imported has no members of its client's.
  const echo = keyword.echo as { shortNumberId?: string; mode?: (typeof MODES)[number] };
  const { shortNumberId } = c.get("caller").senders.get(keyword.shortNumber) ?? {};
  return given({
    keywordId: keyword.id,
    shortNumberId: echo.shortNumberId ?? shortNumberId ?? keyword.shortNumber,
    keywordText: keyword.text,
    mode: echo.mode ?? WORD[keyword.mode],
    forwardUrl: keyword.forwardUrl,
    enabled: keyword.isEnabled,
    preAuthSettings: keyword.preAuth ? toSettings(keyword.preAuth) : undefined,
    customProperties: filled(keyword.properties),
    tags: filled(keyword.tags),
    aliases: filled(keyword.aliases),
    created: toDate(keyword.createdAt),
    lastModified: toDate(keyword.changedAt),
  });
}

function toSettings(preAuth: PreAuth) {
  return given({
    infoText: preAuth.infoText,
    infoSender: preAuth.infoSender,
    prefixMessage: preAuth.prefix,
    postfixMessage: preAuth.suffix,
    delay: preAuth.delay === undefined ? undefined : preAuth.delay / 60_000,
    merchantId: preAuth.merchant || undefined,
    serviceDescription: preAuth.description,
    active: preAuth.isActive,
    age: preAuth.age,
  });
}
