/** Where an account's codes went, how many were confirmed, and where its guard lets no more of them go. */

import { Hono } from "hono";
import { ask, type Item } from "../api.ts";
import type { C, ConsoleEnv } from "../console-env.ts";
import { when } from "../ui/words.tsx";
import { accountOf, accountPage, asksFirst, inSetup, listed } from "./frame.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const codes = app;

type Area = Item<"GET /admin/v1/accounts/{id}/code-areas">;

app.get("/", async (c) => {
  const { items } = await ask(c, "GET /admin/v1/accounts/{id}/code-areas", { params: { id: accountOf(c) } });
  return accountPage(
    c,
    { tab: "codes", title: "Codes", done: { opened: { said: "Block lifted. Codes are sent there again." } } },
    <>
      <p class="hint">
        By country, and by the first six digits of numbers, where{" "}
        <a href={inSetup(c, "settings")}>its guard of codes</a> is on.
      </p>
      {listed(
        items,
        "No codes counted. Either the guard is off, or no codes were sent in the time that it looks back.",
        (one) => (
          <li>
            <p class="main">
              <strong>{one.area}</strong>
              {/* While it is blocked none are sent, and codes from before do not count. */}
              {one.sent > 0 && ` ${one.confirmed} of ${one.sent} confirmed`}
            </p>
            <p class="side">{standing(c, one)}</p>
          </li>
        ),
      )}
    </>,
  );
});

function standing(c: C, { area, isBlocked, blockedUntil, alarmedAt, reason }: Area) {
  const why = reason === "budget" ? "budget" : "too few confirmed";
  if (!isBlocked || blockedUntil === undefined)
    return (
      alarmedAt && (
        <>
          alarm, {why}, {when(alarmedAt)}
        </>
      )
    );
  return (
    <>
      blocked ({why}) until {when(blockedUntil)}{" "}
      <a href={inSetup(c, "codes", area)} aria-label={`Lift the block of ${area}`}>
        Lift the block…
      </a>
    </>
  );
}

asksFirst(app, "/:area", (c) => {
  const area = c.req.param("area") ?? "";
  return {
    title: `Lift the block of ${area}?`,
    what: <p>Codes are sent to {area} again. Codes sent before no longer count.</p>,
    submit: "Lift the block",
    remove: () =>
      ask(c, "DELETE /admin/v1/accounts/{id}/code-areas/{area}/block", { params: { id: accountOf(c), area } }),
    back: inSetup(c, "codes"),
    done: "opened",
  };
});
