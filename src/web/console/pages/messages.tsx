/** Messages and their outcomes. */

import { Hono } from "hono";
import type { HistoryEvent } from "../../../core/history.ts";
import { withoutSecrets } from "../../../core/kernel/secrets.ts";
import { isFinal, MESSAGE_STATES } from "../../../core/messages/message.ts";
import { OURS } from "../../../core/messages/own.ts";
import { type Answer, ask, find, withParams } from "../api.ts";
import type { C, ConsoleEnv } from "../console-env.ts";
import { badge, reasonWords } from "../ui/badge.tsx";
import { attempted } from "../ui/done.ts";
import { confirm, facts } from "../ui/facts.tsx";
import { ACCOUNT, anyOf, CONTAINING, dialectFilter, SINCE, UNTIL } from "../ui/filters.tsx";
import type { Entry } from "../ui/history-words.ts";
import { PACE } from "../ui/layout.tsx";
import { handsetOf } from "../ui/links.tsx";
import { listPage } from "../ui/list.tsx";
import { inWords } from "../ui/phone-time.tsx";
import { money, priceWords } from "../ui/sums.tsx";
import { table } from "../ui/table.tsx";
import { beginning, capital, dialectName, when } from "../ui/words.tsx";
import { inbound } from "./inbound.tsx";
import { noMessageYet } from "./nothing-yet.tsx";
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
app.route("/inbound", inbound);

app.get("/", (c) =>
  listPage(c, {
    title: "Messages",
    here: HERE,
    many: "messages",
    filters: [
      CONTAINING,
      { name: "recipient", label: "To", kind: "hidden" },
      { name: "theirId", label: "Their id", kind: "hidden" },
      {
        name: "state",
        label: "State",
        kind: "choice",
        options: anyOf(MESSAGE_STATES, capital),
      },
      ACCOUNT,
      dialectFilter(c),
      SINCE,
      UNTIL,
    ],
    load: (query) => ask(c, "GET /admin/v1/messages", { query }),
    topic: "messages",
    pace: ({ state }) => (state ? PACE : undefined),
    empty: (narrowed) => (Object.keys(narrowed).length === 0 ? noMessageYet(c) : undefined),
    isOver: ({ state }) => isFinal(state),
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
      { head: "Dialect", class: "wide", cell: ({ dialect }) => dialectName(c, dialect) },
      { head: "Accepted", class: "when", cell: ({ acceptedAt }) => when(acceptedAt) },
    ],
  });
}

function summary({ id, recipient, text }: Message) {
  return (
    <>
      <a class="whole" href={`${HERE}/${id}`}>
        {recipient}
      </a>
      <span class="snippet">{beginning(text, 160) || "(rich content)"}</span>
    </>
  );
}

const DONE = {
  cancelled: { said: "Message cancelled; it will not be sent." },
  "code-counted": { said: "Noted: the code in this text was entered." },
  "code-not-counted": {
    said: "Not counted: the code guard did not watch this text.",
    isBad: true,
  },
  "code-late": {
    said: "Too late: a code can be confirmed only within a day after its text was accepted.",
    isBad: true,
  },
  "cancel-late": { said: "Too late to cancel: the message is no longer scheduled.", isBad: true },
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
        says: `Scheduled for ${inWords(message.sendAt)}. This cannot be undone.`,
        action: `${HERE}/${message.id}/cancel`,
        button: "Cancel message",
      }),
    about: (
      <>
        {content(message)}
        {about(c, message)}
        {(await mayBeCounted(c, message)) && codeOf(message)}
      </>
    ),
    timeline: withSizeAndRoute(message, told.items),
    notices: DONE,
  });
});

/** Confirms that the person entered the code of an account's own text: the account's program does so, or an operator here. */
function codeOf({ id }: Message) {
  return (
    <form method="post" action={`${HERE}/${id}/confirm-code`}>
      <h3>Code</h3>
      <p class="hint">If the code guard counted this text, you can confirm here that the person entered its code.</p>
      <p>
        <button type="submit" class="quiet">
          Its code was entered
        </button>
      </p>
    </form>
  );
}

