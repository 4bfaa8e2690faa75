/** Carriers: set up, tried, switched off and retired. What is asked of each kind is what its schema says. */

import { Hono } from "hono";
import { MOST_PRICES } from "../../../core/operator/prices.ts";
import { BODY_CAP } from "../../../doors/body.ts";
import { type Answer, type ApiError, ask, type Item } from "../api.ts";
import type { C, ConsoleEnv } from "../console-env.ts";
import { askFirst } from "../ui/ask-first.tsx";
import { facts } from "../ui/facts.tsx";
import { form, type Group, type Typed, toBody, toTyped, tried, typedIn } from "../ui/form.tsx";
import { page } from "../ui/layout.tsx";
import { inWords } from "../ui/phone-time.tsx";
import { withThousands } from "../ui/words.tsx";
import { type Asked, examplesOf, groupsOf, otherSecrets, withoutSecrets } from "./carrier-fields.ts";

const app = new Hono<ConsoleEnv>({ strict: false });
export const carriers = app;

const SETUP = "/console/setup";
const HERE = "/console/carriers";
const STYLES = ["forms", "lists", "setup"];
/** So many prices are shown. */
const PRICES_SHOWN = 10;
const DONE: Record<string, string> = {
  prices: "Price list saved.",
  put: "The carrier is set up as it stands here. Every gateway knows within five seconds.",
  retired: "Carrier retired: it takes nothing new, and is removed once everything it has is final.",
};

type Carrier = Answer<"GET /admin/v1/carriers/{name}">;

const NAME: Group = {
  fields: [
    {
      name: "name",
      label: "Name",
      hint: "Name used in routes: lowercase letters, digits and dashes.",
      required: true,
      isApart: true,
      placeholder: "norway",
    },
  ],
};
const TRIAL: readonly Group[] = [
  {
    fields: [
      { name: "recipient", label: "To", kind: "phone", required: true, placeholder: "+4791000000", size: 20 },
      { name: "sender", label: "From", required: true, placeholder: "Shop", size: 20 },
      { name: "text", label: "Text", required: true },
    ],
  },
];

const PRICES: readonly Group[] = [
  {
    fields: [
      {
        name: "list",
        label: "Lines",
        kind: "area",
        placeholder: "prefix,price,currency\n47,0.0432,EUR",
        hint: `Price of one part to numbers with this prefix. ${withThousands(MOST_PRICES)} lines at most. The list replaces the one before; an empty list removes it.`,
      },
    ],
  },
];

app.get("/", async (c) => {
  const [{ items }, { items: kinds }] = await Promise.all([
    ask(c, "GET /admin/v1/carriers"),
    ask(c, "GET /admin/v1/carrier-kinds"),
  ]);
  return page(
    c,
    { title: "Carriers", styles: STYLES },
    <>
      <h1>Carriers</h1>
      <p class="hint">Texts and charges are handed to these. Routes say which of them takes what.</p>
      <ul class="rows">{items.map(row)}</ul>
      <h2>Add one</h2>
      <ul class="choices">
        {kinds.map(({ kind }) => (
          <li>
            <a class="button quiet" href={`${HERE}/new/${kind}`}>
              {kind}
            </a>
          </li>
        ))}
      </ul>
      <p class="hint">
        <code>http</code> is any other HTTP API, which you describe: <a href="/docs/carriers">how</a>.
      </p>
      <p>
        <a href={SETUP}>Back to Setup</a>
      </p>
    </>,
  );
});

const BADGE = { up: "badge", off: "badge", down: "badge bad", probing: "badge bad" };

function row({ name, kind, state, health, lastHour }: Item<"GET /admin/v1/carriers">) {
  return (
    <li>
      <p class="main">
        {state ? <a href={`${HERE}/${name}`}>{name}</a> : <strong>{name}</strong>} <span class="mono hint">{kind}</span>
      </p>
      <p class="side">
        {state === "retired" && <span class="badge">retired</span>}{" "}
        {health && <span class={BADGE[health.state]}>{health.state}</span>}
      </p>
      {lastHour.asked > 0 && <p class="more">Last hour: {trafficWords(lastHour)}</p>}
      {health?.reason && <p class="more">{health.reason}</p>}
    </li>
  );
}

async function kindOf(c: C, kind: string): Promise<Asked | undefined> {
  const { items } = await ask(c, "GET /admin/v1/carrier-kinds");
  return items.find((one) => one.kind === kind);
}

app.get("/new/:kind", (c) => showNew(c));

