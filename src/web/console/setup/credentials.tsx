/** How an account's programs prove whose they are. A secret is shown once, on the answer to the form that made it. */

import { Hono } from "hono";
import type { CredentialForm } from "../../../core/accounts/credential-form.ts";
import { ApiError, ask, type Item, withParams } from "../api.ts";
import type { C, ConsoleEnv } from "../console-env.ts";
import { facts } from "../ui/facts.tsx";
import { type Field, form, type Typed, toBody, toTyped, tried, typedIn } from "../ui/form.tsx";
import { when } from "../ui/words.tsx";
import { accountOf, accountPage, asksFirst, inSetup, listed } from "./frame.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const credentials = app;

type Credential = Item<"GET /admin/v1/accounts/{id}/credentials">;

/** A kind of credential, as one of the dialects knows it. */
type Kind = CredentialForm & { dialect: string; kind: string };

function kindsOf(c: C): Kind[] {
  return c
    .get("dialects")
    .flatMap(({ name: dialect, credentials }) =>
      Object.entries(credentials).map(([kind, form]) => ({ ...form, dialect, kind })),
    );
}

/** The one that the address names: two dialects may have a kind of the same name. */
function kindOf(c: C): Kind | undefined {
  const { dialect, kind } = c.req.param() as { dialect?: string; kind?: string };
  return kindsOf(c).find((one) => one.dialect === dialect && one.kind === kind);
}

/** What it may be used for, and from where. */
const RESTRICTIONS: readonly Field[] = [
  {
    name: "scopes",
    label: "Allowed actions",
    kind: "list",
    hint: "Any of: send charge read. Default: everything, including the account's settings.",
  },
  {
    name: "addresses",
    label: "Allowed IPs",
    kind: "list",
    hint: "IP addresses or networks like 203.0.113.0/24, separated by spaces. Default: anywhere.",
  },
];

/** What is asked for one of this kind. */
function fieldsOf({ nameHint, secret, fields = [] }: Kind): readonly Field[] {
  return [
    {
      name: "name",
      label: "Name",
      hint: `${nameHint} Letters, digits, dots, dashes and underscores.`,
      required: true,
    },
    ...(secret ? [{ name: "secret", ...secret }] : []),
    ...fields,
    { name: "notBefore", label: "From (UTC)", kind: "time", size: 22, hint: "Empty: now." },
    { name: "expiresAt", label: "Until (UTC)", kind: "time", size: 22, hint: "Default: until withdrawn." },
    ...RESTRICTIONS,
  ];
}

const ON_A_PAGE = 100;
const DONE = {
  withdrawn: { said: "Credential withdrawn; it stops working within seconds." },
  restricted: { said: "Saved. In effect within seconds." },
};

app.get("/", async (c) => {
  const cursor = c.req.query("cursor");
  const { items, next } = await ask(c, "GET /admin/v1/accounts/{id}/credentials", {
    params: { id: accountOf(c) },
    query: { limit: ON_A_PAGE, cursor },
  });
  return accountPage(
    c,
    { tab: "credentials", title: "Credentials", done: DONE },
    <>
      {listed(items, "No credentials yet: no program can use this account.", (one) => row(c, one))}
      {next && (
        <p>
          <a href={withParams(inSetup(c, "credentials"), { cursor: next })}>More</a>
        </p>
      )}
      <h2>Add one</h2>
      <ul class="choices">
        {kindsOf(c).map(({ dialect, kind, title }) => (
          <li>
            <a class="button quiet" href={inSetup(c, "credentials", "new", dialect, kind)}>
              {title}
            </a>
          </li>
        ))}
      </ul>
    </>,
  );
});

function row(c: C, credential: Credential) {
  const { id, dialect, kind, name, signAlgo, notBefore, expiresAt, createdAt, scopes, addresses } = credential;
  return (
    <li>
      <p class="main">
        <strong>{name}</strong> {kindsOf(c).find((one) => one.kind === kind && one.dialect === dialect)?.title ?? kind}
      </p>
      <p class="side">
        <a href={inSetup(c, "credentials", id)} aria-label={`Restrict ${name}`}>
          Restrict…
        </a>{" "}
        <a href={inSetup(c, "credentials", id, "withdraw")} aria-label={`Withdraw ${name}`}>
          Withdraw…
        </a>
      </p>
      <p class="more">
        added {when(createdAt)}
        {signAlgo && `, signs by ${signAlgo}`}
        {notBefore && <>, from {when(notBefore)}</>}
        {expiresAt && <>, until {when(expiresAt)}</>}
        {scopes && `, for ${scopes.join(", ")} alone`}
        {addresses && `, from ${addresses.join(", ")} alone`}
      </p>
    </li>
  );
}

