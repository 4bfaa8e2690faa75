/** Tokens of the operator's API and of this console: who has one, making, exchanging and withdrawing one. A secret is shown once. */

import { Hono } from "hono";
import { ApiError, ask, type Item } from "../api.ts";
import type { C, ConsoleEnv } from "../console-env.ts";
import { askFirst } from "../ui/ask-first.tsx";
import { facts } from "../ui/facts.tsx";
import { form, type Group, type Typed, toBody, tried, typedIn } from "../ui/form.tsx";
import { page } from "../ui/layout.tsx";
import { pager } from "../ui/pager.tsx";
import { when } from "../ui/words.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const tokens = app;

const HERE = "/console/tokens";
const STYLES = ["forms", "lists", "setup"];

type Token = Item<"GET /admin/v1/tokens">;

const ROLES = [
  ["viewer", "viewer: looks, and changes nothing"],
  ["operator", "operator: everything but tokens"],
  ["owner", "owner: everything"],
  ["merchant", "merchant: its own account alone"],
] as const;

const FIELDS: readonly Group[] = [
  {
    fields: [
      {
        name: "name",
        label: "Name",
        hint: "Whose it is: it stands in the audit log.",
        required: true,
        placeholder: "Kari, support",
      },
      { name: "role", label: "Role", kind: "choice", options: ROLES, required: true },
      {
        name: "account",
        label: "Account",
        hint: "The id of the one account that it sees: of a merchant always, of a viewer if you like.",
      },
      { name: "expiresAt", label: "Until (UTC)", kind: "time", size: 22, hint: "Empty: until it is withdrawn." },
    ],
  },
];

const DONE: Record<string, string> = { withdrawn: "Token withdrawn; its sessions have ended." };

app.get("/", (c) => list(c));

async function list(c: C, typed: Typed = {}, refused?: ApiError) {
  const query = { limit: 50, cursor: c.req.query("cursor") };
  const { items, next } = await ask(c, "GET /admin/v1/tokens", { query });
  const said = DONE[c.req.query("done") ?? ""];
  return page(
    c,
    {
      title: "Tokens",
      status: refused?.status ?? 200,
      styles: STYLES,
      ...(said ? { notice: { said } } : {}),
    },
    <>
      <h1>Tokens</h1>
      <p class="hint">
        By a token a person or a program calls the operator’s API, and logs in here. ADMIN_TOKEN is an owner’s, and not
        in this list. Times are UTC.
      </p>
      {items.length === 0 ? (
        <p class="empty">There is none yet.</p>
      ) : (
        <ul class="rows">{items.map((one) => row(c, one))}</ul>
      )}
      {pager(c, HERE, {}, next)}
      <h2>New token</h2>
      {form({ action: HERE, groups: FIELDS, typed, refused, submit: "Create token" })}
    </>,
  );
}

function row(c: C, { id, name, role, account, createdAt, expiresAt, usedAt, signsInBy }: Token) {
  const isOver = expiresAt !== undefined && Date.parse(expiresAt) <= c.get("wall")();
  const at = `${HERE}/${encodeURIComponent(id)}`;
  return (
    <li id={id}>
      <p class="main">
        <strong>{name}</strong> {role}
        {account && (
          <>
            {" "}
            of <span class="mono">{account}</span>
          </>
        )}{" "}
        {id === c.get("actor").id && <span class="badge">yours</span>}
        {isOver && <span class="badge bad">expired</span>}
      </p>
      <p class="side">
        {role === "owner" && !signsInBy && (
          <a href={`${at}/passkeys`} aria-label={`Passkeys of the token ${name}`}>
            Passkeys
          </a>
        )}{" "}
        <a href={`${at}/exchange`} aria-label={`Exchange the token ${name}`}>
          Exchange…
        </a>{" "}
        <a href={`${at}/withdraw`} aria-label={`Withdraw the token ${name}`}>
          Withdraw…
        </a>
      </p>
      <p class="more">
        made {when(createdAt)}, {usedAt ? <>last used {when(usedAt)}</> : "never used"}
        {expiresAt && !isOver && <>, until {when(expiresAt)}</>}
        {signsInBy && <>, signs in at {new URL(signsInBy).hostname}</>}
      </p>
    </li>
  );
}

