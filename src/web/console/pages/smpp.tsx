/** SMPP: customers' sessions and binds to SMSCs, how each stands, what goes wrong on it, and for a while its PDUs. */

import { Hono } from "hono";
import { type Answer, ask } from "../api.ts";
import type { C, ConsoleEnv } from "../console-env.ts";
import { facts } from "../ui/facts.tsx";
import { page } from "../ui/layout.tsx";
import { when } from "../ui/words.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const smpp = app;

const SETUP = "/console/setup";
const HERE = "/console/smpp";
const STYLES = ["forms", "lists", "setup"];
/** So long a trace lasts that is begun here. Seconds. */
const TRACED_FOR = 300;

type Sessions = Answer<"GET /admin/v1/smpp/sessions/{systemId}">;
type Bind = Answer<"GET /admin/v1/smpp/binds/{carrier}/{bind}">;
type Line = Pick<Sessions, "connections" | "troubles" | "tracedUntil" | "fault">;
type Connection = Line["connections"][number];
type Trace = Answer<"GET /admin/v1/smpp/sessions/{systemId}/trace">;

app.get("/", async (c) => {
  const cursor = c.req.query("cursor");
  const [{ items, next }, { items: binds }] = await Promise.all([
    ask(c, "GET /admin/v1/smpp/sessions", { query: cursor === undefined ? {} : { cursor } }),
    ask(c, "GET /admin/v1/smpp/binds"),
  ]);
  return page(
    c,
    { title: "SMPP", styles: STYLES },
    <>
      <h1>SMPP</h1>
      <h2>Customers</h2>
      {items.length === 0 && (
        <p class="hint">No account has a credential of the kind smpp. One is made with the account's credentials.</p>
      )}
      <ul class="rows">
        {items.map((one) => (
          <li>
            <p class="main">
              <a href={sessionsAt(one.systemId)}>{one.systemId}</a> <span class="hint">{one.account}</span>
            </p>
            <p class="side">{stateOf(one)}</p>
            {newest(one)}
          </li>
        ))}
      </ul>
      {next !== undefined && (
        <p>
          <a href={`${HERE}?cursor=${encodeURIComponent(next)}`}>Further ones</a>
        </p>
      )}
      <h2>Carriers</h2>
      {binds.length === 0 && <p class="hint">No carrier of the kind smpp is set up.</p>}
      <ul class="rows">
        {binds.map((one) => (
          <li>
            <p class="main">
              <a href={bindAt(one)}>
                {one.carrier}, bind {one.bind + 1}
              </a>
            </p>
            <p class="side">
              <span class={one.state === "up" ? "badge" : "badge bad"}>{one.state}</span>
            </p>
            {one.reason && <p class="more">{one.reason}</p>}
            {newest(one)}
          </li>
        ))}
      </ul>
    </>,
  );
});

function sessionsAt(systemId: string): string {
  return `${HERE}/sessions/${encodeURIComponent(systemId)}`;
}

function bindAt({ carrier, bind }: Pick<Bind, "carrier" | "bind">): string {
  return `${HERE}/binds/${encodeURIComponent(carrier)}/${bind}`;
}

function stateOf({ connections, fault }: Line) {
  const bound = connections.filter(({ as }) => as !== undefined).length;
  if (fault) return <span class="badge bad">status unavailable</span>;
  return <span class="badge">{bound === 0 ? "not bound" : `${bound} bound`}</span>;
}

/** What went wrong last. */
function newest({ troubles: [one] }: Line) {
  return (
    one && (
      <p class="more">
        {wordsOf(one)}, {when(one.at)}
      </p>
    )
  );
}

const KINDS = {
  answered: "We answered",
  "was-answered": "They answered",
  refused: "A bind was refused:",
  ended: "A connection ended:",
} as const;

function wordsOf({ kind, what, times }: Line["troubles"][number]): string {
  return `${KINDS[kind]} ${what}${times > 1 ? `, ${times} times` : ""}`;
}

app.get("/sessions/:systemId", async (c) => {
  const params = { systemId: c.req.param("systemId") };
  const [line, trace] = await Promise.all([
    ask(c, "GET /admin/v1/smpp/sessions/{systemId}", { params }),
    ask(c, "GET /admin/v1/smpp/sessions/{systemId}/trace", { params }),
  ]);
  const given = [["Account", <a href={`${SETUP}/${encodeURIComponent(line.account)}`}>{line.account}</a>]] as const;
  return linePage(c, { title: line.systemId, here: sessionsAt(line.systemId), given, line, trace });
});

app.post("/sessions/:systemId/trace", async (c) => {
  const params = { systemId: c.req.param("systemId") };
  await ask(c, "PUT /admin/v1/smpp/sessions/{systemId}/trace", { params, json: { seconds: TRACED_FOR } });
  return c.redirect(sessionsAt(params.systemId), 303);
});

