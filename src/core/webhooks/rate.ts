/** The rate of an account's own endpoint: which of the claimed webhooks are called now, and when the others come again. */

import type { Clock } from "../kernel/clock.ts";
import type { WebhookId } from "../kernel/ids.ts";
import type { Pace, Wish } from "../messages/pace.ts";
import type { ClaimedWebhook } from "./store.ts";

/** Where the count cannot be asked, it is asked again after so long. Milliseconds. */
const SOON = 1_000;

export type PutOff = { id: WebhookId; dueAt: number };

/** Asks for room at each endpoint that has a rate. @returns `later`: those without room, due when there may be some, epoch ms */
export async function withinRates(
  ports: { clock: Clock; pace: Pace },
  claimed: readonly ClaimedWebhook[],
): Promise<{ now: ClaimedWebhook[]; later: PutOff[] }> {
  const inOrder = [...claimed].sort((a, b) => a.webhook.createdAt - b.webhook.createdAt);
  const byRate = Map.groupBy(inOrder, ({ named, webhook }) =>
    named?.perSecond === undefined ? "" : `endpoint ${webhook.account} ${named.name}`,
  );
  const now = byRate.get("") ?? [];
  const later: PutOff[] = [];
  const limited = [...byRate].filter(([name]) => name !== "");
  await Promise.all(
    limited.map(async ([name, some]) => {
      const waits = await waitsOf(ports.pace, name, some);
      const at = ports.clock.now();
      for (const [index, one] of some.entries()) {
        const wait = waits[index] ?? SOON;
        if (wait === 0) now.push(one);
        else later.push({ id: one.webhook.id, dueAt: at + wait });
      }
    }),
  );
  return { now, later };
}

/** Milliseconds for each, 0 for those that may go. */
function waitsOf(pace: Pace, name: string, claimed: readonly ClaimedWebhook[]): Promise<number[]> {
  const [first] = claimed;
  return pace.take(name, first?.named?.perSecond ?? 1, claimed.map(toWish)).catch(() => claimed.map(() => SOON));
}

/** All of the room is for all of them: an endpoint has no lanes. */
function toWish({ webhook, isAgain }: ClaimedWebhook): Wish {
  return { account: webhook.account, parts: 1, isUrgent: true, isAgain: isAgain === true };
}
