/** Who has asked an account's numbers to be left alone. */

import { Hono } from "hono";
import { MOST_SUPPRESSIONS } from "../../../core/operator/suppressions.ts";
import { BODY_CAP } from "../../../doors/body.ts";
import { type ApiError, ask, type Item, withParams } from "../api.ts";
import type { C, ConsoleEnv } from "../console-env.ts";
import { form, type Group, type Typed, toBody, tried, typedIn } from "../ui/form.tsx";
import { when, withThousands } from "../ui/words.tsx";
import { accountOf, accountPage, asksFirst, idOf, inSetup, listed } from "./frame.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const suppressions = app;

const ON_A_PAGE = 100;

const FIELDS: readonly Group[] = [
  {
    fields: [
      {
        name: "msisdn",
        label: "Who",
        kind: "phone",
        isApart: true,
        required: true,
        placeholder: "+14255550123",
        size: 20,
      },
      {
        name: "number",
        label: "Sender, or @ and its group",
        hint: "Default: any message of the account.",
        size: 20,
      },
      { name: "reason", label: "Reason", required: true, placeholder: "asked by phone" },
      { name: "proof", label: "Proof", placeholder: "ticket 4711" },
    ],
  },
];

const LIST: readonly Group[] = [
  {
    fields: [
      {
        name: "list",
        label: "Lines",
        kind: "area",
        required: true,
        placeholder: "recipient,number,reason,since,source,proof\n+14255550123,,asked by phone",
        hint: `A number on each line; the other columns may be left out. ${withThousands(MOST_SUPPRESSIONS)} lines at most: all of them are added or, if one is wrong, none.`,
      },
    ],
  },
];

app.get("/", (c) => show(c));

type Shown = { typed?: Typed; refused?: ApiError; list?: Typed; notImported?: ApiError };

async function show(c: C, { typed = {}, refused, list = {}, notImported }: Shown = {}) {
  const { cursor, find = "", lines = "0", added = "0" } = c.req.query();
  const { items, next } = await ask(c, "GET /admin/v1/accounts/{id}/suppressions", {
    params: { id: accountOf(c) },
    query: { limit: ON_A_PAGE, cursor, ...(find === "" ? {} : { recipient: find }) },
  });
  return accountPage(
    c,
    {
      tab: "suppressions",
      title: "Opt-outs",
      status: (refused ?? notImported)?.status,
      done: {
        lifted: { said: "Opt-out lifted." },
        added: { said: "Opt-out added: the recipient gets no more of these messages." },
        imported: {
          said: `Lines read: ${withThousands(Number(lines))}. New opt-outs: ${withThousands(Number(added))}.`,
        },
      },
    },
    <>
      <p class="hint">
        Recipients who replied STOP, UNSUBSCRIBE or the like to one of its numbers get nothing more from it until they
        reply START. What you note here holds until you lift it.
      </p>
      <search>
        <form method="get" action={inSetup(c, "suppressions")}>
          <label for="find">Number begins with</label>
          <input id="find" name="find" type="tel" value={find} size={20} />
          <button type="submit">Find</button>
        </form>
      </search>
      {listed(items, "No one has opted out.", ({ number, recipient, word, source, proof, createdAt }) => (
        <li>
          <p class="main">
            <strong>{recipient}</strong> {said(source, word)} {covered(number)}
            {proof && <span class="hint"> ({proof})</span>}
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
          <a href={withParams(inSetup(c, "suppressions"), { cursor: next, ...(find === "" ? {} : { find }) })}>More</a>
        </p>
      )}
      <h2>Note one that was told elsewhere</h2>
      {form({ action: inSetup(c, "suppressions"), groups: FIELDS, typed, refused, submit: "Note it" })}
      <h2>Import a list</h2>
      {form({
        action: inSetup(c, "suppressions", "import"),
        groups: LIST,
        typed: list,
        refused: notImported,
        submit: "Import",
      })}
      <p class="hint">
        Programs can import with <code>POST …/suppressions/import</code> and export with{" "}
        <code>GET …/suppressions/export</code>.
      </p>
    </>,
  );
}

function covered(number: string): string {
  if (number === "*" || number === "@*") return "every sender";
  return number.startsWith("@") ? `group ${number.slice(1)}` : number;
}

function said(source: Item<"GET /admin/v1/accounts/{id}/suppressions">["source"], word: string): string {
  if (source === "person") return `wrote “${word}” to`;
  return source === "carrier" ? `wants no texts, by ${word}, from` : `wants no texts (${word}) from`;
}

app.post("/", async (c) => {
  const typed = await typedIn(c);
  const put = await tried(async () =>
    ask(c, "PUT /admin/v1/accounts/{id}/suppressions/{msisdn}", {
      params: { id: accountOf(c), msisdn: idOf(typed, "msisdn") },
      json: { reason: "", ...toBody(FIELDS, typed) },
    }),
  );
  if ("refused" in put) return show(c, { typed, refused: put.refused });
  return c.redirect(`${inSetup(c, "suppressions")}?done=added`, 303);
});

app.post("/import", async (c) => {
  const list = await typedIn(c, BODY_CAP);
  const params = { id: accountOf(c) };
  const imported = await tried(() =>
    ask(c, "POST /admin/v1/accounts/{id}/suppressions/import", { params, csv: list.list ?? "" }),
  );
  if ("refused" in imported) return show(c, { list, notImported: imported.refused });
  return c.redirect(withParams(inSetup(c, "suppressions"), { done: "imported", ...imported.done }), 303);
});

asksFirst(app, "/:number/:recipient", (c) => {
  const [number, recipient] = [c.req.param("number") ?? "", c.req.param("recipient") ?? ""];
  return {
    title: "Lift an opt-out?",
    what: (
      <p>
        Texts from {covered(number)} would reach {recipient} again. Do it only if they asked for that themselves.
      </p>
    ),
    submit: "Lift opt-out",
    remove: () =>
      ask(c, "DELETE /admin/v1/accounts/{id}/suppressions/{number}/{recipient}", {
        params: { id: accountOf(c), number, recipient },
      }),
    back: inSetup(c, "suppressions"),
    done: "lifted",
  };
});
