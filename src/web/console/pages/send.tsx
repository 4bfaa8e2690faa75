/** A form that sends a text, and shows how a program would. */

import { Hono } from "hono";
import { type Answer, ApiError, ask, find } from "../api.ts";
import { type C, type ConsoleEnv, formIn } from "../console-env.ts";
import { byDialect } from "../ui/by-dialect.tsx";
import { noticeOf } from "../ui/done.ts";
import { toTime } from "../ui/form-kinds.ts";
import { page } from "../ui/layout.tsx";
import { Size } from "../ui/size.tsx";
import { priceWords } from "../ui/sums.tsx";
import { when } from "../ui/words.tsx";
import { type Sender, sendForm, type Typed } from "./send-form.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const send = app;

const HERE = "/console/send";
const DEMO = "demo";
/** What the calls show where nothing is typed yet. */
const FOR_EXAMPLE = { to: "+4798079008", text: "Hello from Stafett" };

const DONE = {
  sent: { said: "Message queued." },
  scheduled: { said: "Message scheduled." },
};

type Message = Answer<"GET /admin/v1/messages/{id}">;

app.get("/", async (c) => {
  const id = c.req.query("message");
  const sent = id ? await find(c, "GET /admin/v1/messages/{id}", { params: { id } }) : undefined;
  const again = sent ? { account: sent.account, from: sent.sender, to: sent.recipient } : {};
  return show(c, { typed: { ...again, ...c.req.query() }, sent });
});

/** What the page shows of what is typed, for browsers without scripts; and for the script, which takes parts of it. */
app.post("/check", async (c) => {
  const typed = await typedIn(c);
  // What one account sends from is seldom another's.
  return show(c, { typed: typed.shownFor === typed.account ? typed : { ...typed, from: "" } });
});

app.post("/", async (c) => {
  const typed = await typedIn(c);
  try {
    const { id, state } = await ask(c, "POST /admin/v1/messages", {
      json: {
        account: typed.account,
        sender: typed.from,
        recipient: typed.to,
        text: typed.text,
        ...(typed.at ? { sendAt: toTime(typed.at) } : {}),
        ...(typed.page ? { theirId: await idOf(typed) } : {}),
      },
    });
    return c.redirect(`${HERE}?done=${state === "scheduled" ? "scheduled" : "sent"}&message=${id}`, 303);
  } catch (refused) {
    if (!(refused instanceof ApiError) || refused.status >= 500) throw refused;
    return show(c, { typed, refused });
  }
});

/** The same for as long as the same is sent from one page, so that a form sent twice is one text. */
async function idOf(typed: Typed): Promise<string> {
  const written = new TextEncoder().encode(JSON.stringify(typed));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", written));
  return `console-${Array.from(hash.slice(0, 16), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** Line breaks as a program writes them: forms send two characters. */
async function typedIn(c: C): Promise<Typed> {
  const form = await formIn(c);
  const field = (name: keyof Typed) => String(form[name] ?? "").replace(/\r\n?/g, "\n");
  return {
    account: field("account").trim(),
    shownFor: field("shownFor"),
    page: field("page"),
    from: field("from").trim(),
    to: field("to").trim(),
    text: field("text"),
    at: field("at").trim(),
  };
}

async function show(
  c: C,
  { typed: given, sent, refused }: { typed: Partial<Typed>; sent?: Message | undefined; refused?: ApiError },
) {
  const { items } = await ask(c, "GET /admin/v1/accounts", { query: { limit: 500 } });
  const accounts = items.filter(({ state }) => state === "open");
  const account = [given.account, DEMO].map((id) => accounts.find((one) => one.id === id)).find((one) => one);
  const { id } = account ?? accounts[0] ?? {};
  if (id === undefined) {
    return page(
      c,
      { title: "Send" },
      <>
        <h1>Send</h1>
        <p class="empty">
          There is no open account to send from. Open one under <a href="/console/setup">Setup</a>.
        </p>
      </>,
    );
  }

  const { items: senders } = await ask(c, "GET /admin/v1/accounts/{id}/senders", { params: { id } });
  const { to = "", text = "", at = "", page: shown } = given;
  const from = given.from || usualSender(senders);
  const asWritten = text || FOR_EXAMPLE.text;
  const { dialects } = await ask(c, "POST /admin/v1/preview", {
    json: {
      account: id,
      sender: from,
      recipient: to || FOR_EXAMPLE.to,
      text: asWritten,
      url: c.get("publicUrls")[0],
      ...(id === DEMO ? { secret: c.get("demoKey") } : {}),
    },
  });
  const outcome =
    to === "" || text === ""
      ? undefined
      : whatWouldHappen(
          await ask(c, "POST /admin/v1/messages/preview", { json: { account: id, sender: from, recipient: to, text } }),
        );
  return page(
    c,
    {
      title: "Send",
      status: refused?.status ?? 200,
      notice: noticeOf(c, DONE),
      scripts: ["send"],
      styles: ["forms", "send"],
    },
    <>
      <h1>Send</h1>
      {sent && whereItIs(c, sent)}
      <div class="sending">
        {sendForm({
          typed: { account: id, shownFor: id, page: shown || crypto.randomUUID(), from, to, text, at },
          accounts,
          senders,
          refused,
        })}
        <section aria-labelledby="size-title">
          <h2 id="size-title">Size</h2>
          <div id="size">
            <Size text={text} />
          </div>
          <p id="size-said" class="unseen" role="status" />
          <div id="outcome" data-fresh>
            {outcome}
          </div>
        </section>
      </div>
      <section aria-labelledby="dialects-title">
        <h2 id="dialects-title">In each dialect</h2>
        <p class="hint">
          The same message, sent by a program. <code>$STAFETT_KEY</code> is the secret of one of the account’s
          credentials.
        </p>
        {byDialect({ dialects, asWritten })}
      </section>
    </>,
  );
}

/** What keeps it from being sent, and by whom it would go. */
function whatWouldHappen({ refused, quietUntil, suppressedBy, way }: Answer<"POST /admin/v1/messages/preview">) {
  const first = way?.carriers.find(({ usable }) => usable);
  return (
    <>
      {refused.map(({ why }) => (
        <p class="notice bad">It would be refused: {why}.</p>
      ))}
      {suppressedBy.map(({ number, word, source, createdAt }) => (
        <p class="hint">
          Opted out of {number} ({source}: {word}), {when(createdAt)}.
        </p>
      ))}
      {quietUntil && <p>Quiet hours until {when(quietUntil)}.</p>}
      {first && (
        <p class="hint">
          By {first.name}
          {way?.price && `, for ${priceWords(way.price)}`}.
        </p>
      )}
    </>
  );
}

/** A name, if there is one: every handset shows it. */
function usualSender(senders: readonly Sender[]): string {
  return (senders.find(({ kind }) => kind === "alphanumeric") ?? senders[0])?.sender ?? "";
}

function whereItIs(c: C, { id, recipient }: Message) {
  return (
    <p class="row">
      <a href={`/console/messages/${id}`}>Follow this message</a>
      {c.get("hasSandbox") && (
        <a href={`/console/handsets/${encodeURIComponent(recipient)}`}>Open handset {recipient}</a>
      )}
    </p>
  );
}
