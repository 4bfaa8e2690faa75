/** A page that cannot be shown leads somewhere else than to itself. */

import { expect, it } from "vitest";
import { ADMIN_TOKEN, useGateway } from "../../support/gateway.ts";

const deployed = useGateway({ SANDBOX: "off" });

async function page(path: string): Promise<{ status: number; text: string }> {
  const login = await deployed.fetch("/console/login", {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: String(new URLSearchParams({ token: ADMIN_TOKEN })),
  });
  const cookie = login.headers.getSetCookie()[0]?.split(";")[0] ?? "";
  const answer = await deployed.fetch(path, { headers: { cookie } });
  return { status: answer.status, text: await answer.text() };
}

it.each(["/console/controls", "/console/handsets", "/console/handsets/+4798079008"])(
  "leads from %s, where there is no sandbox, to the console",
  async (path) => {
    const { status, text } = await page(path);
    expect(status).toBe(403);
    expect(text).toContain("SANDBOX=on turns it on");
    expect(text).toContain('<a href="/console">Back to the console</a>');
  },
);
