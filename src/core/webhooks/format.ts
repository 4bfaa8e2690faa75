/** A dialect's webhooks: the bytes, which answer counts as received, when to try again. */

import type { AccountSettings } from "../accounts/account.ts";
import type { TransactionState } from "../billing/charges/transaction.ts";
import type { Clock } from "../kernel/clock.ts";
import type { HttpAnswer, HttpRequest, Signer } from "../kernel/ports.ts";
import type { Message, MessageState } from "../messages/message.ts";
import type { SignatureFormat } from "./signature.ts";
import type { ReportStyle } from "./store.ts";
import type { ChargeEvent, InboundEvent, ReportEvent, SubscriptionNews, WebhookKind } from "./webhook.ts";

/** `publicUrl` is our own base URL, without a final slash; empty if it is not set. */
export type FormatPorts = { clock: Clock; signer: Signer; publicUrl: string };

export type WebhookFormat = {
  /** The states of a message that are reported. */
  reports: readonly MessageState[];
  /** The call, for this attempt (counted from 1). */
  report(
    news: { url: string; event: ReportEvent; message: Message; attempt: number; style?: ReportStyle | undefined },
    ports: FormatPorts,
  ): Promise<HttpRequest>;
  /**
   * A call that must be received before an address for reports is stored. Absent: any address is.
   * @throws GatewayError if the address is wrong without a call
   */
  probe?(wanted: { url: string; style: ReportStyle }, ports: FormatPorts): Promise<HttpRequest>;
  /** The HTTP method of reports unless the operator sets one. Absent: POST. */
  method?: "GET" | "POST";
  /** The forms of its webhooks for inbound texts, if there are several; the first is the default. */
  forms?: readonly string[];
  /** Set if customers write templates of reports; returns the fault of a template. */
  checkTemplate?(template: string): string | undefined;
  /** The states of a charge that are reported, at the account's report address; absent: none. */
  charges?: readonly TransactionState[];
  charge?(news: { id: string; url: string; event: ChargeEvent }, ports: FormatPorts): Promise<HttpRequest>;
  /** An inbound text, forwarded to its keyword's address, or the account's; absent: it is not forwarded. */
  inbound?(
    news: { id: string; url: string; event: InboundEvent; attempt: number; settings: AccountSettings },
    ports: FormatPorts,
  ): Promise<HttpRequest>;
  /** The numbers whose inbound texts it forwards. Absent: all. */
  inboundAt?: "long-numbers";
  subscription?(news: { id: string; url: string; event: SubscriptionNews }, ports: FormatPorts): Promise<HttpRequest>;
  /** How its receivers tell that a call is ours. Absent: its calls are not signed. */
  signature?: SignatureFormat;
  /** Whether the answer counts as received. Without a kind: a probe's. @param form the form of an inbound text's webhook */
  isReceived(answer: HttpAnswer, kind?: WebhookKind, form?: string): boolean;
  /** Seconds to wait after the given number of failed attempts; undefined when no more are made. */
  retryAfter(failures: number, settings: AccountSettings, kind?: WebhookKind): number | undefined;
  /** Whether its customers may be told in a session that they opened, whose address begins with `smpp:`. */
  hasSessions?: true;
  /** An endpoint that has received none of its calls for so many days is paused. Absent: 3. */
  patienceDays?: number;
};

/** Whether a dialect forwards texts that people write to this number. Long numbers have a plus, short ones have none. */
export function knowsInboundsAt(number: string, format: Pick<WebhookFormat, "inboundAt"> | undefined): boolean {
  return format?.inboundAt !== "long-numbers" || number.startsWith("+");
}