async function showNew(c: C, known?: Typed, refused?: ApiError) {
  const kind = await kindOf(c, c.req.param("kind") ?? "");
  if (!kind) return c.redirect(HERE, 303);
  const typed = known ?? { ...examplesOf(kind), isEnabled: "on" };
  return page(
    c,
    { title: `Add a carrier of kind ${kind.kind}`, status: refused?.status ?? 200, styles: STYLES },
    <>
      <h1>Add a carrier of kind {kind.kind}</h1>
      {form({
        groups: [NAME, ...groupsOf(kind, [])],
        typed,
        refused,
        submit: "Add carrier",
        beside: <a href={HERE}>No, go back</a>,
      })}
    </>,
  );
}

app.post("/new/:kind", async (c) => {
  const kind = await kindOf(c, c.req.param("kind"));
  if (!kind) return c.redirect(HERE, 303);
  const typed = await typedIn(c);
  const put = await tried(async () => {
    const json = wanted(kind, [], typed, [NAME]);
    return ask(c, "PUT /admin/v1/carriers/{name}", { params: { name: typed.name ?? "" }, json });
  });
  if ("refused" in put) return showNew(c, withoutSecrets(typed), put.refused);
  return c.redirect(`${HERE}/${put.done.name}?done=put`, 303);
});

/** What is typed of a carrier, as the API takes it. @throws ApiError with the field that is wrong */
function wanted(kind: Asked, has: readonly string[], typed: Typed, more: readonly Group[] = []) {
  const asked = toBody([...more, ...groupsOf(kind, has)], typed);
  const named = typeof asked.secrets === "object" ? asked.secrets : {};
  const secrets = { ...named, ...otherSecrets(kind, has, typed) };
  return { kind: kind.kind, settings: {}, ...asked, secrets };
}

app.get("/:name", (c) => show(c));

type Shown = {
  typed?: Typed;
  refused?: ApiError;
  trial?: Typed;
  notTried?: ApiError;
  said?: string;
  prices?: Typed;
  notPriced?: ApiError;
};

async function show(c: C, { typed, refused, trial = {}, notTried, said, prices = {}, notPriced }: Shown = {}) {
  const params = { name: c.req.param("name") ?? "" };
  const [carrier, known] = await Promise.all([
    ask(c, "GET /admin/v1/carriers/{name}", { params }),
    ask(c, "GET /admin/v1/carriers/{name}/prices", { params, query: { limit: PRICES_SHOWN } }),
  ]);
  const kind = await kindOf(c, carrier.kind);
  const groups = kind ? groupsOf(kind, carrier.secrets ?? []) : [];
  const { name } = carrier;
  const done = DONE[c.req.query("done") ?? ""];
  return page(
    c,
    {
      title: `Carrier ${name}`,
      status: (refused ?? notTried ?? notPriced)?.status ?? 200,
      styles: STYLES,
      ...(done ? { notice: { said: done } } : {}),
    },
    <>
      <h1>Carrier {name}</h1>
      {aboutIt(carrier)}
      <h2>Try it</h2>
      <p class="hint">One text through this carrier alone, whatever the routes say.</p>
      {said && (
        <p class="notice" role="status">
          {said}
        </p>
      )}
      {form({ action: `${HERE}/${name}/test`, groups: TRIAL, typed: trial, refused: notTried, submit: "Send it" })}
      <h2>Prices</h2>
      {priceList(known)}
      {form({
        action: `${HERE}/${name}/prices`,
        groups: PRICES,
        typed: prices,
        refused: notPriced,
        submit: "Import prices",
      })}
      <h2>Change it</h2>
      {kind ? (
        form({ action: `${HERE}/${name}`, groups, typed: typed ?? typedOf(groups, carrier), refused, submit: "Save" })
      ) : (
        <p>It is part of the gateway: there is nothing to set.</p>
      )}
      <p>
        <a href={`${HERE}/${name}/retire`}>Retire it…</a> · <a href={HERE}>All carriers</a>
      </p>
    </>,
  );
}

function priceList({ items, next }: Answer<"GET /admin/v1/carriers/{name}/prices">) {
  if (items.length === 0) return <p class="hint">No price list. The cost of texts through this carrier is unknown.</p>;
  return (
    <ul>
      {items.map(({ prefix, nanos, currency }) => (
        <li>
          +{prefix}: {currency} {(nanos / 1e9).toFixed(9).replace(/\.?0+$/, "")}
        </li>
      ))}
      {next && <li class="hint">and more</li>}
    </ul>
  );
}

