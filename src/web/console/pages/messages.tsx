/** Messages: what was sent, and what became of it. */

import { Hono } from "hono";
import type { HistoryEvent } from "../../../core/history.ts";
import { withoutSecrets } from "../../../core/kernel/secrets.ts";
import { isFinal, MESSAGE_STATES } from "../../../core/messages/message.ts";
import { ask, find, type Item, withParams } from "../api.ts";
import type { C, ConsoleEnv } from "../console-env.ts";
import { badge, reasonWords, stateWord } from "../ui/badge.tsx";
import { attempted, noticeOf } from "../ui/done.ts";
import { confirm, facts } from "../ui/facts.tsx";
import { ACCOUNT, anyOf, dialectFilter, SINCE, UNTIL } from "../ui/filters.tsx";
import type { Entry } from "../ui/history-words.ts";
import { PACE, page } from "../ui/layout.tsx";
import { handsetOf } from "../ui/links.tsx";
import { listPage } from "../ui/list.tsx";
import { money } from "../ui/sums.tsx";
import { beginning, dialectName, when } from "../ui/words.tsx";
import { callsOf, callsSection } from "./calls.tsx";
import { exchangeOf, exchangeSection } from "./exchange.tsx";
import { requests } from "./requests.tsx";
import { richContent } from "./rich.tsx";
import { searchBox } from "./search.tsx";
import { exact, story } from "./story.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const messages = app;

const HERE = "/console/messages";

type Message = Item<"GET /admin/v1/messages">;

app.route("/requests", requests);

app.get("/", (c) =>
  listPage(c, {
    title: "Messages",
    here: HERE,
    many: "messages",
    filters: [
      { name: "recipient", label: "To", kind: "hidden" },
      { name: "theirId", label: "Their id", kind: "hidden" },
      {
        name: "state",
        label: "State",
        kind: "choice",
        options: anyOf(MESSAGE_STATES, (state) => stateWord("messages", state)),
      },
      ACCOUNT,
      dialectFilter(c),
      SINCE,
      UNTIL,
    ],
    load: (query) => ask(c, "GET /admin/v1/messages", { query }),
    topic: "messages",
    pace: ({ state }) => (state ? PACE : undefined),
    empty: () => undefined,
    isOver: ({ state }) => isFinal(state),
    above: (
      <p>
        <a href={`${HERE}/requests`}>Requests</a>: what programs sent and what they were answered, refused ones too
      </p>
    ),
    rows: (items) => rows(c, items),
  }),
);

