/**
 * The operator: looks at the dead list and replays from it, pauses endpoints and resumes them, sets where customers are
 * called back, gives credentials and takes them away, and turns the pages of lists.
 */

import { CALLED_BACK, type CallbackBody, callbackOf } from "../callbacks.ts";
import type { Answer } from "../ground/cloud.ts";
import { GRACE } from "../oracle/book.ts";
import type { Deed } from "../oracle/deeds.ts";
import type { Row } from "../oracle/oracle.ts";
import { MOVED } from "../services.ts";
import { BASE, operatorCall } from "../setup.ts";
import type { Stage } from "../world.ts";
import { PEOPLE } from "./buyer.ts";
import { type Actor, idle } from "./clients.ts";

/** A change of credentials may go unnoticed for so long in a process that has just seen them. Milliseconds. */
const NOTICED_WITHIN = 5_000;
const SKEW = 1_500;

export const operator: Actor = async (stage, name) => {
  const { random } = stage;
  const deeds = [
    replayOne,
    replayAll,
    replayAll,
    pauseAndResume,
    resumePaused,
    moveServers,
    changeKeys,
    bringConsents,
    turnPages,
  ];
  for (let n = 1; n <= stage.deeds && !stage.isOver(); n++) {
    await idle(stage, name);
    await random.pick(deeds)(stage, n, name);
  }
};

type Listed = { items: { id: string; account: string; endpoint: string; createdAt: string }[]; next?: string };

/** Replays a dead webhook, or now and then one that was received. */
async function replayOne(stage: Stage): Promise<void> {
  const { random } = stage;
  const state = random.pick(["dead", "dead", "answered"]);
  const { items } = await read<Listed>(stage, `/admin/v1/webhooks?state=${state}&limit=${random.int(1, 20)}`);
  if (items.length === 0) return;
  const { id } = random.pick(items);
  await act(stage, { does: "replay", id }, "POST", `/admin/v1/webhooks/${id}/replay`, undefined, [200, 409]);
}

/** Replays all since a time, or of a range; of one account, or all; what is dead, or was received. Mostly among what there is. */
async function replayAll(stage: Stage): Promise<void> {
  const { random, timeline, accounts } = stage;
  const { items } = await read<Listed>(stage, "/admin/v1/webhooks?state=dead&limit=50");
  const times = items.map(({ createdAt }) => Date.parse(createdAt)).sort((one, other) => one - other);
  const some = () => (times.length > 0 ? random.pick(times) : Math.floor(timeline.now - random.wait(86_400_000)));
  const [first, second] = [some(), some()];
  const since = Math.min(first, second);
  const until = random.chance(0.5) ? Math.max(first, second) : undefined;
  const account = random.chance(0.6) ? random.pick(accounts).id : undefined;
  const kind = random.chance(0.2) ? random.pick(["report", "inbound"]) : undefined;
  const state = random.pick([undefined, undefined, "dead", "answered", "all"] as const);
  const which = { ...(account ? { account } : {}), ...(kind ? { kind } : {}), ...(state ? { state } : {}) };
  const deed: Deed = { does: "replay-all", since, ...(until === undefined ? {} : { until }), ...which };
  const json = { since: iso(since), ...(until === undefined ? {} : { until: iso(until) }), ...which };
  await act(stage, deed, "POST", "/admin/v1/webhooks/replay", json, [200]);
}

/** Pauses an endpoint that news went to, or all that there are, and resumes them after a while. */
async function pauseAndResume(stage: Stage, n: number, name: string): Promise<void> {
  const { random, timeline } = stage;
  const { items } = await read<Listed>(stage, "/admin/v1/webhooks?limit=100");
  const there = [...new Map(items.map(({ account, endpoint }) => [endpoint, { account, endpoint }])).values()];
  if (there.length === 0) return;
  const paused = random.chance(0.5) ? there : [random.pick(there)];
  const reason = `out of order, says ${name} for the ${n}. time`;
  for (const at of paused) {
    await act(
      stage,
      { does: "pause", ...at, reason },
      "POST",
      "/admin/v1/endpoints/pause",
      { ...at, reason },
      [204, 409],
    );
  }
  await timeline.wait(
    random.wait(random.pick([10_000, 3_600_000, 86_400_000])),
    "endpoints have been paused for a while",
  );
  // What came meanwhile is in the dead list.
  for (const deed of [turnPages, replayAll, replayOne]) if (random.chance(0.6)) await deed(stage);
  if (random.chance(0.9)) for (const at of paused) await resume(stage, at);
}

async function resumePaused(stage: Stage): Promise<void> {
  type Endpoints = { items: { account: string; endpoint: string; pausedAt?: string }[] };
  const { items } = await read<Endpoints>(stage, "/admin/v1/endpoints?limit=100");
  for (const { account, endpoint, pausedAt } of items) if (pausedAt) await resume(stage, { account, endpoint });
}

async function resume(stage: Stage, at: { account: string; endpoint: string }): Promise<void> {
  await act(stage, { does: "resume", ...at }, "POST", "/admin/v1/endpoints/resume", at, [200]);
}

/** A customer's servers have moved. */
async function moveServers(stage: Stage, n: number): Promise<void> {
  const { random, accounts, judges } = stage;
  const { id } = random.pick(accounts);
  const dialect = random.pick(CALLED_BACK);
  const path = `/admin/v1/accounts/${id}/callbacks/${dialect}`;
  const body: CallbackBody = callbackOf(id, dialect, n);
  judges.webhooks.owing.callbacks.asked(`${id} ${dialect}`, body);
  const answer = await stage.callUntilAnswered(operatorCall("PUT", path, body));
  // CM.com's servers are called before their address is kept, and may just be down.
  if (answer.status !== 200 && dialect !== "cm") complain(stage, `PUT ${path}`, answer);
}

