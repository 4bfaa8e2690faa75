/**
 * `npm run bench`: how fast, and what it costs. Everything is measured in rounds that take turns, so that a noisy moment
 * hits all alike, and told as a ratio of medians. `-- --quick` for a short run, `-- --json` for figures alone, and
 * `-- --only renewals` for that part alone, `-- --against baseline` to see each beside what bench/baseline.json has; `-- --write baseline` makes that anew.
 */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { root } from "../scripts/runtime.ts";
import { costOf } from "./cost.ts";
import { type Customers, openShops } from "./customer.ts";
import { probeDisk } from "./disk.ts";
import { callsToMany } from "./endpoints.ts";
import { type Floor, startFloor } from "./floor/floor.ts";
import { type BenchGateway, startGateway, startUngrouped } from "./gateways.ts";
import { isKannelInstalled, startKannel } from "./kannel.ts";
import { urgentTexts } from "./lanes.ts";
import { load, type Outcome, quantile, request } from "./load.ts";
import { openRelays, RELAY_NAMES, relayed } from "./relay.ts";
import { openClub, renewAll, subscriptionsStep } from "./renewals.ts";
import { type Figures, figuresIn, type Machine, toTable } from "./report.ts";
import { BRIDGE_TOKEN, bareLoop, openBound, openSmsc, ownBind, startSmsc } from "./smpp.ts";

const quick = process.argv.includes("--quick");
const SIZE = quick
  ? {
      rounds: 3,
      seconds: 0.6,
      halfLoad: { rounds: 2, seconds: 1 },
      batches: 2,
      journeys: 2,
      journey: 1_000,
      calls: 500,
      urgent: { seconds: 3, bulk: 1 },
      renewals: 500,
      endpoints: { perSecond: 40, seconds: 4 },
    }
  : {
      rounds: 7,
      seconds: 1,
      halfLoad: { rounds: 3, seconds: 2 },
      batches: 5,
      journeys: 4,
      journey: 2_500,
      calls: 2_000,
      urgent: { seconds: 10, bulk: 3 },
      renewals: 10_000,
      endpoints: { perSecond: 150, seconds: 30 },
    };
const CONNECTIONS = 50;
const BATCH = 10_000;
/** Customers who are called. One of them may be dead. */
const SHOPS = 10;

const measures: Record<string, number[]> = {};
const note = (name: string, value: number) => {
  measures[name] ??= [];
  measures[name].push(value);
};

const say = (text: string) => process.stderr.write(`${text}\n`);
const begun = performance.now();
const disk = probeDisk();

const PARTS: Record<string, { says: string; measure: () => Promise<void> }> = {
  accept: { says: "accepting …", measure: accepting },
  through: { says: "all the way to the customer …", measure: allTheWay },
  bulk: { says: "urgent texts beside bulk …", measure: urgentBesideBulk },
  renewals: { says: "texts beside renewals …", measure: besideRenewals },
  endpoints: { says: "to 10,000 endpoints, some of them dead …", measure: toManyEndpoints },
  carriers: { says: "to carriers over HTTP …", measure: toCarriers },
  smpp: { says: "over SMPP …", measure: overSmpp },
};

const only = flag("--only");
if (only !== undefined && !(only in PARTS)) {
  say(`There is no part ${only}; there are ${Object.keys(PARTS).join(", ")}.`);
  process.exit(2);
}
for (const [name, { says, measure }] of Object.entries(PARTS)) {
  if (only !== undefined && only !== name) continue;
  say(says);
  await measure();
}
if (only !== undefined) {
  const shown = Object.keys(measures).map((name) => [name, Math.round((median(name) ?? 0) * 100) / 100] as const);
  console.log(JSON.stringify(Object.fromEntries(shown), null, 2));
  process.exit();
}
say("counting rows …");
const costs = { alone: await costOf(1), grouped: await costOf(100), signed: await costOf(100, { signed: true }) };

const machine: Machine = {
  node: process.version,
  cores: availableParallelism(),
  disk,
  diskAfter: probeDisk(),
  seconds: (performance.now() - begun) / 1000,
};
const figures: Figures = figuresIn(measures, costs);
const json = JSON.stringify({ machine, figures, measures, costs }, null, 2);
mkdirSync(join(root, "test-output"), { recursive: true });
writeFileSync(join(root, "test-output/bench.json"), json);
const BASELINE = join(root, "bench/baseline.json");
if (flag("--write") === "baseline") writeFileSync(BASELINE, `${JSON.stringify({ machine, figures }, null, 2)}\n`);
const before = flag("--against") === "baseline" ? readBaseline(BASELINE) : undefined;
console.log(process.argv.includes("--json") ? json : toTable(machine, figures, before));

