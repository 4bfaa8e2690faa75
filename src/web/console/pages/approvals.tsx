/** What waits for a second operator: each with what was asked, by whom, and the two buttons for another one. */

import { Hono } from "hono";
import { ask, type Item } from "../api.ts";
import type { C, ConsoleEnv } from "../console-env.ts";
import { page } from "../ui/layout.tsx";
import { pager } from "../ui/pager.tsx";
import { when } from "../ui/words.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const approvals = app;

const HERE = "/console/approvals";
type Approval = Item<"GET /admin/v1/approvals">;

const DONE: Record<string, string> = { approved: "It is approved, and done.", rejected: "It is rejected." };

app.get("/", async (c) => {
  const query = { limit: 50, cursor: c.req.query("cursor") };
  const { items, next } = await ask(c, "GET /admin/v1/approvals", { query });
  const said = DONE[c.req.query("done") ?? ""];
  return page(
    c,
    {
      title: "Approvals",
      styles: ["forms", "lists", "setup"],
      ...(said ? { notice: { said } } : {}),
    },
    <>
      <h1>Approvals</h1>
      <p class="hint">
        What the setting FOUR_EYES names is done when a second operator approves it, within 24 hours. Times are UTC.
      </p>
      {items.length === 0 ? (
        <p class="empty">Nothing waits for a second operator.</p>
      ) : (
        <ul class="rows">{items.map((one) => row(c, one))}</ul>
      )}
      {pager(c, HERE, {}, next)}
    </>,
  );
});

function row(c: C, approval: Approval) {
  const { id, state, action, subject, body, why, askedBy, token, askedAt, expiresAt, decidedBy, decidedAt, status } =
    approval;
  const isOpen = state === "waiting" && Date.parse(expiresAt) > c.get("wall")();
  return (
    <li id={id}>
      <p class="main">
        <strong>{action}</strong> <span class="mono hint">{subject}</span> <span class="badge">{state}</span>
      </p>
      {isOpen && token !== c.get("actor").id && (
        <div class="side">
          {(["approve", "reject"] as const).map((word) => (
            <form method="post" action={`${HERE}/${id}/${word}`}>
              <button type="submit" class="quiet" aria-label={`${word} ${action} ${subject}`}>
                {word === "approve" ? "Approve" : "Reject"}
              </button>
            </form>
          ))}
        </div>
      )}
      <p class="more">
        {why}; asked for by {askedBy}, {when(askedAt)}
        {isOpen && <>, until {when(expiresAt)}</>}
        {decidedBy && decidedAt && (
          <>
            , {state} by {decidedBy}, {when(decidedAt)}
          </>
        )}
        {status !== undefined && `, answered ${status}`}
      </p>
      {body !== undefined && (
        <details>
          <summary>Details</summary>
          <pre tabindex={0}>{JSON.stringify(body, undefined, 2)}</pre>
        </details>
      )}
    </li>
  );
}

app.post("/:id/approve", async (c) => {
  await ask(c, "POST /admin/v1/approvals/{id}/approve", { params: { id: c.req.param("id") } });
  return c.redirect(`${HERE}?done=approved`, 303);
});

app.post("/:id/reject", async (c) => {
  await ask(c, "POST /admin/v1/approvals/{id}/reject", { params: { id: c.req.param("id") } });
  return c.redirect(`${HERE}?done=rejected`, 303);
});
