/** Handsets: all phones, and each as a conversation beside its owner's profile and bill. */

import { Hono } from "hono";
import { joinNetwork, leaveNetwork } from "../../network.ts";
import { ApiError, ask, type Item, withParams } from "../api.ts";
import { type C, type ConsoleEnv, formIn } from "../console-env.ts";
import { noticeOf } from "../ui/done.ts";
import { page } from "../ui/layout.tsx";
import { moment } from "../ui/phone-time.tsx";
import { bill, chargesOf } from "./bill.tsx";
import { pageOf, sellers, shopWindow } from "./buy.tsx";
import { bubbles } from "./conversation.tsx";
import { noHandsetYet } from "./nothing-yet.tsx";
import { keywords, replyForm } from "./reply.tsx";
import { numberIn } from "./search.tsx";
import { subscriberForm, toProfile } from "./subscriber-form.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const handsets = app;

const HERE = "/console/handsets";
/** So much of a conversation is shown; and so many phones on the wall. */
const LONGEST = 200;
const ON_THE_WALL = 60;
const DONE = {
  saved: { said: "Subscriber saved." },
  cleared: { said: "Handset cleared. Its texts are still listed under Messages." },
  default: { said: "Subscriber reset to defaults. Charges were kept." },
  keyword: {
    said:
      "Keyword sent; the conversation shows what it matched. The account gets it as an inbound webhook, and decides what " +
      "to answer: if nothing comes back, no program has answered.",
  },
};

type Handset = Item<"GET /sandbox/v1/handsets">;

app.get("/", async (c) => {
  const number = c.req.query("number")?.trim();
  const whole = numberIn(number ?? "");
  if (number && (whole || !/^[+\d\s]+$/.test(number))) return c.redirect(addressOf(whole?.e164 ?? number), 303);
  const cursor = c.req.query("cursor");
  const query = { limit: ON_THE_WALL, cursor, number: number?.replace(/\D/g, "") };
  const { items, next } = await ask(c, "GET /sandbox/v1/handsets", { query });
  return page(
    c,
    { title: "Handsets", styles: ["handset"] },
    <>
      <h1>Handsets</h1>
      <form class="row" method="get">
        <label for="number">Number</label>
        <input
          id="number"
          name="number"
          type="search"
          inputmode="tel"
          value={number}
          placeholder="+4798079008, or a part of it"
          autocomplete="off"
          aria-describedby="number-hint"
        />
        <button type="submit">Open</button>
        <span id="number-hint" class="hint">
          Any number is a handset: enter one to open it.
        </span>
      </form>
      <section id="wall" data-live="handsets" aria-label="Phones">
        {items.length > 0 ? (
          <ul class="wall">{items.map(onTheWall)}</ul>
        ) : number ? (
          <p class="empty">
            No handset with {number} in its number has received a message. <a href={HERE}>Show all</a>
          </p>
        ) : (
          await noHandsetYet(c)
        )}
        {next && (
          <p>
            <a href={withParams(HERE, { cursor: next, number })}>Older</a>
          </p>
        )}
      </section>
    </>,
  );
});

function onTheWall({ msisdn, from, text, receivedAt }: Handset) {
  return (
    <li id={`phone-${msisdn.replace(/\W/g, "")}`}>
      <a class="phone" href={addressOf(msisdn)}>
        <strong class="number">{msisdn}</strong>
        <span class="last">
          <span class="from">{from}</span>
          <span class="text">{text || "(shown on a rich channel)"}</span>
        </span>
        {moment(receivedAt)}
      </a>
    </li>
  );
}

app.get("/:number", async (c) => {
  const number = written(c);
  const [received, sent] = await Promise.all([
    ask(c, "GET /sandbox/v1/handsets/{msisdn}/messages", { params: { msisdn: number }, query: { last: LONGEST } }),
    ask(c, "GET /admin/v1/inbound", { query: { sender: number, limit: LONGEST } }),
  ]);
  const shown = received.items;
  // What is refreshed is the conversation and the bill: what is sold need not be asked for again.
  const isRefresh = c.req.header("x-requested-with") === "live";
  const shops = isRefresh ? [] : await sellers(c);
  return page(
    c,
    {
      title: number,
      styles: ["handset", "panel"],
      scripts: ["handset", "notify"],
      notice: noticeOf(c, DONE),
    },
    <div class="handset">
      <section class="screen" aria-labelledby="who">
        <h1 id="who">{number}</h1>
        <div class="of-screen">
          <button type="button" class="quiet" data-notify="" hidden>
            Notify me of texts
          </button>
          <form method="post" action={`${addressOf(number)}/clear`}>
            <button type="submit" class="quiet">
              Clear
            </button>
          </form>
        </div>
        <ol
          id="conversation"
          class="conversation"
          data-live="handsets,inbound"
          data-follow
          tabindex={0}
          aria-label="Conversation"
        >
          {bubbles(number, shown, sent.items.filter(isSince(received.clearedAt)))}
        </ol>
        {replyForm(shown, shops, {
          action: `${addressOf(number)}/write`,
          isAnswering: c.req.query("wrote") === "1",
          isRefresh,
        })}
      </section>
      <div class="panel">
        {isNumber(number) ? (
          await panel(c, number, shops)
        ) : (
          <p class="box hint">
            {number} is a person on a channel that is no phone: it has no operator, no wallet, and buys nothing.
          </p>
        )}
      </div>
    </div>,
  );
});