/** What stands after a flag of the command line. */
function flag(name: string): string | undefined {
  const place = process.argv.indexOf(name);
  return place === -1 ? undefined : process.argv[place + 1];
}

function readBaseline(file: string): Figures {
  return (JSON.parse(readFileSync(file, "utf8")) as { figures: Figures }).figures;
}

/** How long urgent texts wait while bulk comes in, beside how long they wait without. */
async function urgentBesideBulk(): Promise<void> {
  const gateway = await startGateway();
  try {
    const { seconds, bulk } = SIZE.urgent;
    await urgentTexts(gateway, { seconds: 2, bulk: 0 });
    const alone = await urgentTexts(gateway, { seconds, bulk: 0 });
    const beside = await urgentTexts(gateway, { seconds, bulk });
    for (const [name, { accept, handset }] of Object.entries({ alone, beside })) {
      note(`urgent ${name} accept p99`, quantile(accept, 0.99));
      note(`urgent ${name} handset p50`, quantile(handset, 0.5));
      note(`urgent ${name} handset p99`, quantile(handset, 0.99));
    }
  } finally {
    await gateway.stop();
  }
}

/** How long webhooks take to healthy endpoints: where all are, and where one of ten is dead and one of a hundred hangs. */
async function toManyEndpoints(): Promise<void> {
  const gateway = await startGateway();
  try {
    await callsToMany(gateway, { ...SIZE.endpoints, seconds: 2, ill: false });
    for (const ill of [false, true]) {
      const { times, missing } = await callsToMany(gateway, { ...SIZE.endpoints, ill });
      const name = ill ? "endpoints beside" : "endpoints alone";
      if (missing > 0) throw new Error(`${missing} webhooks to healthy endpoints never came`);
      note(`${name} p50`, quantile(times, 0.5));
      note(`${name} p99`, quantile(times, 0.99));
    }
  } finally {
    await gateway.stop();
  }
}

/** How long urgent texts wait while a wave of subscriptions is charged. */
async function besideRenewals(): Promise<void> {
  const count = SIZE.renewals;
  const gateway = await startGateway({ RENEWALS_PER_MINUTE: String(count) }, [subscriptionsStep(count)]);
  try {
    await openClub(gateway);
    await urgentTexts(gateway, { seconds: 2, bulk: 0 });
    const { accept, handset, perSecond } = await renewAll(gateway, { count, seconds: SIZE.urgent.seconds });
    note("renewals accept p99", quantile(accept, 0.99));
    note("renewals handset p50", quantile(handset, 0.5));
    note("renewals handset p99", quantile(handset, 0.99));
    note("renewals", perSecond);
  } finally {
    await gateway.stop();
  }
}

/** What carriers take in a second: the simulator, and stubs over HTTP. */
async function toCarriers(): Promise<void> {
  const gateway = await startGateway();
  const relays = await openRelays(gateway);
  try {
    for (let round = 0; round <= SIZE.journeys; round++) {
      for (const relay of RELAY_NAMES) {
        const perSecond = await relayed(gateway, relay, SIZE.calls);
        if (round > 0) note(`relay ${relay}`, perSecond);
      }
    }
  } finally {
    await relays.stop();
    await gateway.stop();
  }
}