function typedOf(groups: readonly Group[], carrier: Carrier): Typed {
  const { settings, maxPerSecond, state } = carrier;
  return toTyped(groups, { settings, maxPerSecond, isEnabled: state === "on" });
}

function healthWords({ state, since, reason }: NonNullable<Carrier["health"]>): string {
  return `${state}${since ? ` since ${inWords(since)}` : ""}${reason ? `: ${reason}` : ""}`;
}

function trafficWords({ asked, taken, refused, unable, busy, lost }: Carrier["lastHour"]): string {
  if (asked === 0) return "nothing";
  const others = { refused, "not taken for a reason of its own": unable, busy, "answers lost": lost };
  const more = Object.entries(others).flatMap(([words, count]) => (count > 0 ? `${count} ${words}` : []));
  return [`${taken} of ${asked} taken`, ...more].join(", ");
}

function aboutIt(carrier: Carrier) {
  const { kind, state, health, doors, secrets, sealedWith, lastHour, unanswered, maxPerSecond } = carrier;
  return facts([
    ["Kind", kind],
    ["State", state],
    ["Health", health && healthWords(health)],
    ["Last hour", trafficWords(lastHour)],
    [
      "Answers took",
      lastHour.median && `half of them at most ${lastHour.median} ms, 95 of 100 at most ${lastHour.p95} ms`,
    ],
    ["Not taken", lastHour.reasons.map(({ answer, reason, count }) => `${count} × ${answer}: ${reason}`).join(", ")],
    ["Without an answer", unanswered && `${unanswered.count}, the oldest since ${inWords(unanswered.since)}`],
    ["At most", maxPerSecond && `${maxPerSecond} parts of texts a second`],
    ["Secrets", secrets && `${secrets.join(", ")}; sealed with key ${sealedWith}, and not shown`],
    ["Reports come to", doors && <code>{doors.receipts}</code>],
    ["Texts come to", doors && <code>{doors.inbound}</code>],
  ]);
}

app.post("/:name", async (c) => {
  const name = c.req.param("name");
  const carrier = await ask(c, "GET /admin/v1/carriers/{name}", { params: { name } });
  const kind = await kindOf(c, carrier.kind);
  if (!kind) return c.redirect(`${HERE}/${name}`, 303);
  const typed = await typedIn(c);
  const put = await tried(async () => {
    // Left empty, the pace is lifted, where the API would keep it.
    const json = { maxPerSecond: null, ...wanted(kind, carrier.secrets ?? [], typed) };
    return ask(c, "PUT /admin/v1/carriers/{name}", { params: { name }, json });
  });
  if ("refused" in put) return show(c, { typed: withoutSecrets(typed), refused: put.refused });
  return c.redirect(`${HERE}/${name}?done=put`, 303);
});

app.post("/:name/test", async (c) => {
  const trial = await typedIn(c);
  const params = { name: c.req.param("name") };
  const answer = await tried(async () =>
    ask(c, "POST /admin/v1/carriers/{name}/test", { params, json: toBody(TRIAL, trial) }),
  );
  if ("refused" in answer) return show(c, { trial, notTried: answer.refused });
  const { outcome, reference, reason, detail } = answer.done;
  const more = [reference && `reference ${reference}`, reason, detail].filter(Boolean).join(", ");
  return show(c, { trial, said: `It answered: ${outcome}${more ? ` (${more})` : ""}.` });
});

app.post("/:name/prices", async (c) => {
  const prices = await typedIn(c, BODY_CAP);
  const params = { name: c.req.param("name") };
  const put = await tried(() => ask(c, "PUT /admin/v1/carriers/{name}/prices", { params, csv: prices.list ?? "" }));
  if ("refused" in put) return show(c, { prices, notPriced: put.refused });
  return c.redirect(`${HERE}/${params.name}?done=prices`, 303);
});

app.get("/:name/retire", (c) => askToRetire(c));

function askToRetire(c: C, refused?: ApiError) {
  const name = c.req.param("name") ?? "";
  return askFirst(c, {
    title: `Retire ${name}?`,
    what: (
      <p>It would take nothing new. It is still heard, and asked about what it has, until all of that is settled.</p>
    ),
    submit: "Retire carrier",
    back: `${HERE}/${name}`,
    refused,
  });
}

app.post("/:name/retire", async (c) => {
  const params = { name: c.req.param("name") };
  const retired = await tried(async () => ask(c, "DELETE /admin/v1/carriers/{name}", { params }));
  if ("refused" in retired) return askToRetire(c, retired.refused);
  return c.redirect(`${HERE}/${params.name}?done=retired`, 303);
});
