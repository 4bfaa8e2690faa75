/** The sandbox's levers: the clock, faults, reset. */

import { Hono } from "hono";
import { Temporal } from "temporal-polyfill";
import { type Answer, ApiError, ask } from "../api.ts";
import type { C, ConsoleEnv } from "../console-env.ts";
import { askFirst } from "../ui/ask-first.tsx";
import { form, toBody, toTyped, tried, typedIn } from "../ui/form.tsx";
import { toTime } from "../ui/form-kinds.ts";
import { page } from "../ui/layout.tsx";
import { showing, soon } from "../ui/long-work.tsx";
import { inFull, inOslo, inWords } from "../ui/phone-time.tsx";
import { FAULT_FIELDS, fromForm, saidOf, toForm } from "./faults.ts";
import { distance } from "./oddities.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const controls = app;

const HERE = "/console/controls";
const ADVANCED = `${HERE}?done=advanced`;
const FAULTS = { params: { carrier: "simulator" } };

const DONE: Record<string, string> = {
  advanced: "Clock advanced. Everything due in between has happened.",
  set: "Clock set. Nothing was run in between.",
  faults: "Faults set.",
  behaves: "Faults cleared.",
  reset: "Sandbox reset: all data deleted, clock on real time, demo account restored.",
};

type Clock = Answer<"GET /sandbox/v1/clock">;

/** What the clock is moved on by at once. */
const STEPS = ["minute", "hour", "day", "week", "month"] as const;

app.get("/", (c) => draw(c));

/** @param mistake what the API says of a form, and which */
async function draw(c: C, mistake?: { of: "clock" | "faults"; refused: ApiError; typed: Record<string, string> }) {
  const [clock, faults] = await Promise.all([
    ask(c, "GET /sandbox/v1/clock"),
    ask(c, "GET /sandbox/v1/faults/{carrier}", FAULTS),
  ]);
  const said = DONE[c.req.query("done") ?? ""];
  const ofFaults = mistake?.of === "faults" ? mistake : undefined;
  const wrongClock = mistake?.of === "clock" ? { said: mistake.refused.message, isBad: true } : undefined;
  const bad = saidOf(faults);
  return page(
    c,
    {
      title: "Sandbox",
      reload: HERE,
      status: mistake?.refused.status ?? 200,
      styles: ["forms", "controls"],
      scripts: ["controls"],
      notice: wrongClock ?? (said && !mistake ? { said } : undefined),
    },
    <>
      <h1>Sandbox</h1>
      <div class="levers">
        <section class="lever" aria-labelledby="clock">
          <h2 id="clock">Clock</h2>
          {clockFace(clock)}
          {clockForms(clock)}
        </section>
        <section class="lever" aria-labelledby="faults">
          <h2 id="faults">Faults</h2>
          <p>
            {bad ? (
              <>
                Active faults: <strong>{bad}</strong>.
              </>
            ) : (
              "No faults are set."
            )}
          </p>
          {bad && (
            <form method="post" action={`${HERE}/faults/clear`}>
              <button type="submit">Clear faults</button>
            </form>
          )}
          {form({
            action: `${HERE}/faults`,
            groups: FAULT_FIELDS,
            typed: ofFaults?.typed ?? toTyped(FAULT_FIELDS, toForm(faults)),
            refused: ofFaults?.refused,
            submit: "Set faults",
          })}
        </section>
        <section class="lever" aria-labelledby="fresh">
          <h2 id="fresh">Reset the sandbox</h2>
          <p>Deletes all data and settings, and sets the clock to real time.</p>
          <a class="button danger" href={`${HERE}/reset`}>
            Reset sandbox…
          </a>
        </section>
      </div>
    </>,
  );
}

function clockFace({ now, aheadSeconds, nextDue, nextRenewal }: Clock) {
  const next = (at: string | undefined) => (at ? (at <= now ? "now" : inFull(at)) : "nothing");
  return (
    <div id="clock-face" data-live="messages,transactions,webhooks,subscriptions">
      <p class="now">
        <time datetime={now} title={inOslo(now)} data-clock={now}>
          {now.slice(0, 10)} {now.slice(11, 19)}
        </time>{" "}
        UTC
      </p>
      <p class="hint">{Math.abs(aheadSeconds) < 2 ? "Real time." : `${distance(aheadSeconds)}.`}</p>
      <dl class="next">
        <div>
          <dt>Next event</dt>
          <dd>{next(nextDue)}</dd>
        </div>
        <div>
          <dt>Next renewal</dt>
          <dd>{next(nextRenewal)}</dd>
        </div>
      </dl>
      <form method="post" action={`${HERE}/advance`} class="row" data-passes="">
        <button type="submit" name="until" value="due" disabled={!nextDue}>
          Skip to next event
        </button>
        <button type="submit" name="until" value="renewal" disabled={!nextRenewal}>
          Skip to next renewal
        </button>
      </form>
    </div>
  );
}

