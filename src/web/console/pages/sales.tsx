/** What subscriptions bring, and how many come and go. */

import { Hono } from "hono";
import { decimalsOf, fromMinor } from "../../../core/kernel/money.ts";
import { ask, type Item, withParams } from "../api.ts";
import type { ConsoleEnv } from "../console-env.ts";
import { page } from "../ui/layout.tsx";
import { plotOf } from "../ui/plot.tsx";
import { added, sums } from "../ui/sums.tsx";
import { table } from "../ui/table.tsx";
import { tiles } from "../ui/tiles.tsx";
import { STYLES, HERE as SUBSCRIPTIONS, whose } from "./subscriptions-frame.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const sales = app;

const HERE = `${SUBSCRIPTIONS}/sales`;
/** Whose days, weeks and months they are. */
const ZONE = "Europe/Oslo";
const DAY = 86_400_000;

const RANGES = {
  day: { name: "30 days", days: 29 },
  week: { name: "26 weeks", days: 25 * 7 },
  month: { name: "12 months", days: 334 },
} as const;
type By = keyof typeof RANGES;

type Step = Item<"GET /admin/v1/statistics/subscriptions">;

app.get("/", async (c) => {
  const asked = (c.req.query("by") ?? "") as By;
  const by = Object.hasOwn(RANGES, asked) ? asked : "day";
  const { account, service } = c.req.query();
  const since = new Date(c.get("now")() - RANGES[by].days * DAY).toISOString();
  const { items } = await ask(c, "GET /admin/v1/statistics/subscriptions", {
    query: { since, step: by, timeZone: ZONE, account, service },
  });
  return page(
    c,
    {
      title: "Revenue and churn",
      scripts: ["plots"],
      styles: STYLES,
    },
    <>
      <h1>Revenue and churn</h1>
      <form class="filters" method="get" aria-label="Filters">
        <input type="hidden" name="by" value={by} />
        {await whose(c, { account, service })}
        <button type="submit">Filter</button>
      </form>
      <nav aria-label="Range">
        <ul class="ranges">
          {Object.entries(RANGES).map(([key, { name }]) => (
            <li>
              <a href={withParams(HERE, { by: key, account, service })} aria-current={key === by ? "true" : undefined}>
                {name}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <p class="hint">
        Of subscriptions that we bill; for each {by} of {ZONE}. The last {by} is not over yet.
      </p>
      <section aria-label="In all">
        {tiles([
          { name: "Active now", value: String(items.at(-1)?.active ?? 0) },
          { name: "Begun", value: String(total(items, ({ begun }) => begun)) },
          { name: "Ended", value: String(total(items, ({ cancelled }) => cancelled)) },
          { name: "Revenue", value: sums(added(items.map(({ revenue }) => revenue))) },
        ])}
      </section>
      <div class="plots">{plotsOf(items, by).map(plotOf)}</div>
      {whyEnded(items)}
    </>,
  );
});

function total(items: readonly Step[], of: (one: Step) => number): number {
  return items.reduce((sum, one) => sum + of(one), 0);
}

function plotsOf(items: readonly Step[], by: By) {
  const shared = { at: items.map(({ at }) => at), until: items.at(-1)?.until ?? "", zone: ZONE };
  const values = (of: (one: Step) => number | undefined) => items.map(of);
  const currencies = [...new Set(items.flatMap(({ revenue }) => Object.keys(revenue)))].sort();
  return [
    ...(currencies.length === 0 ? ["NOK"] : currencies).map((currency) => ({
      ...shared,
      id: `plot-revenue-${currency}`,
      title: `Revenue in ${currency}`,
      note: `billed in each ${by}, less reversals`,
      unit: currency,
      decimals: decimalsOf(currency),
      series: [{ name: "revenue", values: values(({ revenue }) => fromMinor(revenue[currency] ?? 0, currency)) }],
    })),
    {
      ...shared,
      id: "plot-active",
      title: "Active subscriptions",
      note: `at the end of each ${by}, with those whose last charge was declined`,
      unit: "subscriptions",
      decimals: 0,
      series: [{ name: "active", values: values(({ active }) => active) }],
    },
    {
      ...shared,
      id: "plot-coming",
      title: "Begun and ended",
      note: `in each ${by}`,
      unit: "subscriptions",
      decimals: 0,
      series: [
        { name: "begun", values: values(({ begun }) => begun) },
        { name: "ended", values: values(({ cancelled }) => cancelled) },
      ],
    },
    {
      ...shared,
      id: "plot-ended",
      title: "Ended by",
      note: "declined: a charge was declined for good, or too often",
      unit: "subscriptions",
      decimals: 0,
      series: [
        { name: "the person", values: values(({ by }) => by.person ?? 0) },
        { name: "the merchant", values: values(({ by }) => by.merchant ?? 0) },
        { name: "declined", values: values(({ by }) => by.dunning ?? 0) },
        { name: "an operator", values: values(({ by }) => by.operator ?? 0) },
      ],
    },
    {
      ...shared,
      id: "plot-churn",
      title: "Churn",
      note: `of those active when a ${by} began, how many ended in it; a gap where none was`,
      unit: "%",
      decimals: 1,
      series: [
        {
          name: "churn",
          values: values(({ churnRate }) => (churnRate === undefined ? undefined : Math.round(churnRate * 1_000) / 10)),
        },
      ],
    },
  ];
}

function whyEnded(items: readonly Step[]) {
  const reasons = Object.entries(added(items.map(({ reasons }) => reasons))).sort(([, a], [, b]) => b - a);
  if (reasons.length === 0) return undefined;
  return (
    <>
      <h2>Why charges were declined for good</h2>
      {table({
        class: "narrow",
        rows: reasons,
        columns: [
          { head: "Reason", isName: true, cell: ([reason]) => reason.replaceAll("-", " ") },
          { head: "Subscriptions", class: "sum", cell: ([, count]) => count },
        ],
      })}
    </>
  );
}
