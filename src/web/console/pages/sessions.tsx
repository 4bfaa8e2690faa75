/** Who is logged in to the console: each session with a button that ends it. */

import { Hono } from "hono";
import { ask, type Item } from "../api.ts";
import type { C, ConsoleEnv } from "../console-env.ts";
import { page } from "../ui/layout.tsx";
import { when } from "../ui/words.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const sessions = app;

const SETUP = "/console/setup";
const HERE = "/console/sessions";

type Session = Item<"GET /admin/v1/sessions">;

app.get("/", async (c) => {
  const { items } = await ask(c, "GET /admin/v1/sessions");
  const notice = c.req.query("done") === "ended" ? { said: "Session ended." } : undefined;
  return page(
    c,
    { title: "Sessions", styles: ["forms", "lists", "setup"], ...(notice ? { notice } : {}) },
    <>
      <h1>Sessions</h1>
      <p class="hint">
        Browsers that are logged in to this console. A session ends when its user logs out, after 12 hours, or when its
        token is withdrawn, expires or is changed. Times are UTC.
      </p>
      <ul class="rows">{items.map((one) => row(c, one))}</ul>
      <p>
        <a href={SETUP}>Back to Setup</a>
      </p>
    </>,
  );
});

function row(c: C, { id, name: token, address, browser, createdAt, seenAt, expiresAt }: Session) {
  const isThis = id === c.get("session").id;
  const name = address ? `${browser}, ${address}` : browser;
  return (
    <li>
      <p class="main">
        <strong>{browser}</strong> <span class="mono hint">{address}</span>{" "}
        {isThis && <span class="badge">this browser</span>}
      </p>
      <form class="side" method="post" action={`${HERE}/${encodeURIComponent(id)}/end`}>
        <button class="quiet" type="submit" aria-label={isThis ? "End this session" : `End the session of ${name}`}>
          End
        </button>
      </form>
      <p class="more">
        {token}, logged in {when(createdAt)}, last seen {when(seenAt)}, ends {when(expiresAt)}
      </p>
    </li>
  );
}

/** Who ends the session of this very browser is asked to log in by the next page. */
app.post("/:id/end", async (c) => {
  await ask(c, "DELETE /admin/v1/sessions/{id}", { params: { id: c.req.param("id") } });
  return c.redirect(`${HERE}?done=ended`, 303);
});
