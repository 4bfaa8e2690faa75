/**
 * Draws plots from the tables that stand under them, so that both say the same. A value holds for a whole step, so it is
 * drawn as one; where there is none, nothing is. Without this script, open the tables.
 */

import uPlot from "uplot";

const HEIGHT = 220;
const DASHES: Record<string, number[]> = { dashed: [8, 5], dotted: [2, 4], double: [10, 3, 2, 3] };

type Drawn = { plot: uPlot; names: string[] };
const drawn = new Map<HTMLElement, Drawn>();

function refresh(): void {
  for (const [figure, { plot }] of drawn) {
    if (figure.isConnected) continue;
    plot.destroy();
    drawn.delete(figure);
  }
  for (const figure of document.querySelectorAll<HTMLElement>("figure[data-plot]")) {
    const names = namesIn(figure);
    const known = drawn.get(figure);
    if (known && known.names.join() === names.join()) {
      known.plot.setData(valuesIn(figure));
      continue;
    }
    known?.plot.destroy();
    drawn.set(figure, { plot: draw(figure, names), names });
  }
}

function namesIn(figure: HTMLElement): string[] {
  return [...figure.querySelectorAll("thead th")].slice(1).map(({ textContent }) => textContent);
}

/** The columns of the table, and once more the last row, at the moment when its step ends. */
function valuesIn(figure: HTMLElement): uPlot.AlignedData {
  const rows = [...figure.querySelectorAll("tbody tr")].map((row) => ({
    at: Date.parse(row.querySelector("time")?.dateTime ?? "") / 1_000,
    values: [...row.querySelectorAll("td")].map((cell) => {
      const value = cell.querySelector("data")?.value;
      return value === undefined ? null : Number(value);
    }),
  }));
  const last = rows.at(-1);
  if (last) rows.push({ ...last, at: Date.parse(figure.dataset.until ?? "") / 1_000 });
  const columns = (last?.values ?? []).map((_, column) => rows.map(({ values }) => values[column] ?? null));
  return [rows.map(({ at }) => at), ...columns];
}

function draw(figure: HTMLElement, names: readonly string[]): uPlot {
  const place = figure.querySelector<HTMLElement>(".drawing") as HTMLElement;
  place.replaceChildren();
  const { unit = "", zone = "UTC", most, whole } = figure.dataset;
  const keys = [...figure.querySelectorAll<HTMLElement>(".key")];
  // Asked anew for each drawing: light and dark may change places.
  const colour = (series: number) => getComputedStyle(keys[series] ?? figure).borderTopColor;
  const ink = () => getComputedStyle(figure).color;
  const line = () => getComputedStyle(figure).borderTopColor;
  const shared = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 }, labelSize: 20 };
  const reading = document.createElement("p");
  reading.className = "reading";
  const plot = new uPlot(
    {
      width: figure.clientWidth,
      height: HEIGHT,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), zone),
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
      scales: {
        y: {
          range: (_plot, least, greatest) => [
            Math.min(0, least ?? 0),
            Number(most ?? Math.max((greatest ?? 0) * 1.05, whole === undefined ? 1 : 4)),
          ],
        },
      },
      axes: [
        { ...shared, label: zone, size: 36, values: (_plot, splits, _axis, _space, step) => times(splits, step, zone) },
        {
          ...shared,
          label: unit,
          size: 56,
          values: (_plot, splits) => splits.map((value) => SHORT.format(value)),
          ...(whole === undefined ? {} : { incrs: WHOLE }),
        },
      ],
      series: [
        {},
        ...names.map((label, index): uPlot.Series => {
          const dash = DASHES[getComputedStyle(keys[index] ?? figure).borderTopStyle];
          return {
            label,
            stroke: () => colour(index),
            width: 2.5,
            ...(dash ? { dash } : {}),
            ...(index === 0 ? { fill: () => faint(colour(0)) } : {}),
            points: { show: false },
            paths: steps,
          };
        }),
      ],
      hooks: {
        setCursor: [
          (self) => {
            reading.textContent = read(self, zone, unit);
          },
        ],
      },
    },
    valuesIn(figure),
    place,
  );
  place.append(reading);
  return plot;
}

/** Each value from its time to the next, level. Beside a gap there is no line. */
function steps(plot: uPlot, series: number): uPlot.Series.Paths {
  const [times, values] = [plot.data[0], plot.data[series] ?? []];
  const stroke = new Path2D();
  const fill = new Path2D();
  const ground = plot.valToPos(0, "y", true);
  let before: number | undefined;
  for (let at = 0; at + 1 < times.length; at++) {
    const value = values[at];
    if (value === null || value === undefined) {
      before = undefined;
      continue;
    }
    const from = plot.valToPos(times[at] as number, "x", true);
    const to = plot.valToPos(times[at + 1] as number, "x", true);
    const height = plot.valToPos(value, "y", true);
    if (before === undefined) stroke.moveTo(from, height);
    else stroke.lineTo(from, height);
    stroke.lineTo(to, height);
    fill.rect(from, height, to - from, ground - height);
    before = height;
  }
  return { stroke, fill };
}

const SHORT = new Intl.NumberFormat("en-GB", { notation: "compact", maximumFractionDigits: 2 });
const LONG = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 2 });
/** Distances between lines of whole numbers. */
const WHOLE = Array.from({ length: 10 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat();

/** Clock times; days where a new one begins, or where lines are days apart. */
function times(splits: readonly number[], step: number, zone: string): string[] {
  const clock = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit" });
  const day = new Intl.DateTimeFormat("en-GB", { timeZone: zone, day: "numeric", month: "short" });
  const month = new Intl.DateTimeFormat("en-GB", { timeZone: zone, month: "short", year: "2-digit" });
  return splits.map((seconds) => {
    const at = new Date(seconds * 1_000);
    if (step >= 28 * 86_400) return month.format(at);
    const time = clock.format(at);
    return step >= 86_400 || time === "00:00" ? day.format(at) : time;
  });
}

/** What is under the pointer, in words. */
function read(plot: uPlot, zone: string, unit: string): string {
  const under = plot.cursor.left ?? -1;
  const at = plot.data[0].findLastIndex((time) => time <= plot.posToVal(under, "x"));
  if (under < 0 || at < 0) return "";
  const time = new Intl.DateTimeFormat("en-GB", { timeZone: zone, dateStyle: "medium", timeStyle: "short" });
  const values = plot.series.slice(1).map(({ label }, index) => {
    const value = plot.data[index + 1]?.[at];
    return `${label} ${value === null || value === undefined ? "–" : LONG.format(value)}`;
  });
  return `${time.format((plot.data[0][at] as number) * 1_000)}: ${values.join(", ")} (${unit})`;
}

function faint(colour: string): string {
  return colour.replace(/^rgb\((.*)\)$/, "rgba($1, 0.14)");
}

refresh();
document.addEventListener("stafett:fresh", refresh);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const { plot } of drawn.values()) plot.redraw();
});
new ResizeObserver(() => {
  for (const [figure, { plot }] of drawn) plot.setSize({ width: figure.clientWidth, height: HEIGHT });
}).observe(document.body);
