/** Every port of the gateway, in one type. A verb takes only those it needs; this sum is for the gateway and the wiring. */

import type { AccountSettings } from "./accounts/account.ts";
import type { CallbackStore } from "./accounts/callback.ts";
import type { CredentialForms } from "./accounts/credential-form.ts";
import type { AllowanceStore, Rates } from "./accounts/limits.ts";
import type { AccountStore } from "./accounts/store.ts";
import type { AgendaStore } from "./agenda.ts";
import type { TransactionStore } from "./billing/charges/store.ts";
import type { CodeGuardStore } from "./billing/codes/code-guard.ts";
import type { PinStore } from "./billing/codes/store.ts";
import type { WindowStore } from "./billing/purchases/store.ts";
import type { WindowFormat } from "./billing/purchases/window.ts";
import type { ServiceStore } from "./billing/store.ts";
import type { ConsentStore, SubscriptionStore } from "./billing/subscriptions/store.ts";
import type { CampaignStore } from "./campaigns/campaign.ts";
import type { Directory } from "./directory.ts";
import type { KeyStore } from "./idempotency/store.ts";
import type { InboundStore } from "./inbound/inbound.ts";
import type { KeywordStore } from "./inbound/keyword.ts";
import type { PartStore } from "./inbound/parts.ts";
import type { PreAuthStore } from "./inbound/preauth.ts";
import type { Clock } from "./kernel/clock.ts";
import type { Ids } from "./kernel/ids.ts";
import type { Codes, Http, Jobs, Log, Recall, Sealer, Signer } from "./kernel/ports.ts";
import type { Traces } from "./kernel/traces.ts";
import type { Carrier } from "./messages/carrier.ts";
import type { CarrierForm, CarrierTable } from "./messages/carrier-table.ts";
import type { Intake } from "./messages/intake.ts";
import type { OutageStore } from "./messages/outage.ts";
import type { Pace } from "./messages/pace.ts";
import type { PreviewFormat } from "./messages/preview.ts";
import type { PriceStore } from "./messages/price.ts";
import type { RecordStore } from "./messages/records.ts";
import type { RouteStore, Routes } from "./messages/route.ts";
import type { MessageStore } from "./messages/store.ts";
import type { SuppressionStore } from "./messages/suppression.ts";
import type { TallyStore } from "./messages/tally.ts";
import type { AlertPort } from "./operator/alerts.ts";
import type { ApprovalStore, FourEyes } from "./operator/approvals.ts";
import type { AuditStore, Hash } from "./operator/audit.ts";
import type { CountStore, Counts } from "./operator/counts.ts";
import type { ExchangeStore } from "./operator/exchanges.ts";
import type { SealedRows } from "./operator/move-sealed.ts";
import type { PasskeyCheck, PasskeyStore } from "./operator/passkeys.ts";
import type { PeopleStore } from "./operator/people.ts";
import type { PulseStore } from "./operator/pulse.ts";
import type { SearchStore } from "./operator/search.ts";
import type { SessionStore } from "./operator/sessions.ts";
import type { SmppPort } from "./operator/smpp.ts";
import type { StatisticsStore } from "./operator/statistics.ts";
import type { TokenStore } from "./operator/tokens.ts";
import type { TraceStore } from "./operator/traces.ts";
import type { ShortLivedStore } from "./tidy.ts";
import type { WebhookFormat } from "./webhooks/format.ts";
import type { EventStore, NamedEndpointStore } from "./webhooks/named.ts";
import type { StandardSigner } from "./webhooks/standard.ts";
import type { WebhookStore } from "./webhooks/store.ts";

