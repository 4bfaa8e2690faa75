/** Everything that customers and people do, all at once and as long as it is wanted. */

import { setTimeout as wait } from "node:timers/promises";
import { DEMO_API_KEY } from "../scripts/local-settings.ts";
import type { World } from "./calls.ts";
import { Charges, POOR } from "./charges.ts";
import type { Esme } from "./esme.ts";
import type { Operator } from "./outside.ts";
import { KEYWORD, ONCE, People, SHORT_NUMBER, WEEKLY } from "./people.ts";
import type { Random } from "./random.ts";
import { SWEDISH, Texts } from "./texts.ts";

/** How often each is done, in comparison. */
const WEIGHTS = {
  single: 40,
  batch: 5,
  scheduled: 10,
  txtnation: 12,
  cm: 10,
  flowroute: 6,
  smpp: 10,
  toSmsc: 8,
  charge: 16,
  write: 8,
  subscribe: 4,
  stop: 2,
  buy: 1,
} as const;

/** How long a caller rests from one request to the next. Milliseconds. */
const REST = { least: 0, most: 30 };

export type Load = {
  /** Resolves when it is over and all that was begun is answered. */
  done: Promise<void>;
  /** Sends one text, once; answers whether it was taken. */
  probe(): Promise<boolean>;
};

/** Begins at once, and goes on until the world is over. */
export function beginLoad(world: World, receiver: string, callers: number, random: Random, esme: Esme): Load {
  const texts = new Texts(world, receiver, esme);
  const charges = new Charges(world);
  const people = new People(world);
  const work: Record<keyof typeof WEIGHTS, (random: Random) => Promise<void>> = {
    single: (own) => texts.single(own),
    batch: (own) => texts.batch(own),
    scheduled: (own) => texts.scheduled(own),
    txtnation: (own) => texts.txtnation(own),
    cm: (own) => texts.cm(own),
    flowroute: (own) => texts.flowroute(own),
    smpp: (own) => texts.smpp(own),
    toSmsc: (own) => texts.toSmsc(own),
    charge: (own) => charges.charge(own),
    write: () => people.write(),
    subscribe: (own) => people.subscribe(own),
    stop: (own) => people.stopSomebody(own),
    buy: () => people.buy(),
  };
  const call = async (own: Random) => {
    while (!world.isOver && !world.isGone) {
      await work[own.weighted(WEIGHTS)](own);
      await wait(own.between(REST.least, REST.most));
    }
  };
  const all = Promise.all(Array.from({ length: callers }, (_, index) => call(random.stream(`caller ${index}`))));
  all.catch(() => {}); // for whoever waits for it
  return { done: all.then(() => undefined), probe: () => texts.probe() };
}

/** Makes what the load needs: people without money, things that are sold, addresses where customers are told. */
export async function setUp(operator: Operator, url: string, receiver: string, smsc: number): Promise<void> {
  await operator("PUT", "/admin/v1/carriers/smsc", {
    ...{ kind: "smpp", secrets: { password: "torture" } },
    settings: { host: "127.0.0.1", port: smsc, systemId: "torture" },
  });
  const route = { account: "demo", kind: "message", prefix: SWEDISH, carriers: ["smsc"] };
  await operator("PUT", "/admin/v1/routes/smsc", route);
  for (const msisdn of POOR) await operator("PUT", `/sandbox/v1/subscribers/${msisdn}`, { prepaidBalance: 0 });
  const account = "/admin/v1/accounts/demo";
  const service = { shortNumber: SHORT_NUMBER, merchantId: "demo", serviceCode: "14002", invoiceText: "Tortured" };
  await operator("PUT", `${account}/services/${ONCE.id}`, { ...service, price: ONCE.price, redirectUrl: ONCE.thanks });
  await operator("PUT", `${account}/services/${WEEKLY.id}`, {
    ...service,
    price: WEEKLY.price,
    keyword: WEEKLY.keyword,
    redirectUrl: ONCE.thanks,
    recurring: true,
    autoRebill: true,
    interval: "weekly",
    timeZone: noonZone(new Date()), // renewals are made by day, and no week has an hour more or less there
    startSms: "Welcome to the torture",
  });
  const callbacks = {
    txtnation: { reportUrl: `${receiver}/txtnation` },
    cm: { reportUrl: `${receiver}/cm?reference=[REFERENCE]&status=[STATUS]` },
    flowroute: { reportUrl: `${receiver}/flowroute` },
    stafett: { reportUrl: `${receiver}/news`, subscriptionUrl: `${receiver}/news` },
  };
  for (const [dialect, urls] of Object.entries(callbacks))
    await operator("PUT", `${account}/callbacks/${dialect}`, urls);
  const keyword = {
    shortNumberId: `NO-${SHORT_NUMBER}`,
    keywordText: KEYWORD,
    mode: "Startswith",
    enabled: true,
    forwardUrl: `${receiver}/inbound`,
  };
  const headers = { "x-apikey": DEMO_API_KEY, "content-type": "application/json" };
  const answer = await fetch(`${url}/api/keywords`, { method: "POST", headers, body: JSON.stringify(keyword) });
  if (answer.status !== 201) throw new Error(`the keyword was refused: ${answer.status} ${await answer.text()}`);
}

/** A time zone without summer time in which it is about noon: `Etc/GMT+3` is three hours behind UTC. */
function noonZone(now: Date): string {
  const behind = now.getUTCHours() - 12;
  return `Etc/GMT${behind >= 0 ? "+" : ""}${behind}`;
}
