/** The passkeys of an owner's token: adding one's own, and withdrawing them, also those of an owner who has lost theirs. */

import { Hono } from "hono";
import { type Answer, ApiError, ask } from "../api.ts";
import { type C, type ConsoleEnv, formIn } from "../console-env.ts";
import { logIn } from "../session.ts";
import { askFirst } from "../ui/ask-first.tsx";
import { tried } from "../ui/form.tsx";
import { page } from "../ui/layout.tsx";
import { passkeyForm } from "../ui/passkey-form.tsx";
import { when } from "../ui/words.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const passkeys = app;

const TOKENS = "/console/tokens";
const DONE: Record<string, string> = {
  added: "Passkey added. From now on this token opens only the console, and only with a passkey.",
  withdrawn: "Passkey withdrawn; its sessions have ended.",
};

app.get("/:id/passkeys", (c) => list(c));

async function list(c: C, refused?: ApiError, typed?: string) {
  const params = { id: c.req.param("id") ?? "" };
  const [token, { items }] = await Promise.all([
    ask(c, "GET /admin/v1/tokens/{id}", { params }),
    ask(c, "GET /admin/v1/tokens/{id}/passkeys", { params }),
  ]);
  const said = DONE[c.req.query("done") ?? ""];
  return page(
    c,
    {
      title: "Passkeys",
      status: refused?.status ?? 200,
      styles: ["forms", "lists", "setup"],
      scripts: ["passkey"],
      ...(said ? { notice: { said } } : {}),
    },
    <>
      <h1>Passkeys of {token.name}</h1>
      {items.length === 0 ? (
        <p class="empty">None yet: the token alone opens the console and the API.</p>
      ) : (
        <ul class="rows">{items.map((one) => row(token.id, one))}</ul>
      )}
      {refused && (
        <p class="notice bad" role="alert">
          {refused.message}
        </p>
      )}
      {token.id === c.get("actor").id ? (
        await newPasskey(c, token.id, typed)
      ) : (
        <p class="hint">Passkeys are added by {token.name}.</p>
      )}
      <p>
        <a href={TOKENS}>To the tokens</a>
      </p>
    </>,
  );
}

function row(
  token: string,
  { id, name, createdAt, usedAt }: Answer<"GET /admin/v1/tokens/{id}/passkeys">["items"][number],
) {
  return (
    <li>
      <p class="main">
        <strong>{name}</strong>
      </p>
      <p class="side">
        <a
          href={`${TOKENS}/${encodeURIComponent(token)}/passkeys/${encodeURIComponent(id)}/withdraw`}
          aria-label={`Withdraw the passkey ${name}`}
        >
          Withdraw…
        </a>
      </p>
      <p class="more">
        added {when(createdAt)}, {usedAt ? <>last used {when(usedAt)}</> : "never used"}
      </p>
    </li>
  );
}

async function newPasskey(c: C, id: string, typed = "") {
  const offered = await tried(() => ask(c, "GET /admin/v1/tokens/{id}/passkeys/options", { params: { id } }));
  if ("refused" in offered) return <p class="hint">{offered.refused.message}</p>;
  return (
    <>
      <h2>New passkey</h2>
      <p class="hint">
        Once the token has a passkey, it opens only the console, and only together with a passkey. A program that uses
        it needs a token of its own first. Have two, so that losing one does not lock you out.
      </p>
      {passkeyForm({
        action: `${TOKENS}/${encodeURIComponent(id)}/passkeys`,
        purpose: "create",
        ...offered.done,
        submit: "Add passkey",
        fields: (
          <>
            <label for="name">Name</label>
            <input
              id="name"
              name="name"
              value={typed}
              required
              maxlength={100}
              placeholder="laptop"
              autocomplete="off"
            />
          </>
        ),
      })}
    </>
  );
}

app.post("/:id/passkeys", async (c) => {
  const id = c.req.param("id");
  const { name = "", answer = "", kept = "" } = await formIn(c);
  const added = await tried(() => {
    const made = parsed(answer);
    const params = { id, passkeyId: String(made.id) };
    return ask(c, "PUT /admin/v1/tokens/{id}/passkeys/{passkeyId}", { params, json: { name, kept, answer: made } });
  });
  if ("refused" in added) return list(c, added.refused, name);
  // Sessions that were begun without a passkey have ended, this one among them: its user has just shown the passkey.
  await logIn(c, c.get("adminToken") ?? "", c.get("actor"), added.done.id);
  return c.redirect(`${TOKENS}/${encodeURIComponent(id)}/passkeys?done=added`, 303);
});

/** @throws ApiError where it is no answer of a browser */
function parsed(text: string): Record<string, unknown> {
  try {
    const made: unknown = JSON.parse(text);
    // The API reads it with a schema.
    if (typeof made === "object" && made !== null) return { ...made };
  } catch {
    // It is no JSON.
  }
  throw new ApiError(400, "The browser gave no passkey. Try again.");
}

app.get("/:id/passkeys/:passkey/withdraw", async (c) => {
  const { id, passkey } = c.req.param();
  const params = { id };
  const { items } = await ask(c, "GET /admin/v1/tokens/{id}/passkeys", { params });
  const one = items.find((known) => known.id === passkey);
  if (!one) throw new ApiError(404, "There is no such passkey.");
  const last = "It is the last one: from then on the token alone opens the console and the API.";
  return askFirst(c, {
    title: `Withdraw the passkey ${one.name}?`,
    what: <p>Sessions that were begun with it end. {items.length === 1 && last}</p>,
    back: `${TOKENS}/${encodeURIComponent(id)}/passkeys`,
    submit: "Yes, withdraw it",
  });
});

app.post("/:id/passkeys/:passkey/withdraw", async (c) => {
  const { id, passkey: passkeyId } = c.req.param();
  await ask(c, "DELETE /admin/v1/tokens/{id}/passkeys/{passkeyId}", { params: { id, passkeyId } });
  return c.redirect(`${TOKENS}/${encodeURIComponent(id)}/passkeys?done=withdrawn`, 303);
});