function clockForms({ now, aheadSeconds }: Clock) {
  return (
    <>
      <p>Advance the clock. Everything due in between happens in order; a lot of it may take a while.</p>
      <form method="post" action={`${HERE}/advance`} class="row" data-passes="">
        {STEPS.map((step) => (
          <button type="submit" name="step" value={step} class="quiet">
            1 {step}
          </button>
        ))}
      </form>
      <form method="post" action={`${HERE}/advance`} class="row" data-passes="">
        <label for="count">By</label>
        <input id="count" name="count" inputmode="numeric" pattern="\d{1,6}" required size={5} title="a number" />
        <select name="step" aria-label="Unit">
          {STEPS.map((step) => (
            <option value={step} selected={step === "day"}>
              {step}s
            </option>
          ))}
        </select>
        <button type="submit">Advance</button>
      </form>
      <form method="post" action={`${HERE}/advance`} class="row" data-passes="">
        <label for="to">To</label>
        <input id="to" name="to" type="datetime-local" step={1} required value={now.slice(0, 19)} />
        <span class="hint">UTC</span>
        <button type="submit">Advance</button>
        <button type="submit" class="quiet" formaction={`${HERE}/set`}>
          Set without running
        </button>
      </form>
      {Math.abs(aheadSeconds) >= 2 && (
        <form method="post" action={`${HERE}/set`} class="row">
          <button type="submit" name="real" value="yes" class="quiet">
            Back to real time
          </button>
          <span class="hint">Nothing is run in between.</span>
        </form>
      )}
    </>
  );
}

app.post("/advance", async (c) => {
  const typed = await typedIn(c);
  const clock = await ask(c, "GET /sandbox/v1/clock");
  const asked = await tried(async () => secondsOf(clock, typed));
  if ("refused" in asked) return draw(c, { of: "clock", refused: asked.refused, typed });
  const work = ask(c, "POST /sandbox/v1/clock/advance", { json: { seconds: asked.done } });
  const outcome = await tried(() => soon(work));
  if ("refused" in outcome) return draw(c, { of: "clock", refused: outcome.refused, typed });
  if (outcome.done) return c.redirect(ADVANCED, 303);
  return showing(c, work, {
    title: "Advancing the clock",
    look: async () => {
      const { now } = await ask(c, "GET /sandbox/v1/clock");
      const passed = (Date.parse(now) - Date.parse(clock.now)) / 1_000;
      return { share: asked.done > 0 ? passed / asked.done : 1, said: `It is ${inWords(now)}.` };
    },
    to: ADVANCED,
    back: HERE,
  });
});

/** How long is to pass. The clock goes on meanwhile, so what is due by then is due now. */
function secondsOf(clock: Clock, { step = "", count = "1", until, to }: Record<string, string>): number {
  const left = (at: string) => (Date.parse(at) - Date.parse(clock.now)) / 1000;
  if (until) {
    const next = until === "renewal" ? clock.nextRenewal : clock.nextDue;
    if (!next) throw new ApiError(409, "Nothing of that kind is scheduled.");
    return Math.max(0, left(next));
  }
  if (to !== undefined) {
    const seconds = left(toTime(to));
    if (Number.isNaN(seconds)) throw new ApiError(400, `${to} is not a time.`);
    if (seconds < 0)
      throw new ApiError(400, "That time is in the past. Use “Set without running” to move the clock back.");
    return seconds;
  }
  if (!/^\d{1,6}$/.test(count)) throw new ApiError(400, `${count} is not a number.`);
  return left(after(clock.now, step, Number(count)));
}

/** Months are those of the calendar. */
function after(now: string, step: string, count: number): string {
  const unit = STEPS.find((one) => one === step);
  if (!unit) throw new ApiError(400, `${step} is not a length of time.`);
  const later = Temporal.Instant.from(now)
    .toZonedDateTimeISO("UTC")
    .add({ [`${unit}s`]: count });
  return later.toInstant().toString();
}

app.post("/set", async (c) => {
  const typed = await typedIn(c);
  const now = typed.real ? new Date(c.get("wall")()).toISOString() : toTime(typed.to ?? "");
  const outcome = await tried(() => ask(c, "PUT /sandbox/v1/clock", { json: { now } }));
  if ("refused" in outcome) return draw(c, { of: "clock", refused: outcome.refused, typed });
  return c.redirect(`${HERE}?done=set`, 303);
});

app.post("/faults", async (c) => {
  const typed = await typedIn(c);
  const outcome = await tried(async () => {
    const faults = fromForm(toBody(FAULT_FIELDS, typed));
    await ask(c, "PUT /sandbox/v1/faults/{carrier}", { ...FAULTS, json: faults });
    return faults;
  });
  if ("refused" in outcome) return draw(c, { of: "faults", refused: outcome.refused, typed });
  return c.redirect(`${HERE}?done=${saidOf(outcome.done) ? "faults" : "behaves"}`, 303);
});

app.post("/faults/clear", async (c) => {
  await ask(c, "DELETE /sandbox/v1/faults/{carrier}", FAULTS);
  return c.redirect(`${HERE}?done=behaves`, 303);
});

app.get("/reset", (c) =>
  askFirst(c, {
    title: "Reset the sandbox?",
    what: (
      <p>
        This deletes everything: accounts and their keys, messages, charges, subscriptions, webhooks, handsets,
        subscribers and faults. The demo account is restored. This cannot be undone.
      </p>
    ),
    back: HERE,
    submit: "Reset sandbox",
    action: `${HERE}/reset`,
  }),
);

app.post("/reset", async (c) => {
  await ask(c, "POST /sandbox/v1/reset");
  return c.redirect(`${HERE}?done=reset`, 303);
});
