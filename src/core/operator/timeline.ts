/** The timeline of a message, charge or subscription: its own entries, and those of the webhooks about it. */

import type { HistoryEntry } from "../history.ts";
import type { WebhookId } from "../kernel/ids.ts";
import type { WebhookStore } from "../webhooks/store.ts";
import type { WebhookSubject } from "../webhooks/webhook.ts";

/** `webhook`: whose step it is, where it is not the thing's own. */
export type TimelineStep = HistoryEntry & { webhook?: WebhookId };

/** All that happened to it, in order. */
export async function timelineOf(
  ports: { webhooks: Pick<WebhookStore, "ofSubject"> },
  subject: { id: WebhookSubject; history: readonly HistoryEntry[] },
): Promise<TimelineStep[]> {
  const webhooks = await ports.webhooks.ofSubject(subject.id);
  const steps: TimelineStep[] = [
    ...subject.history,
    ...webhooks.flatMap((webhook) => [
      { at: webhook.createdAt, event: "webhook.owed" as const, webhook: webhook.id, url: webhook.url },
      ...webhook.history.map((entry) => ({ ...entry, webhook: webhook.id })),
    ]),
  ];
  return steps.sort((a, b) => a.at - b.at);
}
