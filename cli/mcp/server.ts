/** The tools, and how they are served. What a tool is told goes to the gateway that runs; nothing is kept here. */

import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";
import { type Ask, asking, type Target } from "../ask.ts";
import { toAdvance } from "../commands/advance.ts";
import { sendText } from "../commands/send.ts";
import { EVENTS, happen } from "../commands/trigger.ts";
import { feedOf, SOURCES, shown } from "../feed.ts";
import { version } from "../main.ts";
import { chargesOf, textsOf } from "../testing/next.ts";
import { docsOf } from "./docs.ts";

const INSTRUCTIONS =
  "A sandbox for SMS and carrier billing. Every phone number is a virtual handset: wait_for_text reads what a person would, " +
  "reply writes as them. Time is moved by advance_clock, never waited for. search_docs says how programs call the gateway.";

const LONGEST_WAIT = 60;
const number = z.string().describe("a phone number with + and country code, like +4798079008");
const seconds = z.number().min(0).max(LONGEST_WAIT).default(10).describe("how long to wait");

/** Serves the tools on standard input and output until that ends. */
export async function serve(target: Target, apiKey: string): Promise<void> {
  const server = new McpServer({ name: "stafett", version: version() }, { instructions: INSTRUCTIONS });
  const ask = asking(target);
  addTexts(server, ask);
  addCharges(server, ask);
  addStories(server, ask);
  addLevers(server, ask, target, apiKey);
  addDocs(server, target.url);
  await server.connect(new StdioServerTransport());
}

const told = (text: string) => ({ content: [{ type: "text" as const, text }] });
const toldAsJson = (value: unknown) => told(JSON.stringify(value, null, 2));
const reads = { readOnlyHint: true, openWorldHint: false };
const writes = { destructiveHint: false, openWorldHint: false };

function addTexts(server: McpServer, ask: Ask): void {
  const texts = textsOf(ask);
  server.registerTool(
    "send_text",
    {
      description: "Send a text in an account's name, and say what became of it.",
      inputSchema: {
        to: number,
        text: z.string().min(1),
        from: z.string().default("Stafett").describe("a sender of the account"),
        account: z.string().default("demo"),
      },
      annotations: writes,
    },
    async ({ to, text, from, account }) =>
      toldAsJson(await sendText(ask, { account, sender: from, recipient: to, text }, 10)),
  );
  server.registerTool(
    "wait_for_text",
    {
      description: "The next text to a handset that no call before has returned. Fails with what came in its place.",
      inputSchema: { number, match: z.string().optional().describe("a part of the text"), seconds },
      annotations: reads,
    },
    async ({ number: to, ...wanted }) => toldAsJson(await texts.next(to, wanted)),
  );
  server.registerTool(
    "list_texts",
    { description: "All texts on a handset, oldest first.", inputSchema: { number }, annotations: reads },
    async ({ number: of }) => toldAsJson(await texts.all(of)),
  );
  server.registerTool(
    "reply",
    {
      description: "A person writes a text from their handset: an answer, a keyword, STOP.",
      inputSchema: {
        number,
        text: z.string(),
        to: z.string().default("2002").describe("a short number or a long one"),
      },
      annotations: writes,
    },
    async ({ number: of, text, to }) => {
      await ask("POST", `/sandbox/v1/handsets/${encodeURIComponent(of)}/messages`, { to, text });
      return told(`${of} wrote to ${to}: ${text}`);
    },
  );
}

function addCharges(server: McpServer, ask: Ask): void {
  const charges = chargesOf(ask);
  server.registerTool(
    "wait_for_charge",
    {
      description:
        "The next charge or reversal that a person's operator billed, in minor units. Each is returned once.",
      inputSchema: { number, seconds },
      annotations: reads,
    },
    async ({ number: of, ...wanted }) => toldAsJson(await charges.next(of, wanted)),
  );
}

/** What the ids of things begin with, and where their stories are. */
const STORIES: Record<string, string> = { msg: "messages", txn: "transactions", sub: "subscriptions" };

