/** What the domain needs from the world. Every verb is handed its ports; none reads the clock or the network itself. */

import type { CallbackStore } from "./accounts/callback.ts";
import type { CredentialForms } from "./accounts/credential-form.ts";
import type { AccountStore } from "./accounts/store.ts";
import type { ConsentStore, ServiceStore, SubscriptionStore, TransactionStore, WindowStore } from "./billing/store.ts";
import type { TransactionId } from "./billing/transaction.ts";
import type { WindowFormat, WindowId } from "./billing/window.ts";
import type { Directory } from "./directory.ts";
import type { InboundId, InboundStore } from "./inbound/inbound.ts";
import type { KeywordStore } from "./inbound/keyword.ts";
import type { PreAuthStore } from "./inbound/preauth.ts";
import type { Carrier } from "./messages/carrier.ts";
import type { LoopGuard } from "./messages/loop.ts";
import type { Message, MessageId } from "./messages/message.ts";
import type { PreviewFormat } from "./messages/preview.ts";
import type { RecordStore } from "./messages/records.ts";
import type { MessageStore } from "./messages/store.ts";
import type { SuppressionStore } from "./messages/suppression.ts";
import type { ExchangeId, ExchangeStore } from "./operator/exchanges.ts";
import type { PulseStore } from "./operator/pulse.ts";
import type { SearchStore } from "./operator/search.ts";
import type { StatisticsStore } from "./operator/statistics.ts";
import type { WebhookFormat } from "./webhooks/format.ts";
import type { WebhookStore } from "./webhooks/store.ts";
import type { Webhook, WebhookId } from "./webhooks/webhook.ts";

/** Time. In the sandbox `now` can be moved ahead; `wall` is always the real time, which signatures live by. */
export interface Clock {
  /** Epoch milliseconds by which messages are due. */
  now(): number;
  /** Epoch milliseconds as the rest of the world has them. */
  wall(): number;
  /** Waits, in real time. Milliseconds. */
  sleep(milliseconds: number): Promise<void>;
}

/** Where new ids come from. */
export interface Ids {
  /** A message's id: begins with the account's number, then the time. */
  message(accountNumber: number): MessageId;
  /** Likewise a transaction's, and a window's. */
  transaction(accountNumber: number): TransactionId;
  window(accountNumber: number): WindowId;
  /** An inbound text's id: begins with the time. */
  inbound(): InboundId;
  /** A request's id: begins with the real time. */
  request(): ExchangeId;
  /** A random UUID (version 4). */
  uuid(): string;
}

/** Codes that people type, and how they are kept. */
export interface Codes {
  /** A code for a transaction, of digits; in the sandbox always the same. */
  otp(): string;
  /** A code for a purchase page, of four digits. */
  pin(): string;
  /** A code of so many digits, for a customer to verify; in the sandbox always the same, unless it is to be random. */
  pincode(length: number, kind: "fixed" | "random"): string;
  /** A text as it may be kept to be compared with: nobody without our key can guess what it was made of. */
  digest(text: string): Promise<string>;
}

/** A request that must not be made twice: the nonce of a signed request. */
export type Once = { credential: string; nonce: string /** epoch ms */; until: number };

/** What came of an arrival: which of its messages are new, or that the request was made before. */
export type Arrived = { outcome: "stored"; added: ReadonlySet<MessageId> } | { outcome: "replayed" };

/**
 * Commits arrivals in groups. Resolves only after the commit; rejects if nothing of this arrival was stored, or, where
 * there are more messages than one commit holds, not all of it.
 */
export interface Intake {
  /**
   * @param more.once the nonce of the request, spent in the same commit
   * @param more.owed webhooks for messages that failed as they came in; written with them, and not without
   * @param more.atomic all of the messages are stored, or none, however many they are
   * @throws GatewayError too-large where they are more than can be stored as one
   */
  add(account: string, messages: readonly Message[], more: InOneGo | InPieces): Promise<Arrived>;
}

type InPieces = { once?: Once | undefined; owed?: readonly Webhook[]; atomic?: false };
type InOneGo = { atomic: true; once?: undefined; owed?: undefined };

/** Notes to ourselves. They may be lost, doubled or late: the rows are the truth, this only rings the bell. */
export interface Jobs {
  submit(ids: readonly MessageId[], delaySeconds?: number): Promise<void>;
  charge(ids: readonly TransactionId[], delaySeconds?: number): Promise<void>;
  deliver(ids: readonly WebhookId[], delaySeconds?: number): Promise<void>;
}

/** An HTTP call out. */
export type HttpRequest = { method: "GET" | "POST"; url: string; headers: Record<string, string>; body?: string };

/** What came back, or why nothing did. `body` is cut to its first bytes. */
export type HttpAnswer =
  | { outcome: "answered"; status: number; body: string; milliseconds: number }
  | { outcome: "failed"; error: string; milliseconds: number };

export interface Http {
  send(request: HttpRequest): Promise<HttpAnswer>;
}

/** One thing that happened, one line. Numbers and secrets are masked by the log itself. */
export interface Log {
  event(name: string, fields: Record<string, unknown>): void;
}

/** Signs webhooks with the gateway's own key. */
export interface Signer {
  /** The key's published name and a raw r‖s ECDSA P-256/SHA-256 signature of the text, in base64. */
  sign(text: string): Promise<{ keyName: string; signature: string }>;
  /** The key of this name, as long as it was ever signed with. */
  published(name: string): Promise<ServerKey | undefined>;
}

/** A public key of ours. `publicKey` is base64 of the DER SubjectPublicKeyInfo; times are epoch ms. */
export type ServerKey = { name: string; publicKey: string; createdAt: number; expiresAt: number };

export type Ports = {
  clock: Clock;
  ids: Ids;
  intake: Intake;
  jobs: Jobs;
  http: Http;
  log: Log;
  signer: Signer;
  accounts: AccountStore;
  callbacks: CallbackStore;
  messages: MessageStore;
  inbounds: InboundStore;
  records: RecordStore;
  pulse: PulseStore;
  statistics: StatisticsStore;
  search: SearchStore;
  exchanges: ExchangeStore;
  suppressions: SuppressionStore;
  keywords: KeywordStore;
  webhooks: WebhookStore;
  transactions: TransactionStore;
  services: ServiceStore;
  consents: ConsentStore;
  preauths: PreAuthStore;
  windows: WindowStore;
  subscriptions: SubscriptionStore;
  codes: Codes;
  carriers: ReadonlyMap<string, Carrier>;
  directory: Directory;
  /** Our own base URL, for calls that link to us: without a final slash; empty where nobody said what it is. */
  publicUrl: string;
  /** Whether the world around is the sandbox's. */
  isSandbox: boolean;
  /** What each dialect says about its webhooks and its credentials, by its name. */
  formats: ReadonlyMap<string, WebhookFormat>;
  /** Where a dialect promises that loops are stopped. */
  loopGuards: ReadonlyMap<string, LoopGuard>;
  /** How each dialect that opens windows sends people back. */
  windowFormats: ReadonlyMap<string, WindowFormat>;
  credentialForms: ReadonlyMap<string, CredentialForms>;
  /** What each dialect would make of a text. */
  previews: ReadonlyMap<string, PreviewFormat>;
  /** How long what is settled is kept. Milliseconds. Charges are kept for ever. */
  retention: number;
  /** How many periods may be begun in one round of renewals. */
  renewalsAtOnce: number;
};
