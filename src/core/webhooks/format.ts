/** What a dialect says about its webhooks: the bytes, which answer counts, when to try again. */

import type { AccountSettings } from "../accounts/account.ts";
import type { Message, MessageState } from "../messages/message.ts";
import type { Clock, HttpAnswer, HttpRequest, Signer } from "../ports.ts";
import type { ReportEvent } from "./webhook.ts";

export type WebhookFormat = {
  /** The states of a message that its customer is told of. */
  reports: readonly MessageState[];
  /** The call, for this attempt (counted from 1). */
  report(
    news: { url: string; event: ReportEvent; message: Message; attempt: number },
    ports: { clock: Clock; signer: Signer },
  ): Promise<HttpRequest>;
  /** Whether the customer has taken it. */
  isReceived(answer: HttpAnswer): boolean;
  /** Seconds to wait after the given number of failed attempts; undefined when enough were made. */
  retryAfter(failures: number, settings: AccountSettings): number | undefined;
};
