/** How pages are searched: by who makes the index and by who asks it, which must do alike. */

import type { Options, SearchOptions } from "minisearch";

/** How much of a text is kept to be shown. Characters. */
const SHOWN = 160;

const SEARCH: SearchOptions = {
  prefix: true,
  fuzzy: (term: string) => (term.length > 4 ? 0.2 : false),
  boost: { title: 4, page: 2 },
  combineWith: "AND",
};

/** For MiniSearch. */
export const SEARCHED = {
  fields: ["title", "page", "text"],
  storeFields: ["page", "title", "beginning"],
  extractField: (part: object, field: string) => {
    const fields = part as Record<string, string>;
    return field === "beginning" ? (fields.text ?? "").replace(/\s+/g, " ").slice(0, SHOWN) : (fields[field] ?? "");
  },
  searchOptions: SEARCH,
} satisfies Options;
