/** Handsets: a wall of phones, and each as a conversation. */

import { Hono } from "hono";
import { ask, type C, type ConsoleEnv, type List, withParams } from "./console-env.ts";
import { bubbles, type HandsetMessage, type Inbound } from "./conversation.tsx";
import { page } from "./layout.tsx";
import { ago } from "./words.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const handsets = app;

const HERE = "/console/handsets";
/** So much of a conversation is shown; and so many phones on the wall. */
const LONGEST = 200;
const ON_THE_WALL = 60;

type Handset = { msisdn: string; last: string; from: string; text: string; receivedAt: string };

app.get("/", async (c) => {
  const number = c.req.query("number")?.trim();
  if (number) return c.redirect(`${HERE}/${encodeURIComponent(number)}`, 303);
  const cursor = c.req.query("cursor");
  const { items, next } = await ask<List<Handset>>(
    c,
    "GET",
    withParams("/sandbox/v1/handsets", { limit: ON_THE_WALL, cursor }),
  );
  return page(
    c,
    { title: "Handsets", here: HERE },
    <>
      <h1>Handsets</h1>
      <form class="row" method="get">
        <label for="number">Open the phone with the number</label>
        <input id="number" name="number" type="tel" inputmode="tel" placeholder="+4798079008" autocomplete="off" />
        <button type="submit">Open</button>
      </form>
      <section id="wall" data-live="handsets" aria-label="Phones">
        {items.length === 0 ? (
          <p class="empty">No phone has received anything yet. Send a text, and it rings here.</p>
        ) : (
          <ul class="wall">
            {items.map((one) => (
              <li id={`phone-${one.msisdn.replace(/\W/g, "")}`}>
                <a class="phone" href={`${HERE}/${encodeURIComponent(one.msisdn)}`}>
                  <strong>{one.msisdn}</strong>
                  <span class="from">{one.from}</span>
                  <span class="text">{one.text || "(shown on a rich channel)"}</span>
                  {ago(one.receivedAt)}
                </a>
              </li>
            ))}
          </ul>
        )}
        {next && (
          <p>
            <a href={withParams(HERE, { cursor: next })}>Older</a>
          </p>
        )}
      </section>
    </>,
  );
});

app.get("/:number", async (c) => {
  const number = written(c);
  const [received, sent] = await Promise.all([
    ask<List<HandsetMessage>>(
      c,
      "GET",
      withParams(`/sandbox/v1/handsets/${encodeURIComponent(number)}/messages`, { last: LONGEST }),
    ),
    ask<List<Inbound>>(c, "GET", withParams("/admin/v1/inbound", { sender: number, limit: LONGEST })),
  ]);
  const shown = received.items;
  const last = shown.at(-1);
  return page(
    c,
    { title: number, here: HERE },
    <div class="handset">
      <section class="screen" aria-labelledby="who">
        <h1 id="who">{number}</h1>
        <ol
          id="conversation"
          class="conversation"
          data-live="handsets,inbound"
          data-follow
          tabindex={0}
          aria-label="Conversation"
        >
          {bubbles(c, number, shown, sent.items)}
        </ol>
        <form method="post" class="reply" action={`${HERE}/${encodeURIComponent(number)}/write`}>
          <label for="to">To</label>
          <input id="to" name="to" required value={last && /\d/.test(last.from) ? last.from : "2002"} size={12} />
          <label for="text">Text</label>
          <input id="text" name="text" required autocomplete="off" maxlength={2000} />
          <button type="submit">Send</button>
          <button type="submit" name="word" value="STOP" formnovalidate class="quiet">
            STOP
          </button>
        </form>
      </section>
    </div>,
  );
});

app.post("/:number/write", async (c) => {
  const number = written(c);
  const form = await c.req.parseBody();
  const said = { to: String(form.to ?? ""), text: String(form.word ?? form.text ?? "") };
  const channel = String(form.channel ?? "");
  await ask(c, "POST", `/sandbox/v1/handsets/${encodeURIComponent(number)}/messages`, {
    ...said,
    ...(channel ? { channel } : {}),
  });
  return c.redirect(`${HERE}/${encodeURIComponent(number)}`, 303);
});

/** The number of the address in E.164, or the id that another channel knows the person by. */
function written(c: C): string {
  const given = c.req.param("number") ?? "";
  const digits = given.replace(/[\s+]/g, "");
  return /^\d{4,15}$/.test(digits) ? `+${digits}` : given;
}