function rows(c: C, items: readonly Message[]) {
  return (
    <table class="list">
      <thead>
        <tr>
          <th scope="col">State</th>
          <th scope="col" class="main">
            Message
          </th>
          <th scope="col" class="wide">
            From
          </th>
          <th scope="col" class="wide">
            Account
          </th>
          <th scope="col" class="wide">
            API
          </th>
          <th scope="col" class="when">
            Accepted (UTC)
          </th>
        </tr>
      </thead>
      <tbody>
        {items.map((one) => (
          <tr id={`row-${one.id}`}>
            <td>{badge("messages", one.state)}</td>
            <td>
              <a class="whole" href={`${HERE}/${one.id}`}>
                {one.recipient}
              </a>
              <span class="snippet">{beginning(one.text, 160) || "(shown on a rich channel)"}</span>
            </td>
            <td class="wide">{one.sender}</td>
            <td class="wide">{one.account}</td>
            <td class="wide">{dialectName(c, one.dialect)}</td>
            <td class="when">{when(one.acceptedAt)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const DONE = {
  cancelled: { said: "The message is cancelled: it will not be sent." },
  "cancel-late": { said: "It was too late to cancel it: the message no longer waits for its time.", isBad: true },
  replayed: { said: "The webhook is being sent again." },
  "replay-late": { said: "This webhook is already queued; it will be sent automatically.", isBad: true },
};

app.get("/:id", async (c) => {
  const { id } = c.req.param();
  const [message, told] = await Promise.all([
    find(c, "GET /admin/v1/messages/{id}", { params: { id } }),
    find(c, "GET /admin/v1/messages/{id}/timeline", { params: { id } }),
  ]);
  if (!message || !told) return unknown(c, id);
  const [calls, exchange] = await Promise.all([callsOf(c, told.items), exchangeOf(c, told.items)]);
  const here = `${HERE}/${message.id}`;
  return page(
    c,
    { title: `Message to ${message.recipient}`, here: HERE, styles: ["messages"], notice: noticeOf(c, DONE) },
    <div id="thing" data-live="" data-watch={[message.id, ...calls.map((one) => one.id)].join(",")}>
      <p class="back">
        <a href={HERE}>← Messages</a>
      </p>
      <h1>
        Message to {message.recipient} {badge("messages", message.state)}
      </h1>
      {message.reason && <p class="reason">{capital(reasonWords(message.reason))}</p>}
      {message.state === "scheduled" &&
        confirm({
          ask: "Cancel…",
          says: `It is to be sent ${message.sendAt.slice(0, 19).replace("T", " ")} UTC. Once cancelled, it never is.`,
          action: `${here}/cancel`,
          button: "Yes, cancel it",
        })}
      <div class="halves">
        <section aria-labelledby="about">
          <h2 id="about">The message</h2>
          {message.rich ? richContent(message.rich) : <p class="shown">{message.text}</p>}
          {about(c, message)}
        </section>
        <section aria-labelledby="happened">
          <h2 id="happened">What happened</h2>
          {story(withSizeAndRoute(message, told.items))}
        </section>
      </div>
      {exchangeSection(exchange)}
      {callsSection(here, calls)}
    </div>,
  );
});

function about(c: C, message: Message) {
  const given = Object.keys(message.echo).length > 0;
  return facts([
    ["To", c.get("hasSandbox") ? <a href={handsetOf(message.recipient)}>{message.recipient}</a> : message.recipient],
    ["From", message.sender],
    ["Channel", message.channel ?? "SMS"],
    ["Size", message.channel ? undefined : sizeOf(message)],
    ["Costs", message.charge && money(message.charge.amount, message.charge.currency)],
    ["Account", <a href={withParams(HERE, { account: message.account })}>{message.account}</a>],
    ["API", dialectName(c, message.dialect)],
    ["Their id", <code>{message.theirId}</code>],
    ["Our id", <code>{message.id}</code>],
    ["To be sent", message.sendAt === message.acceptedAt ? undefined : exact(message.sendAt)],
    ["Valid until", exact(message.expiresAt)],
    ["Carrier", message.carrier],
    ["Their reference", message.reference && <code>{message.reference}</code>],
    ["Operator", message.operator],
    ["Priority", message.priority],
    ["Delivery", message.deliveryMode.replaceAll("-", " ")],
    ["Reports go to", message.reportUrl && <code>{withoutSecrets(message.reportUrl)}</code>],
    ["Extra fields", given && <code>{withoutSecrets(JSON.stringify(message.echo))}</code>],
  ]);
}

function sizeOf({ parts, encoding, text }: Message): string {
  return `${partsOf({ parts, encoding })}, ${[...text].length} characters`;
}

function partsOf({ parts, encoding }: Pick<Message, "parts" | "encoding">): string {
  return `${parts} ${parts === 1 ? "part" : "parts"}, ${encoding === "gsm7" ? "GSM alphabet" : "UCS-2"}`;
}

/** What the carriers that did not take it had to say. */
const PASSED_BY: Partial<Record<HistoryEvent, string>> = {
  "carrier.busy": "busy",
  "carrier.answer_lost": "gave no answer",
};

/** The story, with how the text was cut when it was accepted, and which carriers were asked until one took it. */
function withSizeAndRoute(message: Message, story: readonly Entry[]): Entry[] {
  const asked = new Map<unknown, string>();
  return story.map((entry) => {
    if (entry.event === "accepted" && !message.channel) return { ...entry, size: partsOf(message) };
    const why = PASSED_BY[entry.event];
    if (why && entry.carrier) asked.set(entry.carrier, `${entry.carrier} (${why})`);
    if (entry.event !== "carrier.took") return entry;
    return { ...entry, route: [...asked.values(), `${entry.carrier} (took it)`].join(", ") };
  });
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function unknown(c: C, id: string) {
  return page(
    c,
    { title: "No such message", here: HERE, status: 404, styles: ["messages"] },
    <>
      <h1>No such message</h1>
      <p>
        Nothing has the id <code>{id.slice(0, 80)}</code>. Messages are forgotten when they have been settled for long;
        and the sandbox forgets all when it is reset.
      </p>
      {searchBox(HERE)}
    </>,
  );
}

app.post("/:id/cancel", async (c) => {
  const { id } = c.req.param();
  return attempted(
    c,
    () => `${HERE}/${id}`,
    { done: "cancelled", late: "cancel-late" },
    () => ask(c, "POST /admin/v1/messages/{id}/cancel", { params: { id } }),
  );
});

app.post("/:id/webhooks/:webhook/replay", async (c) => {
  const { id, webhook } = c.req.param();
  return attempted(
    c,
    () => `${HERE}/${id}`,
    { done: "replayed", late: "replay-late" },
    () => ask(c, "POST /admin/v1/webhooks/{id}/replay", { params: { id: webhook } }),
  );
});
