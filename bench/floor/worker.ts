/**
 * The floor: the least that a gateway which loses nothing must do on this platform. A request is answered when its row is
 * committed, in a group; a queue carries ids; a row is marked before and after its webhook is posted. Nothing is checked:
 * no caller, no number, no state, no carrier. What takes longer than this is our own work.
 */

import { DurableObject } from "cloudflare:workers";
import { Group } from "../../src/core/kernel/group.ts";

type Text = { id: string; recipient: string; content: string; url: string | null };
type FloorEnv = { DB: D1Database; GATHER: DurableObjectNamespace<Gather>; JOBS: Queue<string[]> };

/** One object takes all requests, as the intake does, and writes them in groups. */
export class Gather extends DurableObject<FloorEnv> {
  #group = new Group<Text, void>(async (texts) => {
    await insert(this.env.DB, texts);
    const ids = texts.filter(({ url }) => url !== null).map(({ id }) => id);
    if (ids.length > 0) await this.env.JOBS.send(ids);
    return texts.map(() => ({ status: "fulfilled", value: undefined }) as const);
  });

  async add(text: Text): Promise<void> {
    await this.#group.add(text);
  }
}

async function insert(db: D1Database, texts: readonly Text[]): Promise<void> {
  await db
    .prepare(
      `INSERT INTO text (id, recipient, content, url, state)
       SELECT value->>'id', value->>'recipient', value->>'content', value->>'url', 'accepted' FROM json_each(?1)`,
    )
    .bind(JSON.stringify(texts))
    .run();
}

/** Of many texts in one request, so many are written at once. */
const CHUNK = 1_000;
/** So many of them are called at once, and marked at once. */
const CALLED_TOGETHER = 100;

export default {
  async fetch(request, { DB, GATHER, JOBS }) {
    const { pathname } = new URL(request.url);
    if (pathname === "/hello") return new Response("hello");
    const given = await request.json<Text | Text[]>();
    if (Array.isArray(given)) {
      for (let from = 0; from < given.length; from += CHUNK) {
        const chunk = given.slice(from, from + CHUNK);
        await insert(DB, chunk);
        const ids = chunk.filter(({ url }) => url !== null).map(({ id }) => id);
        for (let at = 0; at < ids.length; at += CALLED_TOGETHER) await JOBS.send(ids.slice(at, at + CALLED_TOGETHER));
      }
    } else await GATHER.get(GATHER.idFromName("all")).add(given);
    return new Response(null, { status: 201 });
  },

  async queue({ messages }, { DB }) {
    const all = messages.flatMap(({ body }) => body);
    for (let from = 0; from < all.length; from += CALLED_TOGETHER)
      await tell(DB, all.slice(from, from + CALLED_TOGETHER));
  },

  /** It is called as it starts, as the gateway is. */
  scheduled() {},
} satisfies ExportedHandler<FloorEnv, string[]>;

async function tell(DB: D1Database, some: readonly string[]): Promise<void> {
  const ids = JSON.stringify(some);
  const mark = DB.prepare("UPDATE text SET state = ?2 WHERE id IN (SELECT value FROM json_each(?1)) RETURNING id, url");
  const { results } = await mark.bind(ids, "sent").all<{ id: string; url: string }>();
  const told = await Promise.all(
    results.map(async ({ id, url }) => {
      const answer = await fetch(url, { method: "POST", body: JSON.stringify({ transactionId: id }) });
      await answer.body?.cancel();
      return answer.ok ? id : undefined;
    }),
  );
  await mark.bind(JSON.stringify(told.filter((id) => id !== undefined)), "told").run();
}
