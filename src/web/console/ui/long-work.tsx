/**
 * Work that takes long: the page that answers it comes in pieces, each with how far the work is, and leads on when it is over. A
 * browser shows each piece as it comes, so no script is needed; and the request lasts as long as the work does, so nothing ends it early.
 */

import { raw } from "hono/html";
import type { Child } from "hono/jsx";
import { ApiError } from "../api.ts";
import type { C } from "../console-env.ts";
import { page } from "./layout.tsx";

/** Work that is over by then is answered as any other. Milliseconds. */
const AT_ONCE_MS = 700;
const EVERY_MS = 1_000;

/** How much of it is done, from 0 to 1, and in words. */
export type Reached = { share: number; said: string };

export type LongWork = {
  /** Of the page, while it goes on. */
  title: string;
  look(): Promise<Reached>;
  /** Where the browser goes when it is done; and where a link leads if it failed. */
  to: string;
  back: string;
};

/** @returns what comes of the work, if that is soon */
export async function soon<T extends object>(work: Promise<T>, pause = wait): Promise<T | undefined> {
  work.catch(() => {}); // Told to whoever waits for it later.
  return Promise.race([work, pause(AT_ONCE_MS).then(() => undefined)]);
}

/** The page that lasts as long as the work. */
export async function showing(c: C, work: Promise<unknown>, about: LongWork): Promise<Response> {
  const place = `<!--${crypto.randomUUID()}-->`;
  const whole = await page(
    c,
    { title: about.title, styles: ["forms", "controls"] },
    <>
      <h1>{about.title}</h1>
      <p class="hint">Leave this page open until it is done.</p>
      <div class="steps">{raw(place)}</div>
    </>,
  );
  const [before = "", after = ""] = (await whole.text()).split(place);
  return new Response(readable(inPieces(before, after, stepsOf(work, { ...about, fault: c.get("fault") }))), {
    status: whole.status,
    headers: whole.headers,
  });
}

/** What stands in the page one upon the other; the style sheet shows the last. */
export async function* stepsOf(
  work: Promise<unknown>,
  { look, to, back, fault }: Omit<LongWork, "title"> & { fault(error: unknown): string },
  pause = wait,
): AsyncGenerator<string> {
  let isOver = false;
  const over = work.then(
    () => undefined,
    (error: unknown) => error ?? new Error("it failed"),
  );
  const ended = over.then(() => {
    isOver = true;
  });
  let shown = "";
  while (!isOver) {
    const reached = await look().catch(() => undefined); // Looked at again next time.
    const next = reached ? text(bar(reached)) : shown;
    if (next !== shown) yield next;
    shown = next;
    await Promise.race([pause(EVERY_MS), ended]);
  }
  const error = await over;
  yield text(error === undefined ? leadsOn(to) : failed(error, back, fault));
}

function bar({ share, said }: Reached) {
  const percent = Math.floor(100 * Math.min(1, Math.max(0, share)));
  return (
    <p>
      <progress max={100} value={percent} aria-label="Progress">
        {percent} %
      </progress>{" "}
      {said}
    </p>
  );
}

function leadsOn(to: string) {
  return (
    <p>
      <meta http-equiv="refresh" content={`0;url=${to}`} />
      <a href={to}>Done</a>
    </p>
  );
}

function failed(error: unknown, back: string, fault: (error: unknown) => string) {
  const said =
    error instanceof ApiError && error.status < 500
      ? error.message
      : `Something went wrong on our side. Error id: ${fault(error)}.`;
  return (
    <p class="notice bad" role="alert">
      {said} <a href={back}>Go back</a>
    </p>
  );
}

function text(child: Child): string {
  return String(child);
}

async function* inPieces(before: string, after: string, steps: AsyncIterable<string>): AsyncGenerator<string> {
  yield before;
  yield* steps;
  yield after;
}

function readable(pieces: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
  });
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
