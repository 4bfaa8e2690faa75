/** Who has asked an account's numbers to be left alone. */

import { Hono } from "hono";
import { ask, withParams } from "../api.ts";
import type { ConsoleEnv } from "../console-env.ts";
import { when } from "../ui/words.tsx";
import { accountOf, accountPage, asksFirst, inSetup, listed } from "./frame.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const suppressions = app;

const ON_A_PAGE = 100;

app.get("/", async (c) => {
  const cursor = c.req.query("cursor");
  const { items, next } = await ask(c, "GET /admin/v1/accounts/{id}/suppressions", {
    params: { id: accountOf(c) },
    query: { limit: ON_A_PAGE, cursor },
  });
  return accountPage(
    c,
    {
      tab: "suppressions",
      title: "Opt-outs",
      done: { lifted: { said: "Texts from that number may reach the person again." } },
    },
    <>
      <p class="hint">
        Recipients who replied STOP, UNSUBSCRIBE or the like to a North American long number. They get nothing more from
        it until they reply START.
      </p>
      {listed(items, "Nobody has opted out.", ({ number, recipient, word, createdAt }) => (
        <li>
          <p class="main">
            <strong>{recipient}</strong> wrote “{word}” to {number}
          </p>
          <p class="side">
            {when(createdAt)}
            <a href={inSetup(c, "suppressions", number, recipient)} aria-label={`Lift ${recipient}, ${number}`}>
              Lift…
            </a>
          </p>
        </li>
      ))}
      {next && (
        <p>
          <a href={withParams(inSetup(c, "suppressions"), { cursor: next })}>More</a>
        </p>
      )}
    </>,
  );
});

asksFirst(app, "/:number/:recipient", (c) => {
  const [number, recipient] = [c.req.param("number") ?? "", c.req.param("recipient") ?? ""];
  return {
    title: "Lift an opt-out?",
    what: (
      <p>
        Texts from {number} would reach {recipient} again. Do it only if they asked for that themselves.
      </p>
    ),
    submit: "Yes, lift it",
    remove: () =>
      ask(c, "DELETE /admin/v1/accounts/{id}/suppressions/{number}/{recipient}", {
        params: { id: accountOf(c), number, recipient },
      }),
    back: inSetup(c, "suppressions"),
    done: "lifted",
  };
});