/** Texts that an SMSC gets over one bind, and submits that are taken over one, beside single accepts over HTTP. */
async function overSmpp(): Promise<void> {
  const gateway = await startGateway({ SMPP_BRIDGE_TOKEN: BRIDGE_TOKEN });
  const smsc = await startSmsc();
  try {
    await openSmsc(gateway, smsc.port);
    const bound = await openBound(gateway);
    for (let round = 0; round <= SIZE.journeys; round++) {
      const warm = round > 0;
      const [bare, ours] = [await bareLoop(smsc.port, SIZE.calls), await relayed(gateway, "smpp", SIZE.calls)];
      if (warm) note("smpp bare", bare);
      const own = await ownBind(smsc.port, SIZE.calls);
      if (warm) note("smpp bind", own);
      if (warm) note("smpp client", ours);
      // The way to any carrier, and back: what the bind costs is the difference.
      const anyCarrier = await relayed(gateway, "simulator", SIZE.calls);
      if (warm) note("smpp simulator", anyCarrier);
      await rate(warm && "smpp beside", gateway, () => gateway.single(soon()));
      const taken = await bound.submit(SIZE.seconds);
      if (warm) note("smpp server", taken.perSecond);
    }
    for (let round = 0; round < SIZE.halfLoad.rounds; round++) {
      const half = (median("smpp server") ?? 0) / 2;
      const { latencies } = await bound.submit(SIZE.halfLoad.seconds, half);
      note("smpp p99", quantile(latencies, 0.99));
      note("smpp p50", quantile(latencies, 0.5));
    }
    await bound.stop();
  } finally {
    smsc.stop();
    await gateway.stop();
  }
}

/** One request a message, one request for many, and how long each waits. */
async function accepting(): Promise<void> {
  const gateway = await startGateway();
  const ungrouped = await startUngrouped();
  const floor = await startFloor();
  try {
    const hello = request("GET", `${gateway.url}/hello`);
    for (let round = 0; round <= SIZE.rounds; round++) {
      const warm = round > 0;
      const requests = presigned(gateway, (SIZE.seconds * (median("accept") || 2_000) * 1.5) | 0);
      await rate(warm && "hello", gateway, () => hello);
      await rate(warm && "accept", gateway, () => gateway.single(soon()));
      await rate(warm && "floor accept", floor, () => floor.single());
      await rate(warm && "ungrouped", ungrouped, () => ungrouped.single(soon()));
      await rate(warm && "signed", gateway, () => requests.pop());
    }
    await gateway.carrier("nothing");
    // Dialects take turns, and none of their texts waits for its time: each is submitted, and put off, while more come in.
    const dialects = Object.entries({ ...gateway.others, Target365: () => gateway.single() });
    for (let round = 0; round <= SIZE.rounds; round++) {
      for (const [dialect, single] of dialects) await rate(round > 0 && dialect, gateway, single);
    }
    await gateway.carrier("texts");

    const half = { hello: (median("hello") ?? 0) / 2, accept: (median("accept") ?? 0) / 2 };
    for (let round = 0; round < SIZE.halfLoad.rounds; round++) {
      const { seconds } = SIZE.halfLoad;
      const a = await load(gateway.url, { next: () => hello, connections: 100, seconds, rate: half.hello });
      const b = await load(gateway.url, {
        next: () => gateway.single(soon()),
        connections: 100,
        seconds,
        rate: half.accept,
      });
      const c = await load(gateway.url, { next: () => hello, connections: 100, seconds, rate: half.accept });
      note("hello p99", quantile(a.latencies, 0.99));
      note("hello p99 at that rate", quantile(c.latencies, 0.99));
      note("accept p99", quantile(b.latencies, 0.99));
      note("hello p50", quantile(a.latencies, 0.5));
      note("accept p50", quantile(b.latencies, 0.5));
    }

    for (let round = 0; round <= SIZE.batches; round++) {
      const seconds = await batch(gateway.url, gateway.batch(Array.from({ length: BATCH }, soon)));
      const least = await batch(floor.url, floor.batch(BATCH));
      if (round > 0) note("batch seconds", seconds);
      if (round > 0) note("floor batch seconds", least);
    }
  } finally {
    await gateway.stop();
    await ungrouped.stop();
    await floor.stop();
  }
}

/** Seconds that one request for many texts takes. */
async function batch(url: string, bytes: Buffer): Promise<number> {
  const one = [bytes];
  const { refused, seconds } = await load(url, { next: () => one.pop(), connections: 1, seconds: 30 });
  if (refused > 0) throw new Error("the batch was refused");
  return seconds;
}

