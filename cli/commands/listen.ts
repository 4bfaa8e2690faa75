/** `stafett listen`: the sandbox's webhooks at a server on one's own machine, and what it answers. */

import type { Ask } from "../ask.ts";
import { type Command, Trouble } from "../command.ts";
import { attempts, feedOf, follow, shown } from "../feed.ts";
import { operatorOf, TARGET_OPTIONS } from "../target.ts";

/** It is asked for anew before that is over: so a gateway whose listener was killed goes back by itself. Seconds. */
const LEASE = 60;
const RENEWED_EVERY = 20;

export const listen: Command = {
  name: "listen",
  summary: "Have all webhooks come to a local server, and show what it answers",
  takes: "",
  words: [0, 0],
  options: {
    "forward-to": { value: "URL", says: "where they come to; without a path, each keeps its own" },
    json: { says: "as JSON, one attempt a line" },
    ...TARGET_OPTIONS,
  },
  examples: ["listen --forward-to http://127.0.0.1:3000", "listen --forward-to localhost:3000/webhooks"],

  async run(given) {
    const to = toUrl(given.text("forward-to"));
    const ask = operatorOf(given);
    await forward(ask, to);
    const stopped = new AbortController();
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopped.abort());
    const renew = async () => {
      const other = await takenBy(ask, to);
      if (other === undefined) return forward(ask, to);
      console.error(`The webhooks come to ${other} now: this ends.`);
      stopped.abort();
    };
    const renewing = setInterval(() => void renew().catch(() => {}), RENEWED_EVERY * 1_000);
    const feed = feedOf(ask, [attempts]);
    await feed();
    console.error(`Every webhook of the sandbox comes to ${to} while this runs. Ctrl-C ends it.`);
    try {
      await follow(feed, (line) => console.log(shown(line, given.has("json"))), stopped.signal);
    } finally {
      clearInterval(renewing);
      await stop(ask, to).catch(() => {});
    }
  },
};

async function forward(ask: Ask, to: string): Promise<void> {
  await ask("PUT", "/sandbox/v1/forwarding", { to, seconds: LEASE });
}

/** The address of another listener that has taken the webhooks over, if there is one. */
async function takenBy(ask: Ask, to: string): Promise<string | undefined> {
  const { forwarding } = await ask<{ forwarding?: { to: string } }>("GET", "/sandbox/v1/oddities");
  return forwarding?.to === to ? undefined : forwarding?.to;
}

async function stop(ask: Ask, to: string): Promise<void> {
  if ((await takenBy(ask, to)) === undefined) await ask("DELETE", "/sandbox/v1/forwarding");
}

/** @throws Trouble if it is missing, or no address */
function toUrl(given: string | undefined): string {
  if (given === undefined) throw new Trouble("listen needs an address: --forward-to http://127.0.0.1:3000");
  const url = URL.parse(/^https?:\/\//.test(given) ? given : `http://${given}`);
  if (!url) throw new Trouble(`--forward-to must be an address like http://127.0.0.1:3000, not ${given}`);
  return url.pathname === "/" ? url.origin : url.href;
}