function addStories(server: McpServer, ask: Ask): void {
  server.registerTool(
    "timeline",
    {
      description:
        "The story of a message, a charge or a subscription: every decision, carrier exchange and webhook attempt.",
      inputSchema: { id: z.string().describe("msg_…, txn_… or sub_…, or the customer's own id") },
      annotations: reads,
    },
    async ({ id }) => {
      const whole = /^(msg|txn|sub)_/.test(id) ? id : await found(ask, id);
      const kind = STORIES[whole.split("_", 1)[0] ?? ""] ?? "messages";
      return toldAsJson(await ask("GET", `/admin/v1/${kind}/${encodeURIComponent(whole)}/timeline`));
    },
  );
  server.registerTool(
    "recent",
    {
      description:
        "What happened last, a line each: requests with their answers, texts, charges, inbound texts, webhook attempts.",
      inputSchema: {
        kinds: z.array(z.enum(Object.keys(SOURCES) as [string, ...string[]])).default(Object.keys(SOURCES)),
        last: z.number().int().min(1).max(200).default(30),
      },
      annotations: reads,
    },
    async ({ kinds, last }) => {
      const sources = kinds.flatMap((kind) => SOURCES[kind] ?? []);
      const lines = (await feedOf(ask, sources)()).slice(-last);
      return told(lines.map((line) => shown(line, false)).join("\n") || "Nothing has happened yet.");
    },
  );
}

/** @throws Error if nothing has this id */
async function found(ask: Ask, id: string): Promise<string> {
  const { items } = await ask<{ items: { id: string }[] }>("GET", `/admin/v1/search?q=${encodeURIComponent(id)}`);
  const one = items.find((item) => /^(msg|txn|sub)_/.test(item.id));
  if (!one) throw new Error(`No message, charge or subscription has the id ${id}`);
  return one.id;
}

function addLevers(server: McpServer, ask: Ask, target: Target, apiKey: string): void {
  server.registerTool(
    "advance_clock",
    {
      description: "Move the sandbox's time; all that falls due on the way has happened when this answers.",
      inputSchema: { time: z.string().describe("a length like 2d or 1h30m, or a moment like 2027-01-01T00:00:00Z") },
      annotations: writes,
    },
    async ({ time }) => {
      await ask("POST", "/sandbox/v1/clock/advance", toAdvance(time));
      return toldAsJson(await ask("GET", "/sandbox/v1/clock"));
    },
  );
  const events = Object.entries(EVENTS).map(([name, says]) => `${name}: ${says}`);
  server.registerTool(
    "trigger",
    {
      description: `Have something happen that a program must cope with. ${events.join("; ")}.`,
      inputSchema: {
        event: z.enum(Object.keys(EVENTS) as [string, ...string[]]),
        number: number.optional(),
        reportUrl: z.url().optional().describe("where the delivery report goes"),
      },
      annotations: writes,
    },
    async ({ event, number: of, reportUrl }) =>
      told(await happen(target, apiKey, event, { number: of, "report-url": reportUrl })),
  );
  server.registerTool(
    "reset",
    {
      description: "Delete everything in the sandbox, and set its clock right. The demo account is there again.",
      annotations: { destructiveHint: true, openWorldHint: false },
    },
    async () => {
      await ask("POST", "/sandbox/v1/reset");
      return told("The sandbox is empty.");
    },
  );
}

function addDocs(server: McpServer, url: string): void {
  const docs = docsOf(url);
  server.registerTool(
    "search_docs",
    {
      description: "Search the documentation of the gateway; answers the parts that fit best, with their addresses.",
      inputSchema: { query: z.string().min(2), limit: z.number().int().min(1).max(10).default(4) },
      annotations: reads,
    },
    async ({ query, limit }) => {
      const parts = await docs.search(query, limit);
      const shownParts = parts.map(({ page, title, text }) => `# ${title}\n${url}${page}\n\n${text}`);
      return told(shownParts.join("\n\n---\n\n") || `Nothing is written about ${query}.`);
    },
  );
}
