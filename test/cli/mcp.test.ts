/** `stafett mcp`, by the protocol's own client. */

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { DEMO_API_KEY } from "../../scripts/local-settings.ts";
import { root } from "../../scripts/root.ts";
import { ADMIN_TOKEN, newNumber, useGateway } from "../support/gateway.ts";
import { environment } from "../support/npm.ts";

const gateway = useGateway({ DEMO_API_KEY });
const client = new Client({ name: "a coding agent", version: "1" });

beforeAll(async () => {
  await gateway.runtime.tick("@reboot");
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: ["scripts/launch.mjs", "mcp", "--url", gateway.url],
      cwd: root,
      env: environment({ ADMIN_TOKEN }) as Record<string, string>,
    }),
  );
});
afterAll(() => client.close());

/** Calls a tool; answers its text, and throws with it if the tool failed. */
async function call(name: string, args: Record<string, unknown> = {}): Promise<string> {
  const { content, isError } = (await client.callTool({ name, arguments: args })) as {
    content: { text: string }[];
    isError?: boolean;
  };
  const text = content.map((part) => part.text).join("\n");
  if (isError) throw new Error(text);
  return text;
}

describe("the sandbox as tools", () => {
  it("says what there is, and which of them only read", async () => {
    const { tools } = await client.listTools();
    const reading = tools.filter(({ annotations }) => annotations?.readOnlyHint).map(({ name }) => name);
    expect(reading.sort()).toEqual([
      "list_texts",
      "recent",
      "search_docs",
      "timeline",
      "wait_for_charge",
      "wait_for_text",
    ]);
    expect(tools.filter(({ annotations }) => annotations?.destructiveHint).map(({ name }) => name)).toEqual(["reset"]);
    for (const tool of tools) expect(tool.description?.length, tool.name).toBeGreaterThan(20);
    expect(client.getInstructions()).toContain("virtual handset");
  });

  it("sends a text, waits for it, answers it, and tells its story", async () => {
    const number = newNumber();
    const { id, state } = JSON.parse(await call("send_text", { to: number, text: "Your code is 1234" }));
    expect(state).toBe("delivered");
    expect(JSON.parse(await call("wait_for_text", { number, match: "code" }))).toMatchObject({
      text: "Your code is 1234",
    });
    await expect(call("wait_for_text", { number, seconds: 0.1 })).rejects.toThrow(
      "Your code is 1234 (given out before)",
    );
    expect(JSON.parse(await call("list_texts", { number }))).toHaveLength(1);
    expect(await call("reply", { number, text: "Thank you" })).toBe(`${number} wrote to 2002: Thank you`);
    const { items } = JSON.parse(await call("timeline", { id }));
    expect(items.map(({ event }: { event: string }) => event)).toContain("accepted");
    expect(await call("recent", { kinds: ["inbound"] })).toContain("Thank you");
  });

  it("has a charge happen, finds it by the customer's id, and moves the clock", async () => {
    const said = await call("trigger", { event: "billed", number: "+4798765431" });
    const [id] = /trigger-[\w-]+/.exec(said) ?? [];
    expect(JSON.parse(await call("wait_for_charge", { number: "+4798765431" }))).toMatchObject({ amount: 1000 });
    expect(await call("timeline", { id })).toContain('"event"');
    const before = await gateway.now();
    await call("advance_clock", { time: "1d" });
    expect((await gateway.now()) - before).toBeGreaterThanOrEqual(86_400_000);
    await expect(call("advance_clock", { time: "soon" })).rejects.toThrow("must be a length like 2d");
  });

  it("finds in the documentation what a program must do", { timeout: 120_000 }, async () => {
    // A gateway does not wait for its documentation to be made.
    const search = () => call("search_docs", { query: "webhook signature", limit: 3 });
    const found = await vi.waitFor(search, { timeout: 90_000, interval: 500 });
    expect(found).toMatch(/\/docs\S*\.md/);
    expect(found.toLowerCase()).toContain("signature");
    expect(await call("search_docs", { query: "xyzzyplugh" })).toBe("Nothing is written about xyzzyplugh.");
  });

  it("refuses what the gateway refuses, in its words", async () => {
    await expect(call("send_text", { to: "98079008", text: "Hello" })).rejects.toThrow("is not a phone number");
  });

  it("empties the sandbox", async () => {
    await call("reset");
    expect(await call("recent")).toBe("Nothing has happened yet.");
    // Ids begin anew, and the next text is one that was not given out.
    const number = newNumber();
    await call("send_text", { to: number, text: "After" });
    expect(JSON.parse(await call("wait_for_text", { number }))).toMatchObject({ text: "After" });
  });
});
