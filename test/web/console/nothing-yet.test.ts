/** Where there is nothing yet, a page says what would fill it: as a command that works as it stands, where there is a demo account. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { DEMO_API_KEY } from "../../../scripts/local-settings.ts";
import { ADMIN_TOKEN, type TestGateway, useGateway } from "../../support/gateway.ts";

const run = promisify(execFile);

async function enter(gateway: TestGateway): Promise<string> {
  const entered = await gateway.fetch("/console/login", {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: String(new URLSearchParams({ token: ADMIN_TOKEN })),
  });
  return entered.headers.getSetCookie()[0]?.split(";")[0] ?? "";
}

const pageOf = async (gateway: TestGateway, path: string, cookie: string) => {
  const answer = await gateway.fetch(path, { headers: { cookie } });
  return { status: answer.status, text: await answer.text() };
};

/** The command on a page, as a terminal would be given it. */
function commandIn(html: string): string {
  const [, code = ""] = /<pre class="command"><code>([\s\S]*?)<\/code>/.exec(html) ?? [];
  return code.replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&amp;", "&");
}

describe("in a new sandbox", () => {
  const gateway = useGateway({ DEMO_API_KEY });
  let cookie: string;
  beforeAll(async () => {
    await gateway.operator("POST", "/sandbox/v1/reset");
    cookie = await enter(gateway);
  });

  it.each([
    ["/console/messages", "No messages yet."],
    ["/console/messages/inbound", "No inbound messages yet."],
    ["/console/handsets", "No handset has received a message yet."],
    ["/console/charges", "No charges yet."],
    ["/console/subscriptions", "No subscriptions yet."],
    ["/console/webhooks", "No webhooks yet."],
    ["/console/overview", "No traffic in the last hour."],
    ["/console/tour", "One-minute tour"],
  ])("%s says: %s", async (path, said) => {
    const { status, text } = await pageOf(gateway, path, cookie);
    expect(status).toBe(200);
    expect(text).toContain(said);
  });

  it("gives a command that sends the first message, after which the plots are there", async () => {
    const { text } = await pageOf(gateway, "/console/messages", cookie);
    const command = commandIn(text);
    expect(command).toContain(DEMO_API_KEY);
    await run("sh", ["-c", command]);
    expect((await pageOf(gateway, "/console/messages", cookie)).text).toContain("Hello from Stafett");
    const overview = await pageOf(gateway, "/console/overview", cookie);
    expect(overview.text).toContain('id="plot-messages"');
    // Nothing was charged: there is no empty plot of that.
    expect(overview.text).not.toContain('id="plot-charges"');
  });

  it("gives a command by which a handset writes the first inbound message", async () => {
    const { text } = await pageOf(gateway, "/console/messages/inbound", cookie);
    await run("sh", ["-c", commandIn(text)], { env: { ...process.env, ADMIN_TOKEN } });
    const { text: after } = await pageOf(gateway, "/console/messages/inbound", cookie);
    expect(after).not.toContain("No inbound messages yet.");
    expect(after).toContain("+4798079008");
  });

  it("lets an account be chosen, not typed, wherever a list is narrowed to one", async () => {
    for (const path of ["messages", "charges", "subscriptions", "subscriptions/calendar", "subscriptions/sales"]) {
      const { text } = await pageOf(gateway, `/console/${path}`, cookie);
      expect(text, path).toMatch(/<select id="account"[^>]*>.*<option value="demo"/s);
    }
    for (const path of ["webhooks", "webhooks/endpoints", "webhooks/replay"]) {
      const { text } = await pageOf(gateway, `/console/${path}`, cookie);
      expect(text, path).toMatch(/<select[^>]* name="account"[^>]*>.*<option value="demo"/s);
    }
    const { text } = await pageOf(gateway, "/console/subscriptions/sales?account=demo", cookie);
    expect(text).toMatch(/<select id="service"[^>]*>.*<option value="demo-games"/s);
  });
});

describe("in a deployment without a sandbox", () => {
  const gateway = useGateway({ SANDBOX: "off" });

  it("leads nowhere that is not there", async () => {
    const cookie = await enter(gateway);
    for (const path of ["messages", "messages/inbound", "charges", "subscriptions", "webhooks", "overview", "tour"]) {
      const { status, text } = await pageOf(gateway, `/console/${path}`, cookie);
      expect(status, path).toBe(200);
      expect(text, path).not.toMatch(/\/console\/(handsets|controls)|sandbox\/v1/);
    }
  });
});
