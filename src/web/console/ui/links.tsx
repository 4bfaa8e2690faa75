/** The address of a thing's page, by the kind of its id. */

import type { Found } from "../../../core/operator/search.ts";

const SECTION: Record<string, string> = {
  msg: "messages",
  txn: "charges",
  sub: "subscriptions",
  whk: "webhooks",
};

/** The address of the page of the thing with this id of ours; undefined where there is none. */
export function pageOf(id: string): string | undefined {
  const section = /^[a-z]{3}_\w+$/.test(id) ? SECTION[id.slice(0, 3)] : undefined;
  return section && `/console/${section}/${id}`;
}

/** Likewise of what was found; a text that came in is on the phone of who wrote it. */
export function pageOfFound({ id, person }: Found, hasSandbox: boolean): string | undefined {
  return pageOf(id) ?? (person && hasSandbox ? handsetOf(person) : undefined);
}

export function handsetOf(person: string): string {
  return `/console/handsets/${encodeURIComponent(person)}`;
}

/** An id of ours, with the way to its page. */
export function idLink(id: string) {
  const href = pageOf(id);
  return href ? (
    <a class="mono" href={href}>
      {id}
    </a>
  ) : (
    <code>{id}</code>
  );
}