/** Gives a customer another key, which works at once, and takes it away, which is noticed soon. */
async function changeKeys(stage: Stage, n: number, name: string): Promise<void> {
  const { random, timeline, accounts } = stage;
  const account = random.pick(accounts);
  // Another operator counts its deeds as well: each gives keys that are its own.
  const secret = `${account.id}-had-this-key-for-a-while-${name}-${n}`;
  const path = `/admin/v1/accounts/${account.id}/credentials`;
  const key = { dialect: "target365", kind: "api-key", name: `for-a-while-${name}-${n}`, secret };
  const tries = async () => {
    const headers = { "x-apikey": secret };
    return (await stage.callUntilAnswered({ method: "GET", url: `${BASE}/api/keywords`, headers })).status;
  };
  if ((await tries()) !== 401) stage.oracle.report("P10", `${secret} opens before it was given`);
  const given = await stage.callUntilAnswered(operatorCall("POST", path, key));
  if (given.status !== 201 && given.status !== 409) complain(stage, `POST ${path}`, given);
  for (let time = 0; time < 3; time++) {
    const known = await tries();
    if (known !== 200) stage.oracle.report("P11", `${secret} was given, and is answered ${known}`);
  }
  type Keys = { items: { id: string; name: string }[] };
  const { items } = await read<Keys>(stage, path);
  // One that was not answered, and asked for again, may still be on its way.
  await timeline.wait(GRACE, "a key has been there for a while");
  const id = items.find(({ name }) => name === key.name)?.id;
  if (!id) return stage.oracle.report("P11", `${key.name} of ${account.id} is not in the list of its keys`);
  const taken = await stage.callUntilAnswered(operatorCall("DELETE", `${path}/${id}`));
  if (taken.status !== 204 && taken.status !== 404) complain(stage, `DELETE ${path}/${id}`, taken);
  await timeline.wait(NOTICED_WITHIN + SKEW + random.wait(60_000), "a key was taken away");
  for (let time = 0; time < 3; time++) {
    const left = await tries();
    if (left !== 401) stage.oracle.report("P10", `${secret} was taken away, and is answered ${left}`);
  }
}

/** Brings along what people agreed to elsewhere, long ago: twice, and some of them have said STOP since. */
async function bringConsents(stage: Stage, n: number, name: string): Promise<void> {
  const { random, timeline, accounts } = stage;
  const { id, merchant, shortNumber } = random.pick(accounts);
  const people = PEOPLE.slice(random.int(0, 2));
  const items = people.map((recipient) => ({
    ...{ merchantId: merchant, serviceId: MOVED, recipient, token: `${name}-${n}-${recipient.slice(1)}`, shortNumber },
    since: iso(Date.UTC(2020, 0, 1)),
  }));
  const path = `/admin/v1/accounts/${id}/consents/import`;
  for (const pause of [random.wait(60_000), 0]) {
    const answer = await stage.callUntilAnswered(operatorCall("POST", path, { items, atomic: random.chance(0.3) }));
    if (answer.status !== 200) return complain(stage, `POST ${path}`, answer);
    const { taken, refused } = JSON.parse(answer.body) as { taken: number; refused: { index: number }[] };
    if (taken > 0 && taken + refused.length !== people.length) complain(stage, `POST ${path}`, answer);
    await timeline.wait(pause, `${name} brings the same again`);
  }
}

/** Turns the pages of what was given up, or of what people wrote: what was there all the time is on one of them, once. */
async function turnPages(stage: Stage): Promise<void> {
  const { random, timeline, accounts, judges } = stage;
  const account = random.pick([undefined, ...accounts])?.id;
  const [what, isListed] = random.pick<[string, (row: Row) => boolean]>([
    ["webhooks?state=dead", (row) => row.state === "dead"],
    ["webhooks?state=answered", (row) => row.state === "answered"],
    ["webhooks?kind=report", (row) => row.kind === "report"],
  ]);
  const begun = timeline.now;
  const listed: string[] = [];
  const limit = random.pick([1, 3, 50]);
  for (let cursor: string | undefined, page = 0; page < 40; page++) {
    const query = `${what}&limit=${limit}${account ? `&account=${account}` : ""}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`;
    const { items, next } = await read<Listed>(stage, `/admin/v1/${query}`);
    listed.push(...items.map(({ id }) => id));
    if (!next) {
      judges.webhooks.listed(
        listed,
        begun,
        (row) => isListed(row) && (account === undefined || row.account_id === account),
      );
      return;
    }
    cursor = next;
  }
  judges.webhooks.listed(listed, begun);
}

/** Does it, and tells who judges before and after. */
async function act(
  stage: Stage,
  deed: Deed,
  method: string,
  path: string,
  json: object | undefined,
  allowed: readonly number[],
): Promise<void> {
  stage.judges.webhooks.asks(deed);
  const answer = await stage.callUntilAnswered(operatorCall(method, path, json));
  if (!allowed.includes(answer.status)) return complain(stage, `${method} ${path}`, answer);
  stage.judges.webhooks.told(deed);
}

async function read<Body>(stage: Stage, path: string): Promise<Body> {
  const answer = await stage.callUntilAnswered(operatorCall("GET", path));
  if (answer.status !== 200) complain(stage, `GET ${path}`, answer);
  return JSON.parse(answer.body) as Body;
}

function complain({ oracle }: Stage, what: string, { status, body }: Answer): void {
  oracle.report("P11", `${what} is answered ${status} ${body}`);
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