app.post("/sessions/:systemId/trace/end", async (c) => {
  const params = { systemId: c.req.param("systemId") };
  await ask(c, "DELETE /admin/v1/smpp/sessions/{systemId}/trace", { params });
  return c.redirect(sessionsAt(params.systemId), 303);
});

app.get("/binds/:carrier/:bind", async (c) => {
  const params = paramsOf(c);
  const [line, trace] = await Promise.all([
    ask(c, "GET /admin/v1/smpp/binds/{carrier}/{bind}", { params }),
    ask(c, "GET /admin/v1/smpp/binds/{carrier}/{bind}/trace", { params }),
  ]);
  const given = [
    ["State", `${line.state}${line.reason ? `: ${line.reason}` : ""}`],
    ["Since", line.since && when(line.since)],
  ] as const;
  return linePage(c, { title: `${line.carrier}, bind ${line.bind + 1}`, here: bindAt(line), given, line, trace });
});

app.post("/binds/:carrier/:bind/trace", async (c) => {
  const params = paramsOf(c);
  await ask(c, "PUT /admin/v1/smpp/binds/{carrier}/{bind}/trace", { params, json: { seconds: TRACED_FOR } });
  return c.redirect(bindAt({ ...params, bind: Number(params.bind) }), 303);
});

app.post("/binds/:carrier/:bind/trace/end", async (c) => {
  const params = paramsOf(c);
  await ask(c, "DELETE /admin/v1/smpp/binds/{carrier}/{bind}/trace", { params });
  return c.redirect(bindAt({ ...params, bind: Number(params.bind) }), 303);
});

function paramsOf(c: C) {
  return { carrier: c.req.param("carrier") ?? "", bind: c.req.param("bind") ?? "" };
}

type Shown = {
  title: string;
  here: string;
  given: Parameters<typeof facts>[0];
  line: Line;
  trace: Trace;
};

function linePage(c: C, { title, here, given, line, trace }: Shown) {
  const { connections, troubles, fault } = line;
  return page(
    c,
    { title, styles: STYLES },
    <>
      <h1>{title}</h1>
      {facts([...given, ["Status unavailable", fault]])}
      <h2>Connections</h2>
      {connections.length === 0 && <p class="hint">There is none.</p>}
      {connections.map(connectionOf)}
      <h2>What went wrong</h2>
      {troubles.length === 0 && <p class="hint">Nothing is known.</p>}
      <ul class="rows">
        {troubles.map((one) => (
          <li>
            <p class="main">{wordsOf(one)}</p>
            <p class="side">{when(one.at)}</p>
          </li>
        ))}
      </ul>
      {traceOf(here, trace)}
      <p>
        <a href={HERE}>Back to SMPP</a>
      </p>
    </>,
  );
}

function connectionOf({ as, address, isSecure, window, deliveries, requests, ...times }: Connection) {
  return facts([
    ["Bound as", as ?? "not bound"],
    ["From", address && <span class="mono">{address}</span>],
    ["TLS", isSecure ? "yes" : "no, or ended before us"],
    ["Window", `${window.used} of ${window.most} wait for an answer`],
    ["Deliveries", deliveries && `${deliveries.used} of ${deliveries.most} wait for an answer`],
    ["Requests in a minute", `${requests.heard} heard, ${requests.sent} sent`],
    ["Bound since", times.boundAt && when(times.boundAt)],
    ["Heard last", when(times.heardAt)],
  ]);
}

function traceOf(here: string, { until, pdus }: Trace) {
  return (
    <>
      <h2>PDUs</h2>
      <p class="hint">
        {until ? <>Tracing until {when(until)}. Reload to see new ones.</> : "Tracing is off."} Texts and passwords are
        left out, numbers masked; the last 500 stay for an hour after the end.
      </p>
      <ul class="choices">
        <li>
          <form method="post" action={`${here}/trace`}>
            <button type="submit">Trace for 5 minutes</button>
          </form>
        </li>
        {(until || pdus.length > 0) && (
          <li>
            <form method="post" action={`${here}/trace/end`}>
              <button class="quiet" type="submit">
                Stop and delete
              </button>
            </form>
          </li>
        )}
      </ul>
      <ol class="rows">{pdus.toReversed().map(pduOf)}</ol>
    </>
  );
}

function pduOf({ at, connection, way, command, status, sequence, octets, fields }: Trace["pdus"][number]) {
  const said = Object.entries(fields).map(([name, value]) => `${name} ${value}`);
  return (
    <li>
      <p class="main">
        {way === "heard" ? "Heard" : "Sent"} <strong>{command}</strong> <span class="mono hint">{sequence}</span>{" "}
        {status !== 0 && <span class="badge bad">0x{status.toString(16).padStart(8, "0")}</span>}
      </p>
      <p class="side">{when(at)}</p>
      <p class="more mono">{[...said, `${octets} octets`, `connection ${connection.slice(0, 8)}`].join(" · ")}</p>
    </li>
  );
}
