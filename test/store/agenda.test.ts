/** What is next to be done, of every kind, in one question. */

import { beforeEach, describe, expect, it } from "vitest";
import { isListed, nextOf } from "../../src/core/agenda.ts";
import type { MessageId } from "../../src/core/kernel/ids.ts";
import type { Message } from "../../src/core/messages/message.ts";
import { campaignStore } from "../../src/store/messaging/campaigns/store.ts";
import { messageStore } from "../../src/store/messaging/messages/store.ts";
import { webhookStore } from "../../src/store/messaging/webhooks/store.ts";
import { agendaOf, LEASE, WAIT } from "../support/agenda.ts";
import { openDatabase, planOf, type TestDatabase } from "../support/database.ts";
import { aMessage, aWebhook, formats, NOON, stored, withAccounts } from "../support/rows.ts";

let database: TestDatabase;
const read = () => agendaOf(database);

beforeEach(async () => {
  database = openDatabase();
  await withAccounts(database);
});

describe("the agenda", () => {
  it("is empty where nothing is to be done", async () => {
    const agenda = await read();
    expect(Object.values(agenda)).toEqual([...Array(7).fill({}), false]);
    expect(nextOf(agenda)).toBeUndefined();
    expect(isListed(agenda, "messages", Number.MAX_SAFE_INTEGER)).toBe(false);
  });

  it("has the earliest of each kind, and of all or of some", async () => {
    await stored(database, aMessage({ dueAt: NOON + 2 }), aMessage({ dueAt: NOON + 1 }));
    const part = "('simulator', '1', '+4798079008', '2002', '7', 1, 2, 'a', ?1, 0)";
    database.sqlite
      .prepare(
        `INSERT INTO inbound_part (carrier, their_id, sender, recipient, reference, number, total, text, received_at, is_joined) VALUES ${part}`,
      )
      .run(NOON - WAIT);
    const agenda = await read();
    expect(agenda).toMatchObject({
      messages: { next: NOON + 1, listed: NOON + 1 },
      parts: { next: NOON, listed: NOON },
      webhooks: {},
    });
    expect(nextOf(agenda)).toBe(NOON);
    expect(nextOf(agenda, ["messages", "webhooks"])).toBe(NOON + 1);
    expect([NOON, NOON + 1].map((by) => isListed(agenda, "messages", by))).toEqual([false, true]);
  });

  it("lists a text that its carrier has, which is next only when its time is over", async () => {
    const [message] = await stored(database, aMessage({ dueAt: NOON }));
    database.sqlite.prepare("UPDATE message SET state = 'sent', waits_until = ?1").run(NOON + 60_000);
    expect(message).toBeDefined();
    expect((await read()).messages).toEqual({ listed: NOON, next: NOON + 60_000 });
  });

  it("knows what is in hand, for as long as its claim lasts", async () => {
    const [message, other] = (await stored(database, aMessage(), aMessage())) as [Message, Message];
    const webhooks = webhookStore(database.d1);
    await webhooks.add([aWebhook(other)]);
    expect((await read()).isInHand).toBe(false);
    const isInHandAfter = async (claim: Promise<unknown>, release: string) => {
      await claim;
      const { isInHand } = await read();
      database.sqlite.exec(release);
      return [isInHand, (await read()).isInHand];
    };
    const messages = messageStore(database.d1, formats);
    const submitting = messages.claim([message.id as MessageId], NOON, NOON + LEASE);
    expect(await isInHandAfter(submitting, "UPDATE message SET state = 'sent'")).toEqual([true, false]);
    const delivering = webhooks.claim([aWebhook(other).id], NOON, NOON + LEASE);
    expect(await isInHandAfter(delivering, "UPDATE webhook SET state = 'owed'")).toEqual([true, false]);
    database.sqlite.exec(
      `INSERT INTO campaign (id, account_id, name, state, sender, text, per_minute, starts_at, created_at, changed_at, due_at)
       VALUES ('cmp_1', 'acme', 'Spring', 'scheduled', 'Shop', 'Hello', 60, ${NOON}, ${NOON}, ${NOON}, ${NOON})`,
    );
    const releasing = campaignStore(database.d1).claim("cmp_1", "a round", NOON, NOON + LEASE);
    expect(await isInHandAfter(releasing, "UPDATE campaign SET claim = NULL")).toEqual([true, false]);
  });

  it("is answered by indexes, never by reading a table through", async () => {
    const asked: string[] = [];
    database.around = { before: ({ sql }) => void asked.push(...sql) };
    await read();
    expect(asked).toHaveLength(1);
    const steps = asked.flatMap((sql) => planOf(database.sqlite, sql));
    expect(
      steps.filter((step) => /^SCAN/.test(step) && !/_due|_resting|CONSTANT|SUBQUERY|\(subquery/.test(step)),
    ).toEqual([]);
  });
});
