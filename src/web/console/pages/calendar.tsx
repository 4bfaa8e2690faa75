/** A calendar of renewals: a month, and each of its days. */

import { Hono } from "hono";
import { dayOf, spanOfDay } from "../../../core/billing/subscriptions/calendar.ts";
import { MOST_DAYS } from "../../../core/operator/over-time.ts";
import { ask, type Item, withParams } from "../api.ts";
import type { C, ConsoleEnv } from "../console-env.ts";
import { page } from "../ui/layout.tsx";
import { added, money, sums } from "../ui/sums.tsx";
import { table } from "../ui/table.tsx";
import { idsOf, listOf, STYLES, HERE as SUBSCRIPTIONS, type Whose, whose } from "./subscriptions-frame.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const calendar = app;

const HERE = `${SUBSCRIPTIONS}/calendar`;
/** Where it is decided which month is now. */
const ZONE = "Europe/Oslo";
const WEEK = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
/** So many of a service are shown on a day; the list has the rest. */
const ON_A_DAY = 50;

type DayOfRenewals = Item<"GET /admin/v1/renewals">;

app.get("/", async (c) => {
  const today = dayOf(c.get("now")(), ZONE);
  const asked = c.req.query("month") ?? "";
  const month = monthOf(/^20\d\d-(0[1-9]|1[0-2])$/.test(asked) ? asked : today.slice(0, 7));
  const { account, service } = c.req.query();
  const items = await renewalsOf(c, month.days[0] ?? "", month.days.at(-1) ?? "", { account, service });
  const [later] =
    items.length > 0
      ? []
      : await renewalsOf(c, `${month.next}-01`, afterThat(`${month.next}-01`), { account, service });
  const to = (path: string, more: Record<string, string> = {}) => withParams(path, { ...more, account, service });
  return page(
    c,
    { title: `Renewals in ${month.name}`, styles: STYLES },
    <>
      <h1>Renewals in {month.name}</h1>
      <form class="filters" method="get" aria-label="Filters">
        <input type="hidden" name="month" value={month.month} />
        {await whose(c, { account, service })}
        <button type="submit">Filter</button>
      </form>
      <nav class="months" aria-label="Months">
        <a rel="prev" href={to(HERE, { month: month.previous })}>
          ← {nameOf(month.previous)}
        </a>
        <a rel="next" href={to(HERE, { month: month.next })}>
          {nameOf(month.next)} →
        </a>
      </nav>
      <section id="month" data-live="subscriptions,transactions" aria-label={month.name}>
        {monthTable(month, today, items, to)}
        <p class="hint">
          Each subscription is on the day of its next charge, by the clocks of where it is sold. The charge after that
          one follows when this one is made.
        </p>
        {items.length === 0 ? (
          <p class="empty">
            Nothing is due in this month.
            {later && (
              <>
                {" "}
                The next renewals are on <a href={to(HERE, { month: later.date.slice(0, 7) })}>{inWords(later.date)}</a>
                .
              </>
            )}
          </p>
        ) : (
          <>
            <h2>By service</h2>
            {byService(items)}
          </>
        )}
      </section>
    </>,
  );
});

async function renewalsOf(c: C, from: string, to: string, { account, service }: Whose): Promise<DayOfRenewals[]> {
  return (await ask(c, "GET /admin/v1/renewals", { query: { from, to, account, service } })).items;
}

/** The last of as many days as may be asked for at once. */
function afterThat(first: string): string {
  return new Date(Date.parse(`${first}T00:00:00Z`) + (MOST_DAYS - 1) * 86_400_000).toISOString().slice(0, 10);
}

type Month = ReturnType<typeof monthOf>;

/** @param month like 2026-11 */
function monthOf(month: string) {
  const [year = 0, number = 0] = month.split("-").map(Number);
  const first = (offset: number) => new Date(Date.UTC(year, number - 1 + offset, 1)).toISOString().slice(0, 7);
  const length = new Date(Date.UTC(year, number, 0)).getUTCDate();
  return {
    month,
    name: nameOf(month),
    days: Array.from({ length }, (_, day) => `${month}-${String(day + 1).padStart(2, "0")}`),
    /** How many days of its first week are of the month before. */
    before: (new Date(`${month}-01T00:00:00Z`).getUTCDay() + 6) % 7,
    previous: first(-1),
    next: first(1),
  };
}

function nameOf(month: string): string {
  return new Date(`${month}-01T00:00:00Z`).toLocaleDateString("en-GB", {
    timeZone: "UTC",
    month: "long",
    year: "numeric",
  });
}

function inWords(date: string): string {
  return new Date(`${date}T00:00:00Z`).toLocaleDateString("en-GB", { timeZone: "UTC", dateStyle: "full" });
}

type To = (path: string, more?: Record<string, string>) => string;