/** Accepted, submitted, settled, told: while more keep coming, and past endpoints that are dead. */
async function allTheWay(): Promise<void> {
  const gateway = await startGateway();
  const floor = await startFloor();
  const kannel = isKannelInstalled() ? await startKannel() : undefined;
  const shops = await openShops(SHOPS);
  try {
    for (let round = 0; round <= SIZE.journeys; round++) {
      const warm = round > 0;
      await rate(warm && "accept again", gateway, () => gateway.single(soon()));
      await journey(warm, gateway, shops);
      await floorJourney(warm, floor, shops);
      const theirs = await kannel?.accept(SIZE.seconds, CONNECTIONS);
      if (warm && theirs !== undefined) note("kannel accept", theirs);
      const whole = await kannel?.journey(SIZE.journey, CONNECTIONS);
      if (warm && whole !== undefined) note("kannel journey", whole);
    }
    for (let round = 0; round < 2; round++) {
      note("calls", await calls(gateway, shops, 0));
      note("floor calls", await floorCalls(floor, shops));
      note("calls past the dead", await calls(gateway, shops, 1));
    }
  } finally {
    await shops.stop();
    await gateway.stop();
    await floor.stop();
    await kannel?.stop();
  }
}

/** The same way with nothing on it but what must be written and called. */
async function floorJourney(warm: boolean, floor: Floor, shops: Customers): Promise<void> {
  shops.forget();
  let left = SIZE.journey;
  const next = () => (left-- > 0 ? floor.single(`${shops.urls[left % SHOPS]}/reports`) : undefined);
  const from = performance.now();
  await load(floor.url, { next, connections: CONNECTIONS, seconds: 60 });
  const whole = (await shops.all(SIZE.journey, 60)) - from;
  if (warm) note("floor journey", (SIZE.journey / whole) * 1000);
}

async function journey(warm: boolean, gateway: BenchGateway, shops: Customers): Promise<void> {
  const messages = warm ? SIZE.journey : SIZE.journey / 5;
  shops.forget();
  let left = messages;
  const next = () =>
    left-- > 0 ? gateway.single({ deliveryReportUrl: `${shops.urls[left % SHOPS]}/reports` }) : undefined;
  const from = performance.now();
  const accepted = await load(gateway.url, { next, connections: CONNECTIONS, seconds: 60 });
  const behind = messages - shops.received();
  const accepting = performance.now() - from;
  const whole = (await shops.all(messages, 60)) - from;
  if (accepted.refused > 0) throw new Error(`${accepted.refused} messages were refused`);
  if (!warm) return;
  note("journey", (messages / whole) * 1000);
  note("journey accept", accepted.perSecond);
  note("journey behind", behind / messages);
  note("journey drain", (whole - accepting) / whole);
}

/** Webhooks a second to the customers who live, with so many who never answer. */
async function calls(gateway: BenchGateway, shops: Customers, dead: number): Promise<number> {
  shops.forget();
  const urls = shops.urls.map((url, n) => `${url}/${n < dead ? "dead" : "live"}`);
  const messages = Array.from({ length: SIZE.calls }, (_, n) => ({ deliveryReportUrl: urls[n % SHOPS] as string }));
  const one = [gateway.batch(messages)];
  const from = performance.now();
  const { refused } = await load(gateway.url, { next: () => one.pop(), connections: 1, seconds: 30 });
  if (refused > 0) throw new Error("the batch was refused");
  const expected = SIZE.calls * (1 - dead / SHOPS);
  return (expected / ((await shops.all(expected, 60)) - from)) * 1000;
}

/** The same with nothing but the row, its marks and the call. */
async function floorCalls(floor: Floor, shops: Customers): Promise<number> {
  shops.forget();
  const one = [floor.batch(SIZE.calls, shops.urls)];
  const from = performance.now();
  await load(floor.url, { next: () => one.pop(), connections: 1, seconds: 30 });
  return (SIZE.calls / ((await shops.all(SIZE.calls, 60)) - from)) * 1000;
}

async function rate(name: string | false, gateway: { url: string }, next: () => Buffer | undefined): Promise<Outcome> {
  const outcome = await load(gateway.url, { next, connections: CONNECTIONS, seconds: SIZE.seconds });
  if (outcome.refused > 0) throw new Error(`${outcome.refused} of ${outcome.answered} were refused (${name})`);
  if (name) note(name, outcome.perSecond);
  return outcome;
}

/** Stored and rung for like any other, but not due before the bench is over: accepting is measured, not what follows. */
function soon(): { sendTime: string } {
  return { sendTime: new Date(Date.now() + 115_000).toISOString() };
}

function presigned(gateway: BenchGateway, count: number): Buffer[] {
  return Array.from({ length: count }, () => gateway.signed(soon()));
}

function median(name: string): number | undefined {
  const sorted = [...(measures[name] ?? [])].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}
