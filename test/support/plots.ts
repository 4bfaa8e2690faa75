/** Plots in a page: what is drawn, and what their tables say. */

import type { Tab } from "./console.ts";

/**
 * A script for the page: how many points of a drawing have just the colour of each line. It reads from a copy, as Chromium
 * complains where a canvas that is drawn on is read from as well.
 */
const COUNT = `(figure) => {
  const canvas = figure.querySelector("canvas");
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
  return [...figure.querySelectorAll(".key")].map((key) => {
    const [r, g, b] = getComputedStyle(key).borderTopColor.match(/\\d+/g).map(Number);
    let points = 0;
    for (let at = 0; at < data.length; at += 4) {
      if (data[at] === r && data[at + 1] === g && data[at + 2] === b && data[at + 3] === 255) points++;
    }
    return points;
  });
}`;

/** How many points of the drawing have the colour of each line. */
export function drawn({ page }: Tab, plot: string): Promise<number[]> {
  return page.evaluate(`(${COUNT})(document.getElementById(${JSON.stringify(plot)}))`);
}

/** A column of a plot's table, counted from 1; null where it says that there is nothing. */
export async function column({ page }: Tab, plot: string, number: number): Promise<(number | null)[]> {
  const cells = await page.locator(`#${plot} tbody tr td:nth-of-type(${number})`).allTextContents();
  return cells.map((text) => (text === "–" ? null : Number(text.replaceAll(",", ""))));
}

/** The sum of a column. */
export function sum(values: readonly (number | null)[]): number {
  return values.reduce<number>((total, value) => total + (value ?? 0), 0);
}

/** What a tile says, in the region of that name. */
export function tile({ page }: Tab, region: string, name: string) {
  return page
    .getByRole("region", { name: region })
    .locator(".tiles > div", { has: page.getByText(name, { exact: true }) })
    .locator("dd")
    .first();
}
