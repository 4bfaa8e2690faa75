/** What a dialect says about its webhooks: the bytes, which answer counts, when to try again. */

import type { AccountSettings } from "../accounts/account.ts";
import type { TransactionState } from "../billing/charges/transaction.ts";
import type { Clock } from "../kernel/clock.ts";
import type { HttpAnswer, HttpRequest, Signer } from "../kernel/ports.ts";
import type { Message, MessageState } from "../messages/message.ts";
import type { ReportStyle } from "./store.ts";
import type { ChargeEvent, InboundEvent, ReportEvent, SubscriptionNews, WebhookKind } from "./webhook.ts";

/** `publicUrl` is our own base URL, without a final slash; empty where nobody said what it is. */
export type FormatPorts = { clock: Clock; signer: Signer; publicUrl: string };

export type WebhookFormat = {
  /** The states of a message that its customer is told of. */
  reports: readonly MessageState[];
  /** The call, for this attempt (counted from 1). */
  report(
    news: { url: string; event: ReportEvent; message: Message; attempt: number; style?: ReportStyle | undefined },
    ports: FormatPorts,
  ): Promise<HttpRequest>;
  /**
   * A call that must be received before an address for reports is kept. Absent: any is.
   * @throws GatewayError where the address is seen to be wrong without calling it
   */
  probe?(wanted: { url: string; style: ReportStyle }, ports: FormatPorts): Promise<HttpRequest>;
  /** How reports come where the operator does not say. Absent: by POST. */
  method?: "GET" | "POST";
  /** The forms in which it tells of inbound texts, if there are several; the first is the one that is meant. */
  forms?: readonly string[];
  /** Whether its customers write what reports are made of; answers what is wrong with a template. */
  checkTemplate?(template: string): string | undefined;
  /** The states of a charge that its customer is told of, at the account's report address; absent: none. */
  charges?: readonly TransactionState[];
  charge?(news: { id: string; url: string; event: ChargeEvent }, ports: FormatPorts): Promise<HttpRequest>;
  /** A text that a person sent, told of at its keyword's address, or the account's; absent: not told of that way. */
  inbound?(
    news: { id: string; url: string; event: InboundEvent; attempt: number; settings: AccountSettings },
    ports: FormatPorts,
  ): Promise<HttpRequest>;
  /** At which numbers it knows of inbound texts. Absent: at all. */
  inboundAt?: "long-numbers";
  subscription?(news: { id: string; url: string; event: SubscriptionNews }, ports: FormatPorts): Promise<HttpRequest>;
  /** Whether the customer has taken it. Without a kind: a probe. @param form in which of its forms it was told */
  isReceived(answer: HttpAnswer, kind?: WebhookKind, form?: string): boolean;
  /** Seconds to wait after the given number of failed attempts; undefined when enough were made. */
  retryAfter(failures: number, settings: AccountSettings, kind?: WebhookKind): number | undefined;
  /** For how many days its calls are made to an endpoint that takes none of them, before we pause it. Absent: 3. */
  patienceDays?: number;
};

/** Whether a dialect knows of texts that people write to this number. Long numbers have a plus, short ones have none. */
export function knowsInboundsAt(number: string, format: Pick<WebhookFormat, "inboundAt"> | undefined): boolean {
  return format?.inboundAt !== "long-numbers" || number.startsWith("+");
}
