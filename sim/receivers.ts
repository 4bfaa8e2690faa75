/** The customers' own servers, which our webhooks go to. They are as reliable as such servers are. */

import type { Faults } from "./faults.ts";
import type { Outside } from "./ground/process.ts";
import type { Random } from "./ground/random.ts";
import type { Timeline } from "./ground/timeline.ts";

/** A call that a customer's server took: it was answered 200, whether or not we heard of it. */
export type Received = {
  host: string;
  path: string;
  query: URLSearchParams;
  headers: Headers;
  body: string;
  at: number;
};

export function makeReceivers(given: {
  timeline: Timeline;
  random: Random;
  faults: Faults;
  received: (call: Received) => void;
}): Outside {
  const { timeline, faults, received } = given;
  const random = given.random.fork("receivers");
  return async ({ url, headers, body }) => {
    const { host, pathname, searchParams } = new URL(url);
    await timeline.wait(random.wait(30), `${host} is called`);
    if (faults.hits("receiver-resets")) return { fails: "connection reset" };
    if (faults.hits("receiver-refuses")) {
      const status = random.pick([500, 503, 404, 302, 201, 410]);
      await timeline.wait(random.wait(30), `${host} answers ${status}`);
      return { status, body: "no" };
    }
    const hangs = faults.hits("receiver-hangs");
    received({ host, path: pathname, query: searchParams, headers, body, at: timeline.now });
    if (hangs) return new Promise(() => {});
    await timeline.wait(random.wait(30), `${host} took it`);
    if (faults.hits("receiver-answer-lost")) return { fails: "connection reset" };
    return { status: 200, body: "OK" };
  };
}
