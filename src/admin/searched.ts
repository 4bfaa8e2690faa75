/** Lists that can be searched: what is looked for, and how far a page has looked. */

import { z } from "@hono/zod-openapi";
import type { Searched as Found } from "../core/kernel/pages.ts";
import { MOST_LOOKED_AT } from "../core/operator/look-through.ts";
import { given, iso } from "./api.ts";

export const Containing = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .openapi({
    description:
      "some words of the text, or a part of the sender or of a phone number. A page looks through the newest " +
      `${MOST_LOOKED_AT} texts of the other filters: it may be empty and still have a \`next\`, which looks further back`,
    example: "parcel",
  });

export const Searched = z
  .object({
    count: z.number().int().openapi({ description: "how many were looked at for this page" }),
    backTo: z.string().optional().openapi({ description: "the oldest of them; absent when there is nothing older" }),
  })
  .optional()
  .openapi({ description: "with `containing`: how far this page has looked" });

export function searchedPage<Item, Answer>(
  { items, next, looked, backTo }: Found<Item>,
  toAnswer: (item: Item) => Answer,
) {
  const searched = { count: looked, ...given({ backTo: backTo === undefined ? undefined : iso(backTo) }) };
  return { items: items.map(toAnswer), ...given({ next }), searched };
}