function monthTable({ name, days, before }: Month, today: string, items: readonly DayOfRenewals[], to: To) {
  const cells = [...Array.from({ length: before }, () => undefined), ...days];
  const weeks = Array.from({ length: Math.ceil(cells.length / 7) }, (_, week) =>
    WEEK.map((_, day) => cells[7 * week + day]),
  );
  const onDay = Map.groupBy(items, ({ date }) => date);
  return (
    <table class="calendar">
      <caption class="unseen">Charges due in {name}</caption>
      <thead>
        <tr>
          {WEEK.map((day) => (
            <th scope="col">
              <abbr title={day}>{day.slice(0, 3)}</abbr>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {weeks.map((week) => (
          <tr>{week.map((day) => (day ? dayCell(day, day === today, onDay.get(day) ?? [], to) : <td />))}</tr>
        ))}
      </tbody>
    </table>
  );
}

function dayCell(date: string, isToday: boolean, due: readonly DayOfRenewals[], to: To) {
  const count = total(due, ({ count }) => count);
  const again = total(due, ({ dunning }) => dunning);
  return (
    <td id={`day-${date}`} class={isToday ? "today" : undefined} aria-current={isToday ? "date" : undefined}>
      <span class="day">{Number(date.slice(8))}</span>
      {count > 0 && (
        <a href={to(`${HERE}/${date}`)}>
          <strong>{count}</strong>
          <span class="roomy"> {count === 1 ? "charge" : "charges"}</span>
          <span class="roomy sum">{sums(sumOf(due))}</span>
          {again > 0 && <span class="roomy again">{again} tried again</span>}
        </a>
      )}
    </td>
  );
}

function total(due: readonly DayOfRenewals[], of: (one: DayOfRenewals) => number): number {
  return due.reduce((sum, one) => sum + of(one), 0);
}

function sumOf(due: readonly DayOfRenewals[]): Record<string, number> {
  return added(due.map(({ currency, amount }) => ({ [currency]: amount })));
}

/** The key by which renewals are grouped. */
function keyOf({ account, service, timeZone, currency }: DayOfRenewals): string {
  return [account, service, timeZone, currency].join(" ");
}

function byService(items: readonly DayOfRenewals[]) {
  return table({
    rows: [...Map.groupBy(items, keyOf).values()].map((due) => ({ ...(due[0] as DayOfRenewals), due })),
    columns: [
      { head: "Service", class: "main", isName: true, cell: serviceOf },
      { head: "Time zone", class: "wide", cell: ({ timeZone }) => timeZone },
      { head: "Charges", class: "sum", cell: ({ due }) => total(due, ({ count }) => count) },
      { head: "Tried again", class: "sum wide", cell: ({ due }) => total(due, ({ dunning }) => dunning) },
      { head: "Sum", class: "sum", cell: ({ due }) => sums(sumOf(due)) },
    ],
  });
}

function serviceOf({ service, account }: DayOfRenewals) {
  return (
    <>
      {service} <span class="snippet">of {account}</span>
    </>
  );
}

app.get("/:day", async (c) => {
  const day = c.req.param("day");
  const { account, service } = c.req.query();
  const items = await renewalsOf(c, day, day, { account, service });
  const groups = [...new Map(items.map((one) => [keyOf(one), one])).values()];
  const lists = await Promise.all(groups.map((one) => dueOn(c, day, one)));
  return page(
    c,
    { title: `Renewals on ${day}`, styles: STYLES },
    <>
      <p class="back">
        <a href={SUBSCRIPTIONS}>← Subscriptions</a>
      </p>
      <h1>Renewals on {inWords(day)}</h1>
      <p>
        <a href={withParams(HERE, { month: day.slice(0, 7), account, service })}>{nameOf(day.slice(0, 7))}</a>
      </p>
      <section id="day" data-live="subscriptions,transactions" aria-label={inWords(day)}>
        {groups.length === 0 && <p class="empty">Nothing is due on this day.</p>}
        {groups.map((one, index) => (
          <>
            <h2>
              {one.service} of {one.account}
            </h2>
            <p>
              {one.count} {one.count === 1 ? "charge" : "charges"}, {money(one.amount, one.currency)}
              {one.dunning > 0 && `, ${one.dunning} tried again after a decline`}; the day of {one.timeZone}.
            </p>
            {lists[index]}
          </>
        ))}
      </section>
    </>,
  );
});

async function dueOn(c: C, day: string, { account, service, timeZone }: DayOfRenewals) {
  const { since, until } = spanOfDay(day, timeZone);
  const due = { dueAfter: new Date(since).toISOString(), dueBefore: new Date(until).toISOString() };
  const { items, next } = await ask(c, "GET /admin/v1/subscriptions", {
    query: { account, service, ...due, limit: ON_A_DAY },
  });
  // Those sold when the service had another time zone are on another day, or below another heading.
  const own = items.filter((one) => one.timeZone === timeZone);
  return (
    <>
      <div data-watch={idsOf(own)}>{listOf(own, `${service} of ${account}`)}</div>
      {next && (
        <p>
          <a href={withParams(SUBSCRIPTIONS, { account, service, ...due })}>All of them</a>
        </p>
      )}
    </>
  );
}