/**
 * Whether the account's guard may have counted it as a code. The message does not say whether it did: the guard also leaves out texts of a
 * batch, pincodes that we make, and trusted countries.
 */
async function mayBeCounted(c: C, { account, priority, dialect, charge }: Message): Promise<boolean> {
  if (priority !== "high" || dialect === OURS || charge !== undefined) return false;
  const found = await find(c, "GET /admin/v1/accounts/{id}", { params: { id: account } });
  const { codeGuard } = found?.settings ?? {};
  return typeof codeGuard === "object" && codeGuard !== null && "texts" in codeGuard && codeGuard.texts === true;
}

/** As the phone got it: on a rich channel its content; as an SMS the text, whatever else was given. */
function content({ rich, channel, text }: Message) {
  if (!rich) return <p class="shown">{text}</p>;
  if (channel) return richContent(rich);
  return (
    <>
      <p class="shown">{text}</p>
      <details>
        <summary>Rich content, not used: it went as an SMS</summary>
        {richContent(rich)}
      </details>
    </>
  );
}

function about(c: C, message: Message) {
  const given = Object.keys(message.echo).length > 0;
  return facts([
    ["To", c.get("hasSandbox") ? <a href={handsetOf(message.recipient)}>{message.recipient}</a> : message.recipient],
    ["From", message.sender],
    ["Channel", message.channel ?? "SMS"],
    ["Size", message.channel ? undefined : sizeOf(message)],
    ["Price", message.charge && money(message.charge.amount, message.charge.currency)],
    ["Account", <a href={withParams(HERE, { account: message.account })}>{message.account}</a>],
    ["Dialect", dialectName(c, message.dialect)],
    ["Client's id", <code>{message.theirId}</code>],
    ["Id", <code>{message.id}</code>],
    ["Scheduled for", message.sendAt === message.acceptedAt ? undefined : exact(message.sendAt)],
    ["Valid until", exact(message.expiresAt)],
    ["Carrier", message.carrier],
    ["Carrier price", message.carrierPrice && priceWords(message.carrierPrice)],
    ["Rerouted from", message.reroutedFrom],
    ["Carrier reference", message.reference && <code>{message.reference}</code>],
    ["Operator", message.operator],
    ["Priority", message.priority],
    ["Delivery", message.deliveryMode.replaceAll("-", " ")],
    ["Report URL", message.reportUrl && <code>{withoutSecrets(message.reportUrl)}</code>],
    ["Extra fields", given && <code>{withoutSecrets(JSON.stringify(message.echo))}</code>],
  ]);
}

function sizeOf({ parts, encoding, text }: Message): string {
  const size = encoding === "binary" ? `${text.length / 2} octets` : `${[...text].length} characters`;
  return `${partsOf({ parts, encoding })}, ${size}`;
}

const ENCODINGS = { gsm7: "GSM alphabet", ucs2: "UCS-2", binary: "binary" } as const;

function partsOf({ parts, encoding }: Pick<Message, "parts" | "encoding">): string {
  return `${parts} ${parts === 1 ? "part" : "parts"}, ${ENCODINGS[encoding]}`;
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

function unknown(c: C, id: string) {
  const kept = "Old messages are deleted after the retention time, and all of them when the sandbox is reset.";
  return noSuchThing(c, { id, name: "message", list: LIST, kept });
}

app.post("/:id/confirm-code", async (c) => {
  const { id } = c.req.param();
  return attempted(
    c,
    () => `${HERE}/${id}`,
    { done: ({ isCounted }) => (isCounted ? "code-counted" : "code-not-counted"), late: "code-late" },
    () => ask(c, "POST /admin/v1/messages/{id}/confirm-code", { params: { id } }),
  );
});

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