export type Ports = {
  clock: Clock;
  ids: Ids;
  intake: Intake;
  jobs: Jobs;
  pace: Pace;
  http: Http;
  log: Log;
  signer: Signer;
  agenda: AgendaStore;
  shortLived: ShortLivedStore;
  accounts: AccountStore;
  callbacks: CallbackStore;
  messages: MessageStore;
  inbounds: InboundStore;
  parts: PartStore;
  records: RecordStore;
  pulse: PulseStore;
  statistics: StatisticsStore;
  search: SearchStore;
  exchanges: ExchangeStore;
  sessions: SessionStore;
  /** Customers' SMPP sessions, and binds to SMSCs. */
  smpp: SmppPort;
  suppressions: SuppressionStore;
  campaigns: CampaignStore;
  people: PeopleStore;
  sealedRows: SealedRows;
  keywords: KeywordStore;
  webhooks: WebhookStore;
  namedEndpoints: NamedEndpointStore;
  events: EventStore;
  /** Signs webhooks to accounts' own endpoints. */
  standard: StandardSigner;
  transactions: TransactionStore;
  services: ServiceStore;
  consents: ConsentStore;
  pins: PinStore;
  preauths: PreAuthStore;
  windows: WindowStore;
  subscriptions: SubscriptionStore;
  codes: Codes;
  /** Those in use: those that are part of the gateway first, then those of the table, as they were a few seconds ago. */
  carriers: ReadonlyMap<string, Carrier>;
  /** Opens the carriers anew from the table, here and now. */
  refreshCarriers(): Promise<void>;
  carrierTable: CarrierTable;
  outages: OutageStore;
  tallies: TallyStore;
  tokens: TokenStore;
  passkeys: PasskeyStore;
  passkeyCheck: PasskeyCheck;
  traceTable: TraceStore;
  traces: Traces;
  audit: AuditStore;
  approvals: ApprovalStore;
  /** What needs a second operator; absent: nothing. */
  fourEyes: FourEyes | undefined;
  /** What is asked for in a second, and in a day, where that is limited. */
  rates: Rates;
  allowances: AllowanceStore;
  codeGuards: CodeGuardStore;
  /** What happens, counted for a monitoring system; and what was counted so far. */
  counts: Counts;
  countStore: CountStore;
  prices: PriceStore;
  /** Requests that carry an Idempotency-Key. */
  keys: KeyStore;
  /**
   * Called before something is done outside that cannot be taken back, nor asked for later. @throws GatewayError too-late where the
   * request has an Idempotency-Key and did so in an attempt that died: whether it happened is not known
   */
  beginOutside(): Promise<void>;
  recall: Recall;
  /** Absent where the operator wants no calls. */
  alert: AlertPort | undefined;
  /** What an operator may set up, by kind. */
  carrierForms: ReadonlyMap<string, CarrierForm>;
  sealer: Sealer;
  /** What stands in the addresses of a carrier's doors: nobody can guess it. */
  newDoorKey(): string;
  /** Forgotten when the table is changed. */
  routes: Routes & { forget(): void };
  routeTable: RouteStore;
  directory: Directory;
  /** Whether the first part of a path is one of our own, in whatever case: no purchase page may lie there. */
  isReserved: (name: string) => boolean;
  /** Our own base URL, for links to us in webhooks: without a final slash; empty if it is not set. */
  publicUrl: string;
  /** Whether this is a sandbox: simulated carrier, movable clock. */
  isSandbox: boolean;
  /** What each dialect says about its webhooks and its credentials, by its name. */
  formats: ReadonlyMap<string, WebhookFormat>;
  /** How each dialect that opens windows sends people back. */
  windowFormats: ReadonlyMap<string, WindowFormat>;
  /** What the demo account has chosen of each dialect. */
  demoSettings: AccountSettings;
  credentialForms: ReadonlyMap<string, CredentialForms>;
  /** What each dialect would make of a text. */
  previews: ReadonlyMap<string, PreviewFormat>;
  /** How long settled messages and webhooks are kept. Milliseconds. Charges are kept for ever. */
  retention: number;
  /** How many periods may be begun in one round of renewals. */
  renewalsAtOnce: number;
  /** How long the audit log is kept. Milliseconds. */
  auditRetention: number;
  /** SHA-256, for the chain of the audit log. */
  hash: Hash;
};
