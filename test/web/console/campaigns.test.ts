/** Campaigns in the console: a form makes a draft, whose page starts it. */

import { beforeAll, expect, it } from "vitest";
import { ADMIN_TOKEN, newNumber, type TestAccount, useGateway } from "../../support/gateway.ts";

const gateway = useGateway();
let cookie = "";
let account: TestAccount;

beforeAll(async () => {
  account = await gateway.account();
  const entered = await send("/console/login", { token: ADMIN_TOKEN });
  cookie = entered.headers.getSetCookie()[0]?.split(";")[0] ?? "";
});

function send(path: string, fields: Record<string, string>): Promise<Response> {
  return gateway.fetch(path, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", cookie },
    body: String(new URLSearchParams(fields)),
  });
}

const filledIn = (recipients: string) => ({
  ...{ account: account.id, name: "Members", sender: "Shop", text: "Hello {{name}}", perMinute: "60", recipients },
  ...{ "window.hours": "00:00-23:59", startsAt: "", endsAt: "", "window.timeZone": "" },
});
const listed = async () => {
  const path = `/admin/v1/campaigns?account=${account.id}`;
  return (await gateway.operator<{ items: { id: string; state: string }[] }>("GET", path)).items;
};

it("is made as a draft with the recipients that were pasted, and started on its page", async () => {
  const made = await send("/console/campaigns/new", filledIn(`recipient,name\n${newNumber()},Kari\nnobody,Ola`));
  expect(made.status).toBe(303);
  const [draft] = await listed();
  expect(draft).toMatchObject({
    state: "draft",
    window: { hours: "00:00-23:59" },
    progress: { accepted: 2, waiting: 1, skipped: { invalid: 1 } },
  });
  expect(made.headers.get("location")).toBe(`/console/campaigns/${draft?.id}?done=made`);
  const pageOf = async () => (await gateway.fetch(`/console/campaigns/${draft?.id}`, { headers: { cookie } })).text();
  expect(await pageOf()).not.toContain("<progress");
  expect((await send(`/console/campaigns/${draft?.id}/start`, {})).status).toBe(303);
  expect((await listed())[0]?.state).not.toBe("draft");
  expect(await pageOf()).toMatch(/<progress max="2" value="[12]" aria-label="Progress">/);
});

it("is not made of a list that cannot be read, and what was typed is still there", async () => {
  const before = (await listed()).length;
  const refused = await send("/console/campaigns/new", filledIn("a,b\n1,2"));
  const page = await refused.text();
  expect(refused.status).toBe(400);
  expect(page).toContain("must name its columns");
  expect(page).toContain("Hello {{name}}");
  expect(await listed()).toHaveLength(before);
});

it("takes as long a list as it says, and of a longer one still has what was typed", async () => {
  const lines = Array.from({ length: 20_001 }, (_, n) => `+4791${String(n).padStart(6, "0")},Friend ${n}`);
  const refused = await send("/console/campaigns/new", filledIn(["recipient,name", ...lines].join("\n")));
  expect(refused.status).toBe(400);
  expect(await refused.text()).toContain("Friend 20000");
  const tooLong = await send("/console/campaigns/new", filledIn("x".repeat(2_200_000)));
  expect(tooLong.status).toBe(413);
  expect(await tooLong.text()).toContain("Hello {{name}}");
});
