/** Messages and their outcomes. */

import { Hono } from "hono";
import type { HistoryEvent } from "../../../core/history.ts";
import { withoutSecrets } from "../../../core/kernel/secrets.ts";
import { isFinal, MESSAGE_STATES } from "../../../core/messages/message.ts";
import { type Answer, ask, find, withParams } from "../api.ts";
import type { C, ConsoleEnv } from "../console-env.ts";
import { badge, reasonWords, stateWord } from "../ui/badge.tsx";
import { attempted } from "../ui/done.ts";
import { confirm, facts } from "../ui/facts.tsx";
import { ACCOUNT, anyOf, dialectFilter, SINCE, UNTIL } from "../ui/filters.tsx";
import type { Entry } from "../ui/history-words.ts";
import { PACE } from "../ui/layout.tsx";
import { handsetOf } from "../ui/links.tsx";
import { listPage } from "../ui/list.tsx";
import { money } from "../ui/sums.tsx";
import { table } from "../ui/table.tsx";
import { beginning, dialectName, when } from "../ui/words.tsx";
import { requests } from "./requests.tsx";
import { richContent } from "./rich.tsx";
import { exact } from "./story.tsx";
import { noSuchThing, takeReplays, thingPage } from "./thing.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const messages = app;

const HERE = "/console/messages";
const LIST = { here: HERE, title: "Messages" };

type Message = Answer<"GET /admin/v1/messages/{id}">;

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
  return table({
    rows: items,
    idOf: ({ id }) => `row-${id}`,
    columns: [
      { head: "State", cell: ({ state }) => badge("messages", state) },
      { head: "Message", class: "main", cell: summary },
      { head: "From", class: "wide", cell: ({ sender }) => sender },
      { head: "Account", class: "wide", cell: ({ account }) => account },
      { head: "API", class: "wide", cell: ({ dialect }) => dialectName(c, dialect) },
      { head: "Accepted (UTC)", class: "when", cell: ({ acceptedAt }) => when(acceptedAt) },
    ],
  });
}

function summary({ id, recipient, text }: Message) {
  return (
    <>
      <a class="whole" href={`${HERE}/${id}`}>
        {recipient}
      </a>
      <span class="snippet">{beginning(text, 160) || "(shown on a rich channel)"}</span>
    </>
  );
}

const DONE = {
  cancelled: { said: "The message is cancelled: it will not be sent." },
  "cancel-late": { said: "It was too late to cancel it: the message no longer waits for its time.", isBad: true },
};

app.get("/:id", async (c) => {
  const { id } = c.req.param();
  const [message, told] = await Promise.all([
    find(c, "GET /admin/v1/messages/{id}", { params: { id } }),
    find(c, "GET /admin/v1/messages/{id}/timeline", { params: { id } }),
  ]);
  if (!message || !told) return unknown(c, id);
  return thingPage(c, {
    id: message.id,
    name: "message",
    title: `Message to ${message.recipient}`,
    badge: badge("messages", message.state),
    list: LIST,
    reason: message.reason && capital(reasonWords(message.reason)),
    action:
      message.state === "scheduled" &&
      confirm({
        ask: "Cancel…",
        says: `It is to be sent ${message.sendAt.slice(0, 19).replace("T", " ")} UTC. Once cancelled, it never is.`,
        action: `${HERE}/${message.id}/cancel`,
        button: "Yes, cancel it",
      }),
    about: (
      <>
        {message.rich ? richContent(message.rich) : <p class="shown">{message.text}</p>}
        {about(c, message)}
      </>
    ),
    timeline: withSizeAndRoute(message, told.items),
    notices: DONE,
  });
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
    ["Carrier's price", message.carrierPrice && priceWords(message.carrierPrice)],
    ["Before that", message.reroutedFrom && `${message.reroutedFrom} could not deliver it`],
    ["Their reference", message.reference && <code>{message.reference}</code>],
    ["Operator", message.operator],
    ["Priority", message.priority],
    ["Delivery", message.deliveryMode.replaceAll("-", " ")],
    ["Reports go to", message.reportUrl && <code>{withoutSecrets(message.reportUrl)}</code>],
    ["Extra fields", given && <code>{withoutSecrets(JSON.stringify(message.echo))}</code>],
  ]);
}

/** In the currency's unit, with as many decimals as it has: EUR 0.0432. */
function priceWords({ nanos, currency }: { nanos: number; currency: string }): string {
  return `${currency} ${(nanos / 1e9).toFixed(9).replace(/(\.\d\d\d*?)0+$/, "$1")}`;
}

function sizeOf({ parts, encoding, text }: Message): string {
  return `${partsOf({ parts, encoding })}, ${[...text].length} characters`;
}

function partsOf({ parts, encoding }: Pick<Message, "parts" | "encoding">): string {
  return `${parts} ${parts === 1 ? "part" : "parts"}, ${encoding === "gsm7" ? "GSM alphabet" : "UCS-2"}`;
}

/** Words for carriers that did not take it. */
const PASSED_BY: Partial<Record<HistoryEvent, string>> = {
  "carrier.busy": "busy",
  "carrier.answer_lost": "gave no answer",
};

/** The timeline, with the text's parts when it was accepted, and the carriers that were asked until one took it. */
function withSizeAndRoute(message: Message, story: readonly Entry[]): Entry[] {
  const asked = new Map<unknown, string>();
  return story.map((entry) => {
    if (entry.event === "accepted" && !message.channel) return { ...entry, size: partsOf(message) };
    const why = PASSED_BY[entry.event];
    if (why && entry.carrier) asked.set(entry.carrier, `${entry.carrier} (${why})`);
    if (entry.event !== "carrier.took") return entry;
    return { ...entry, asked: [...asked.values(), `${entry.carrier} (took it)`].join(", ") };
  });
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function unknown(c: C, id: string) {
  const kept =
    "Messages are forgotten when they have been settled for long; and the sandbox forgets all when it is reset.";
  return noSuchThing(c, { id, name: "message", list: LIST, kept });
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

takeReplays(app, LIST);
