/**
 * A customer with endpoints of its own: sets them up, changes their keys, switches them off and on, has events sent again, and fetches
 * the others.
 */

import { hookOf, operatorCall } from "../setup.ts";
import type { Stage } from "../world.ts";
import { type Actor, idle } from "./clients.ts";

const DAY = 86_400_000;

/** Its endpoints: what each is told of, and whether in order. */
const HOOKS = [
  { name: "all", events: ["*"], orderedBy: "subject" },
  { name: "texts", events: ["message.*", "inbound.received", "charge.*"], orderedBy: "recipient" },
  { name: "money", events: ["charge.*", "reversal.*", "subscription.*", "suppression.*", "endpoint.*"] },
] as const;

export const hooked: Actor = async (stage, name) => {
  const { random, accounts } = stage;
  const { id } = random.pick(accounts);
  for (const { name: hook, ...wanted } of HOOKS) if (random.chance(0.7)) await setUp(stage, id, hook, wanted);
  await keep(stage, id);
  let cursor = 0;
  for (let n = 1; n <= 2 * stage.deeds && !stage.isOver(); n++) {
    await idle(stage, name);
    const hook = random.pick(HOOKS);
    const deed = random.pick(["rotate", "off", "fetch", "fetch", "again"] as const);
    if (deed === "fetch") cursor = await fetchAfter(stage, id, cursor);
    else if (await isThere(stage, id, hook.name)) await DEEDS[deed](stage, id, hook.name, `${name}-${n}`);
  }
};

const at = (account: string, hook: string) => `/admin/v1/accounts/${account}/endpoints/${hook}`;

async function isThere(stage: Stage, account: string, hook: string): Promise<boolean> {
  return (await stage.callUntilAnswered(operatorCall("GET", at(account, hook)))).status === 200;
}

async function setUp(stage: Stage, account: string, hook: string, wanted: object): Promise<void> {
  const body = { url: hookOf(account, hook), ...wanted };
  const { status, body: text } = await ask(stage, "PUT", at(account, hook), body, [200, 201, 409]);
  // Where the first answer was lost, the second has no secret in it.
  if (status === 201) stage.judges.events.given(`${account} ${hook}`, JSON.parse(text).secret, stage.timeline.now, DAY);
}

async function keep(stage: Stage, account: string): Promise<void> {
  await ask(stage, "PUT", `/admin/v1/accounts/${account}/events`, { isKept: true }, [200]);
}

async function rotate(stage: Stage, account: string, hook: string, key: string): Promise<void> {
  const { random, timeline, judges } = stage;
  const overlapSeconds = random.pick([3_600, 86_400]);
  const askedAt = timeline.now;
  judges.events.rotates(`${account} ${hook}`, overlapSeconds * 1_000);
  // With a key of its own: asked again where its answer was lost, it would make keys anew, and those of before would end at once.
  const answer = await ask(stage, "POST", `${at(account, hook)}/rotate`, { overlapSeconds }, [200, 409], key);
  if (answer.status !== 200) return;
  judges.events.given(`${account} ${hook}`, JSON.parse(answer.body).secret, askedAt, overlapSeconds * 1_000);
}

async function offAndOn(stage: Stage, account: string, hook: string): Promise<void> {
  const { random, timeline, judges } = stage;
  const reason = `moving, at ${timeline.now}`;
  const pause = { does: "pause", account, endpoint: hook, reason } as const;
  judges.webhooks.asks(pause);
  await ask(stage, "POST", `${at(account, hook)}/disable`, { reason }, [200, 409]);
  judges.webhooks.told(pause);
  await timeline.wait(random.wait(random.pick([60_000, 3_600_000, DAY])), "an endpoint is switched off");
  const resume = { does: "resume", account, endpoint: hook } as const;
  judges.webhooks.asks(resume);
  await ask(stage, "POST", `${at(account, hook)}/enable`, undefined, [200]);
  judges.webhooks.told(resume);
}

/** All that it was told, once more. */
async function again(stage: Stage, account: string, endpoint: string): Promise<void> {
  const { random, timeline, judges } = stage;
  const since = timeline.now - random.wait(DAY);
  const state = random.pick(["dead", "answered", "all"] as const);
  const deed = { does: "replay-all", since: Math.floor(since), account, endpoint, state } as const;
  judges.webhooks.asks(deed);
  const body = { account, endpoint, state, since: new Date(Math.floor(since)).toISOString() };
  await ask(stage, "POST", "/admin/v1/webhooks/replay", body, [200]);
  judges.webhooks.told(deed);
}

async function fetchAfter(stage: Stage, account: string, cursor: number): Promise<number> {
  const limit = stage.random.pick([1, 3, 100]);
  const path = `/admin/v1/accounts/${account}/events?cursor=${cursor}&limit=${limit}`;
  const { body } = await ask(stage, "GET", path, undefined, [200]);
  const { items, next } = JSON.parse(body) as { items: { number: number }[]; next: string };
  stage.judges.events.fetched(account, cursor, items, Number(next));
  return Number(next);
}

const DEEDS = { rotate, off: offAndOn, again };

async function ask(
  stage: Stage,
  method: string,
  path: string,
  body: object | undefined,
  allowed: readonly number[],
  key?: string,
) {
  const call = operatorCall(method, path, body);
  const keyed = key === undefined ? {} : { "idempotency-key": key };
  const answer = await stage.callUntilAnswered({ ...call, headers: { ...call.headers, ...keyed } });
  if (!allowed.includes(answer.status)) {
    stage.oracle.report("P11", `${method} ${path} is answered ${answer.status} ${answer.body}`);
  }
  return answer;
}
