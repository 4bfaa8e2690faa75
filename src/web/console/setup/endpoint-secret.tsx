/** The secret of an account's own endpoint: shown once, where it is made, and rotated. */

import { Hono } from "hono";
import { ApiError, ask } from "../api.ts";
import type { C, ConsoleEnv } from "../console-env.ts";
import { askFirst } from "../ui/ask-first.tsx";
import { facts } from "../ui/facts.tsx";
import { type Group, typedIn } from "../ui/form.tsx";
import { inWords } from "../ui/phone-time.tsx";
import { type Endpoint, here, which } from "./endpoint-facts.tsx";
import { accountPage, STYLES } from "./frame.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const endpointSecret = app;

/** No redirect: the secret would have to be kept for the page that follows, or stand in its address. */
export function secretShown(c: C, title: string, endpoint: Endpoint & { secret?: string }, more: string) {
  const { name, publicKey, secret } = endpoint;
  return accountPage(
    c,
    { tab: "endpoints", title, status: 201 },
    <>
      <div class="secret">
        {facts([
          ["Name", <span class="mono">{name}</span>],
          [
            "Secret (v1)",
            secret !== undefined && (
              <span id="secret" class="mono">
                {secret}
              </span>
            ),
          ],
          ["Public key (v1a)", <span class="mono">{publicKey}</span>],
        ])}
      </div>
      {secret !== undefined && (
        <p class="notice" role="status">
          Copy the secret now: this page is the only one that ever shows it. {more}
        </p>
      )}
      <p>
        <a href={here(c, name)}>To the endpoint</a>
      </p>
    </>,
  );
}

/** In seconds, and in words. */
const OVERLAPS = [
  ["86400", "for a day"],
  ["604800", "for a week"],
  ["2592000", "for 30 days"],
  ["3600", "for an hour"],
  ["0", "no longer"],
] as const;

const OVERLAP: readonly Group[] = [
  {
    fields: [
      {
        name: "overlapSeconds",
        label: "The old secret signs too",
        kind: "choice",
        options: OVERLAPS,
        hint: "Until then a receiver with either of them accepts each call.",
      },
    ],
  },
];

app.get("/:name/rotate", async (c) => {
  const { name, publicKey } = await ask(c, "GET /admin/v1/accounts/{id}/endpoints/{name}", which(c));
  return askFirst(c, {
    title: `Rotate the secret of ${name}?`,
    styles: STYLES,
    what: <p>It gets a new secret and a new public key. Keys from before the last rotation end at once.</p>,
    groups: OVERLAP,
    // The same form sent again must not end the overlap that it began.
    hidden: { of: publicKey },
    submit: "Yes, make a new secret",
    isDanger: false,
    back: here(c, name),
  });
});

app.post("/:name/rotate", async (c) => {
  const { of, overlapSeconds } = await typedIn(c);
  const { publicKey } = await ask(c, "GET /admin/v1/accounts/{id}/endpoints/{name}", which(c));
  if (of !== publicKey)
    throw new ApiError(409, "It was rotated meanwhile, and nothing was done now: look at it again.");
  const rotated = await ask(c, "POST /admin/v1/accounts/{id}/endpoints/{name}/rotate", {
    ...which(c),
    json: overlapSeconds ? { overlapSeconds: Number(overlapSeconds) } : {},
  });
  const { oldUntil } = rotated;
  const isOver = overlapSeconds === "0" || !oldUntil;
  const until = isOver
    ? "Calls are signed with it alone from now on."
    : `The old one signs too until ${inWords(oldUntil)}.`;
  return secretShown(c, "Secret rotated", rotated, until);
});