app.get("/new/:dialect/:kind", (c) => show(c));

async function show(c: C, typed: Typed = {}, refused?: ApiError) {
  const kind = kindOf(c);
  if (!kind) return c.redirect(inSetup(c, "credentials"), 303);
  return accountPage(
    c,
    { tab: "credentials", title: `Add a ${kind.title}`, status: refused?.status },
    <>
      <p>{kind.use}</p>
      {form({
        groups: [{ fields: fieldsOf(kind) }],
        typed,
        refused,
        submit: "Add credential",
        beside: <a href={inSetup(c, "credentials")}>No, go back</a>,
      })}
    </>,
  );
}

app.post("/new/:dialect/:kind", async (c) => {
  const kind = kindOf(c);
  if (!kind) return c.redirect(inSetup(c, "credentials"), 303);
  const typed = await typedIn(c);
  const added = await tried(async () => {
    await refuseTwo(c, kind, typed.name ?? "");
    const body = toBody([{ fields: fieldsOf(kind) }], typed);
    return ask(c, "POST /admin/v1/accounts/{id}/credentials", {
      params: { id: accountOf(c) },
      json: { ...body, dialect: kind.dialect, kind: kind.kind },
    });
  });
  if ("refused" in added) return show(c, typed, added.refused);
  const { secret } = added.done;
  // No redirect: the secret would have to be kept for the page that follows, or stand in its address.
  return accountPage(
    c,
    { tab: "credentials", title: `${kind.title} added`, status: 201 },
    <>
      <p>{kind.use}</p>
      <div class="secret">
        {facts([
          ["Name", <span class="mono">{added.done.name}</span>],
          [
            kind.secret?.label ?? "",
            secret !== undefined && (
              <span id="secret" class="mono">
                {secret}
              </span>
            ),
          ],
        ])}
      </div>
      {secret !== undefined && (
        <p class="notice" role="status">
          Copy it now: it is kept as a hash alone, and this page is the only one that ever shows it.
        </p>
      )}
      <p>
        <a href={inSetup(c, "credentials")}>To the credentials</a>
      </p>
    </>,
  );
});

/** The same form sent again, as by a page that is loaded anew, must not make another key. */
async function refuseTwo(c: C, { dialect, kind, title }: Kind, name: string): Promise<void> {
  const { items } = await ask(c, "GET /admin/v1/accounts/{id}/credentials", {
    params: { id: accountOf(c) },
    query: { limit: 500 },
  });
  if (!items.some((one) => one.dialect === dialect && one.kind === kind && one.name === name)) return;
  throw new ApiError(409, `there is a ${title} ${name} already`, "name");
}

app.get("/:credential", (c) => restrict(c));

async function restrict(c: C, typed?: Typed, refused?: ApiError) {
  const groups = [{ fields: RESTRICTIONS }];
  const one = await ask(c, "GET /admin/v1/accounts/{id}/credentials/{credentialId}", { params: inPath(c) });
  return accountPage(
    c,
    { tab: "credentials", title: `Restrict ${one.name}`, status: refused?.status },
    form({
      groups,
      typed: typed ?? toTyped(groups, one),
      refused,
      submit: "Save",
      beside: <a href={inSetup(c, "credentials")}>No, go back</a>,
    }),
  );
}

app.post("/:credential", async (c) => {
  const typed = await typedIn(c);
  const saved = await tried(() =>
    ask(c, "PATCH /admin/v1/accounts/{id}/credentials/{credentialId}", {
      params: inPath(c),
      json: toBody([{ fields: RESTRICTIONS }], typed, null),
    }),
  );
  return "refused" in saved
    ? restrict(c, typed, saved.refused)
    : c.redirect(`${inSetup(c, "credentials")}?done=restricted`, 303);
});

function inPath(c: C) {
  return { id: accountOf(c), credentialId: (c.req.param() as { credential?: string }).credential ?? "" };
}

asksFirst(app, "/:credential/withdraw", (c) => ({
  title: "Withdraw credential?",
  what: <p>Requests with it are refused within seconds. It cannot be brought back; another can be added.</p>,
  submit: "Yes, withdraw it",
  remove: () => ask(c, "DELETE /admin/v1/accounts/{id}/credentials/{credentialId}", { params: inPath(c) }),
  back: inSetup(c, "credentials"),
  done: "withdrawn",
}));