/** The panel beside a phone: its owner's profile, their charges, and the services they can buy. */
async function panel(c: C, msisdn: string, shops: Awaited<ReturnType<typeof sellers>>) {
  const [subscriber, charges, { now }] = await Promise.all([
    ask(c, "GET /sandbox/v1/subscribers/{msisdn}", { params: { msisdn } }),
    chargesOf(c, msisdn),
    ask(c, "GET /sandbox/v1/clock"),
  ]);
  return (
    <>
      <div>
        {shopWindow(shops, `${addressOf(msisdn)}/network`)}
        {bill(subscriber, charges, now)}
        {keywords(shops, `${addressOf(msisdn)}/write`)}
      </div>
      <div>{subscriberForm(subscriber, `${addressOf(msisdn)}/subscriber`, now)}</div>
    </>
  );
}

app.post("/:number/write", async (c) => {
  const number = written(c);
  const form = await formIn(c);
  const said = { to: String(form.to ?? ""), text: String(form.word ?? form.text ?? "") };
  // Who writes to somebody else than the one whose channel it is writes an SMS.
  const channel = [undefined, said.to].includes(form.channelOf as string) ? String(form.channel ?? "") : "";
  await ask(c, "POST /sandbox/v1/handsets/{msisdn}/messages", {
    params: { msisdn: number },
    json: { ...said, ...(channel ? { channel } : {}) },
  });
  return c.redirect(
    withParams(addressOf(number), { wrote: 1, done: form.by === "keyword" ? "keyword" : undefined }),
    303,
  );
});

app.post("/:number/clear", async (c) => {
  await ask(c, "DELETE /sandbox/v1/handsets/{msisdn}/messages", { params: { msisdn: written(c) } });
  return c.redirect(`${addressOf(written(c))}?done=cleared`, 303);
});

app.post("/:number/subscriber", async (c) => {
  const params = { msisdn: written(c) };
  const known = await ask(c, "GET /sandbox/v1/subscribers/{msisdn}", { params });
  await ask(c, "PUT /sandbox/v1/subscribers/{msisdn}", { params, json: toProfile(await formIn(c), known) });
  return c.redirect(`${addressOf(written(c))}?done=saved`, 303);
});

app.post("/:number/subscriber/default", async (c) => {
  await ask(c, "DELETE /sandbox/v1/subscribers/{msisdn}", { params: { msisdn: written(c) } });
  return c.redirect(`${addressOf(written(c))}?done=default`, 303);
});

/** Puts this browser on the phone's mobile data, or takes it off; and goes to what is to be bought. */
app.post("/:number/network", async (c) => {
  // Outside the sandbox the API refuses here, and nothing else is done.
  const { msisdn } = await ask(c, "GET /sandbox/v1/subscribers/{msisdn}", { params: { msisdn: written(c) } });
  const form = await formIn(c);
  const to = await pageOf(c, String(form.account ?? ""), String(form.service ?? ""));
  if (!to) throw new ApiError(404, "Nobody sells that.");
  const token = c.get("adminToken");
  if (form.over === "data" && token) {
    const isSecure = c.get("publicUrls")[0]?.startsWith("https:") ?? false;
    await joinNetwork(c, { token, msisdn, isSecure, now: c.get("wall")() });
  } else {
    leaveNetwork(c);
  }
  return c.redirect(to, 303);
});

/** What the person wrote before the handset was cleared is not shown on it, though the gateway keeps it. */
function isSince(cleared = ""): (inbound: { receivedAt: string }) => boolean {
  return ({ receivedAt }) => receivedAt > cleared;
}

/** The number of the address in E.164, or the id that another channel knows the person by. */
function written(c: C): string {
  const given = c.req.param("number") ?? "";
  const digits = given.replace(/[\s+]/g, "");
  return numberIn(given)?.e164 ?? (/^\d{4,15}$/.test(digits) ? `+${digits}` : given);
}

function isNumber(handset: string): boolean {
  return /^\+\d{4,15}$/.test(handset);
}

function addressOf(handset: string): string {
  return `${HERE}/${encodeURIComponent(handset)}`;
}
