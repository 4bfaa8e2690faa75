/** How much goes through, how well, and what waits. */

import { Hono } from "hono";
import { decimalsOf, fromMinor } from "../../../core/kernel/money.ts";
import { type Answer, ask, type Item, withParams } from "../api.ts";
import type { C, ConsoleEnv } from "../console-env.ts";
import { PACE, page } from "../ui/layout.tsx";
import { plotOf } from "../ui/plot.tsx";
import { added, lasting, sums } from "../ui/sums.tsx";
import { tiles } from "../ui/tiles.tsx";
import { withThousands } from "../ui/words.tsx";
import { noTrafficYet } from "./nothing-yet.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const overview = app;

const HERE = "/console/overview";
const ZONE = "UTC";

/** The ranges to choose from. `step` in seconds. Only the short one is live: reading a long one again and again costs too much. */
const RANGES = {
  hour: { name: "Last hour", each: "minute", step: 60, steps: 60, isLive: true },
  day: { name: "Last day", each: "15 minutes", step: 900, steps: 96, isLive: false },
  week: { name: "Last week", each: "2 hours", step: 7_200, steps: 84, isLive: false },
  month: { name: "Last 30 days", each: "6 hours", step: 21_600, steps: 120, isLive: false },
} as const;
type RangeName = keyof typeof RANGES;

type Waiting = Pick<Figures["messages"], "pending">;
type Figures = Answer<"GET /admin/v1/figures">;

type Step = Item<"GET /admin/v1/statistics/traffic">;