app.post("/", async (c) => {
  const typed = await typedIn(c);
  const made = await tried(async () => {
    await refuseTwo(c, typed.name ?? "");
    return ask(c, "POST /admin/v1/tokens", { json: toBody(FIELDS, typed) });
  });
  return "refused" in made ? list(c, typed, made.refused) : shown(c, made.done);
});

/** The same form sent again, as by a page that is loaded anew, must not make another token. */
async function refuseTwo(c: C, name: string): Promise<void> {
  const { items } = await ask(c, "GET /admin/v1/tokens", { query: { limit: 500 } });
  if (!items.some((one) => one.name === name)) return;
  throw new ApiError(409, "name: there is a token of this name already: exchange it, or choose another name", "name");
}

/** The same of an exchange. @throws ApiError where one that was made after this one waits to be used */
async function refuseSecond(c: C, { name, createdAt }: Pick<Token, "name" | "createdAt">): Promise<void> {
  const { items } = await ask(c, "GET /admin/v1/tokens", { query: { limit: 500 } });
  if (!items.some((one) => one.name === name && one.createdAt > createdAt && !one.usedAt)) return;
  throw new ApiError(409, `there is a newer token ${name} that was never used: use it, or withdraw it first`);
}

/** No redirect: the secret would have to be kept for the page that follows, or stand in its address. */
function shown(c: C, { name, role, secret }: { name: string; role: string; secret: string }, more?: string) {
  return page(
    c,
    { title: "Token made", status: 201, styles: STYLES },
    <>
      <h1>Token made</h1>
      <div class="secret">
        {facts([
          ["Name", name],
          ["Role", role],
          [
            "Token",
            <span id="secret" class="mono">
              {secret}
            </span>,
          ],
        ])}
      </div>
      <p class="notice" role="status">
        Copy it now: it is kept as a hash alone, and this page is the only one that ever shows it.
      </p>
      {more && <p>{more}</p>}
      <p>
        <a href={HERE}>To the tokens</a>
      </p>
    </>,
  );
}

/** @throws ApiError where there is none */
async function tokenOf(c: C): Promise<Token> {
  return ask(c, "GET /admin/v1/tokens/{id}", { params: { id: c.req.param("id") ?? "" } });
}

app.get("/:id/exchange", async (c) => {
  const { name } = await tokenOf(c);
  return askFirst(c, {
    title: `Exchange the token of ${name}?`,
    what: (
      <p>
        Another one is made, of the same name, role and account. The old one stays valid until you withdraw it: do so
        once <em>last used</em> says that nothing uses it any more. Passkeys stay with the old one: add one to the new
        one.
      </p>
    ),
    back: HERE,
    submit: "Yes, make the next one",
    isDanger: false,
  });
});

app.post("/:id/exchange", async (c) => {
  const { name, role, account, expiresAt, createdAt } = await tokenOf(c);
  await refuseSecond(c, { name, createdAt });
  const isOver = expiresAt !== undefined && Date.parse(expiresAt) <= c.get("wall")();
  const json = { name, role, account, ...(isOver ? {} : { expiresAt }) };
  const made = await ask(c, "POST /admin/v1/tokens", { json });
  return shown(c, made, "The old one is valid until you withdraw it.");
});

app.get("/:id/withdraw", async (c) => {
  const { id, name } = await tokenOf(c);
  return askFirst(c, {
    title: `Withdraw the token of ${name}?`,
    what: (
      <p>
        It opens nothing from then on, and its sessions in this console end.
        {id === c.get("actor").id && " It is the one that you are logged in with: you will be logged out."}
      </p>
    ),
    back: HERE,
    submit: "Yes, withdraw it",
  });
});

app.post("/:id/withdraw", async (c) => {
  await ask(c, "DELETE /admin/v1/tokens/{id}", { params: { id: c.req.param("id") } });
  return c.redirect(`${HERE}?done=withdrawn`, 303);
});
