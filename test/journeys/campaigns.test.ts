/** A campaign from the API to the handset, through the Worker's own doors. */

import { expect, it } from "vitest";
import { ADMIN_TOKEN, newNumber, type TestAccount, useGateway } from "../support/gateway.ts";

const gateway = useGateway();

type Campaign = {
  id: string;
  state: string;
  progress: { accepted: number; waiting: number; sent: number; delivered: number; cancelled: number; skipped: object };
  refused: { line: number; reason: string }[];
};

const SALE = { name: "Sale", sender: "Shop", text: "Hello {{name}}", perMinute: 6_000 };
let owner: Promise<TestAccount> | undefined;
const wanted = async (more: object) => {
  owner ??= gateway.account();
  return { account: (await owner).id, ...SALE, ...more };
};
const make = async (more: object = {}) => gateway.operator<Campaign>("POST", "/admin/v1/campaigns", await wanted(more));
const find = (id: string) => gateway.operator<Campaign>("GET", `/admin/v1/campaigns/${id}`);

it("reaches its people's handsets, each with their own words", async () => {
  const [kari, ola] = [newNumber(), newNumber()];
  const { id, state } = await make({
    recipients: [
      { recipient: kari, name: "Kari" },
      { recipient: ola, name: "Ola" },
    ],
  });
  expect(["scheduled", "running"]).toContain(state); // its first round may be quicker than the answer
  await gateway.advance(60);
  const { state: after, progress } = await find(id);
  expect(progress).toMatchObject({ accepted: 2, waiting: 0, delivered: 2 });
  expect(["running", "finished"]).toContain(after);
  const { items } = await gateway.operator<{ items: { text: string }[] }>(
    "GET",
    `/sandbox/v1/handsets/${encodeURIComponent(ola)}/messages`,
  );
  expect(items.map(({ text }) => text)).toEqual(["Hello Ola"]);
});

it("goes at its pace as the clock is moved", async () => {
  const recipients = Array.from({ length: 5 }, () => ({ recipient: newNumber(), name: "Kari" }));
  const { id } = await make({ recipients, perMinute: 2 });
  await gateway.advance(60);
  expect((await find(id)).progress.waiting).toBeGreaterThan(0);
  await gateway.advance(240);
  expect((await find(id)).progress).toMatchObject({ waiting: 0, delivered: 5 });
});

it("takes lists in pieces and in each form, and says which lines it cannot use", async () => {
  const { id } = await make();
  const send = async (body: string) => {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const answer = await gateway.fetch(`/admin/v1/campaigns/${id}/recipients`, { method: "POST", headers, body });
    expect(answer.status).toBe(200);
    return answer.json();
  };
  const [first, second, third] = [newNumber(), newNumber(), newNumber()];
  await send(`recipient,name\n${first},Kari\n${first},Again\n`);
  await send(`{"recipient":"${second}","name":"Ola"}\n{"recipient":"12","name":"Nobody"}\n`);
  const filled = await send(JSON.stringify([{ recipient: third }]));
  expect(filled).toMatchObject({
    refused: [{ line: 1, reason: "unfilled" }],
    progress: { accepted: 5, waiting: 2, skipped: { duplicate: 1, invalid: 1, unfilled: 1 } },
  });
});

it("takes a hundred thousand in a few pieces", { timeout: 120_000 }, async () => {
  const { id } = await make({ text: "Hello" });
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
  for (let piece = 0; piece < 5; piece++) {
    const numbers = Array.from({ length: 20_000 }, (_, nth) => `+4790${String(piece * 20_000 + nth).padStart(6, "0")}`);
    const body = numbers.join("\n");
    const answer = await gateway.fetch(`/admin/v1/campaigns/${id}/recipients`, { method: "POST", headers, body });
    expect(answer.status).toBe(200);
  }
  expect((await find(id)).progress).toMatchObject({ accepted: 100_000, waiting: 100_000, skipped: {} });
});

const WRONG = [
  { name: "no pace", change: { perMinute: undefined }, field: "perMinute" },
  { name: "a pace of both kinds", change: { perSecond: 5 }, field: "perMinute" },
  { name: "a pace of nothing", change: { perMinute: 0 }, field: "perMinute" },
  { name: "a sender that is not its own", change: { sender: "Nobody" }, field: "sender" },
  { name: "braces around no name", change: { text: "Hello {{first name}}" }, field: "text" },
  { name: "an end before its beginning", change: { endsAt: "2020-01-01T00:00:00Z" }, field: "endsAt" },
  { name: "hours that are none", change: { window: { hours: "9-17" } }, field: "window.hours" },
  {
    name: "a zone that is none",
    change: { window: { hours: "09:00-17:00", timeZone: "Mars" } },
    field: "window.timeZone",
  },
  { name: "a member that is not known", change: { pace: 5 }, field: "pace" },
  { name: "a recipient that is no text", change: { recipients: [4_791_000_060] }, field: "recipients.0" },
];
it.each(WRONG)("refuses $name, and says where", async ({ change, field }) => {
  const problem = await gateway.refusal("POST", "/admin/v1/campaigns", await wanted(change));
  expect(problem.status).toBe(400);
  expect(`${problem.field} ${problem.detail}`).toContain(field);
});

it("refuses to be filled when it is started, and to start with nobody", async () => {
  const { id } = await make();
  expect((await gateway.refusal("POST", `/admin/v1/campaigns/${id}/start`)).status).toBe(400);
  await gateway.operator("POST", `/admin/v1/campaigns/${id}/recipients`, [{ recipient: newNumber(), name: "Kari" }]);
  await gateway.operator("POST", `/admin/v1/campaigns/${id}/start`);
  const late = await gateway.refusal("POST", `/admin/v1/campaigns/${id}/recipients`, [newNumber()]);
  expect(late.status).toBe(409);
});