app.get("/", async (c) => {
  const asked = (c.req.query("range") ?? "") as RangeName;
  const name = Object.hasOwn(RANGES, asked) ? asked : "hour";
  const figures = await ask(c, "GET /admin/v1/figures");
  const isRefresh = c.req.header("x-requested-with") === "live";
  return page(
    c,
    { title: "Overview", scripts: ["plots"], styles: ["plots"] },
    <>
      <h1>Overview</h1>
      <section id="now" data-live="messages,transactions,webhooks,subscriptions" data-pace={PACE} aria-label="Now">
        {tilesOf(figures)}
      </section>
      <nav aria-label="Range">
        <ul class="ranges">
          {Object.entries(RANGES).map(([key, range]) => (
            <li>
              <a href={withParams(HERE, { range: key })} aria-current={key === name ? "true" : undefined}>
                {range.name}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      {isRefresh && !RANGES[name].isLive ? undefined : await trafficOf(c, name, figures.at)}
    </>,
  );
});

function tilesOf({ at, messages, transactions, subscriptions, webhooks }: Figures) {
  const late = (oldest: string | undefined) =>
    oldest === undefined ? "none overdue" : `oldest due ${lasting(Date.parse(at) - Date.parse(oldest))} ago`;
  return tiles([
    { name: "Messages in progress", ...waiting(messages), href: "/console/messages" },
    { name: "Message queue", value: ageOf(at, messages.oldestDue), more: "wait of the oldest" },
    { name: "Charges in progress", ...waiting(transactions), href: "/console/charges" },
    { name: "Charge queue", value: ageOf(at, transactions.oldestDue), more: "wait of the oldest" },
    {
      name: "Disputed charges",
      value: withThousands(transactions.disputed),
      more: "billed after being reported as failed",
      isBad: transactions.disputed > 0,
    },
    { name: "Webhooks owed", value: withThousands(webhooks.owed), more: late(webhooks.oldestDue) },
    {
      name: "Dead webhooks",
      value: withThousands(webhooks.dead),
      more: "waiting for replay",
      isBad: webhooks.dead > 0,
      href: "/console/webhooks",
    },
    {
      name: "Subscriptions",
      value: withThousands(subscriptions.active + subscriptions.dunning),
      more: `${subscriptions.dunning} in dunning, ${subscriptions.due} due now`,
      href: "/console/subscriptions",
    },
  ]);
}

function ageOf(at: string, oldest: string | undefined): string {
  return oldest === undefined ? "0 s" : lasting(Date.parse(at) - Date.parse(oldest));
}

function waiting({ pending }: Waiting): { value: string; more: string } {
  const states = Object.entries(pending);
  return {
    value: withThousands(states.reduce((sum, [, count]) => sum + count, 0)),
    more: states.length === 0 ? "none" : states.map(([state, count]) => `${withThousands(count)} ${state}`).join(", "),
  };
}

/** The traffic of the range, to the end of the current step. */
async function trafficOf(c: C, name: RangeName, now: string) {
  const { name: title, each, step, steps, isLive } = RANGES[name];
  const until = Math.ceil(Date.parse(now) / (step * 1_000)) * step * 1_000;
  const since = until - steps * step * 1_000;
  const { items } = await ask(c, "GET /admin/v1/statistics/traffic", {
    query: { since: new Date(since).toISOString(), until: new Date(until).toISOString(), step },
  });
  const total = (of: (one: Step) => number) => items.reduce((sum, one) => sum + of(one), 0);
  const settled = total(settledIn);
  const isQuiet = total(({ accepted, charges, webhooks }) => accepted + charges + webhooks) === 0;
  const charged = total(({ charges }) => charges);
  return (
    <section id="traffic" data-live={isLive ? "messages,transactions" : undefined} aria-label={title}>
      <h2>{title}</h2>
      {isQuiet && (await noTrafficYet(c, title))}
      <p class="hint" hidden={isQuiet}>
        Counted by acceptance time, per {each} ({ZONE}). The last bucket is incomplete
        {isLive ? "." : "; reload to update."}
      </p>
      {!isQuiet &&
        tiles([
          { name: "Messages accepted", value: withThousands(total(({ accepted }) => accepted)) },
          {
            name: "Delivered",
            value: settled === 0 ? "–" : `${percent(total(({ delivered }) => delivered) / settled)} %`,
            more: `${withThousands(total(({ delivered }) => delivered))} of ${withThousands(settled)} final`,
          },
          ...(charged === 0 ? [] : chargeTiles(items, charged)),
        ])}
      {!isQuiet && (
        <div class="plots">{plotsOf(items, each, new Date(until).toISOString()).filter(hasValues).map(plotOf)}</div>
      )}
    </section>
  );
}

function chargeTiles(items: readonly Step[], charged: number) {
  const failed = items.reduce((sum, { failedCharges }) => sum + failedCharges, 0);
  return [
    { name: "Charges", value: withThousands(charged) },
    { name: "Billed", value: sums(added(items.map(({ billed }) => billed))) },
    { name: "Reversed", value: sums(added(items.map(({ reversed }) => reversed))) },
    { name: "Charges failed", value: withThousands(failed) },
  ];
}

/** Whether there is anything in it: an empty plot says less than its absence. The first is there always. */
function hasValues({ id, series }: ReturnType<typeof plotsOf>[number]): boolean {
  return (
    id === "plot-messages" || series.some(({ values }) => values.some((value) => value !== undefined && value !== 0))
  );
}

function settledIn({ delivered, failed, expired }: Step): number {
  return delivered + failed + expired;
}

function percent(share: number): number {
  return Math.round(share * 1_000) / 10;
}

function plotsOf(items: readonly Step[], each: string, until: string) {
  const shared = { at: items.map(({ at }) => at), until, zone: ZONE };
  const values = (of: (one: Step) => number | undefined) => items.map(of);
  const currencies = [...new Set(items.flatMap(({ billed }) => Object.keys(billed)))].sort().slice(0, 4);
  return [
    {
      ...shared,
      id: "plot-messages",
      title: "Messages",
      note: `accepted per ${each}, and their outcomes`,
      unit: "messages",
      decimals: 0,
      series: [
        { name: "accepted", values: values(({ accepted }) => accepted) },
        { name: "delivered", values: values(({ delivered }) => delivered) },
        { name: "failed or expired", values: values(({ failed, expired }) => failed + expired) },
      ],
    },
    {
      ...shared,
      id: "plot-rate",
      title: "Delivery rate",
      note: "share of final messages (delivered, failed, expired); gaps have none",
      unit: "%",
      most: 100,
      decimals: 1,
      series: [
        {
          name: "delivered",
          values: values((one) => (settledIn(one) === 0 ? undefined : percent(one.delivered / settledIn(one)))),
        },
      ],
    },
    {
      ...shared,
      id: "plot-time",
      title: "Time to deliver",
      note: "from scheduled send to delivery receipt (non-premium), median and 95th percentile; gaps have none",
      unit: "seconds",
      decimals: 3,
      series: [
        { name: "median", values: values(({ medianSeconds }) => medianSeconds) },
        { name: "95th percentile", values: values(({ p95Seconds }) => p95Seconds) },
      ],
    },
    {
      ...shared,
      id: "plot-queue",
      title: "Wait in the queue",
      note: "from scheduled send to carrier (non-premium), 95th percentile; gaps have none",
      unit: "seconds",
      decimals: 3,
      series: [{ name: "95th percentile", values: values(({ queuedP95Seconds }) => queuedP95Seconds) }],
    },
    {
      ...shared,
      id: "plot-webhooks",
      title: "Webhooks",
      note: `per ${each}, about messages and charges accepted in that time`,
      unit: "webhooks",
      decimals: 0,
      series: [
        { name: "owed", values: values(({ webhooks }) => webhooks) },
        { name: "answered", values: values(({ answeredWebhooks }) => answeredWebhooks) },
        { name: "dead now", values: values(({ deadWebhooks }) => deadWebhooks) },
      ],
    },
    {
      ...shared,
      id: "plot-charges",
      title: "Charges",
      note: `accepted per ${each}, and their outcomes`,
      unit: "charges",
      decimals: 0,
      series: [
        { name: "accepted", values: values(({ charges }) => charges) },
        { name: "billed", values: values(({ billedCharges }) => billedCharges) },
        { name: "failed", values: values(({ failedCharges }) => failedCharges) },
      ],
    },
    ...(currencies.length === 0 ? ["NOK"] : currencies).map((currency) => ({
      ...shared,
      id: `plot-billed-${currency}`,
      title: `Billed in ${currency}`,
      note: `by charges accepted per ${each}; reversals shown separately`,
      unit: currency,
      decimals: decimalsOf(currency),
      series: [
        { name: "billed", values: values(({ billed }) => fromMinor(billed[currency] ?? 0, currency)) },
        { name: "reversed", values: values(({ reversed }) => fromMinor(reversed[currency] ?? 0, currency)) },
      ],
    })),
  ];
}
