/** Addresses that customers gave: a link only where it leads to a page, and never a script. */

import type { Child } from "hono/jsx";

/** @param style the class of the link, if it is to look like something else */
export function outside(url: string, said: Child, style?: string) {
  if (!/^https?:\/\//i.test(url)) return <span class={style && `${style} still`}>{said}</span>;
  return (
    <a class={style} href={url} rel="noreferrer">
      {said}
    </a>
  );
}
