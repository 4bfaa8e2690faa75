/** The operator's API as types: what each address takes and answers, read off its routes. Nothing of this is there when it runs. */

import type { z } from "@hono/zod-openapi";
import type { AccountRoutes } from "./accounts.ts";
import type { ApprovalRoutes } from "./approvals.ts";
import type { AuditRoutes } from "./audit.ts";
import type { CallbackRoutes } from "./callbacks.ts";
import type { CampaignRoutes } from "./campaigns.ts";
import type { CancelRoutes } from "./cancels.ts";
import type { CarrierRoutes } from "./carriers.ts";
import type { CodeAreaRoutes } from "./code-areas.ts";
import type { ConsentRoutes } from "./consents.ts";
import type { CredentialRoutes } from "./credentials.ts";
import type { EndpointRoutes } from "./endpoints.ts";
import type { EventRoutes } from "./events.ts";
import type { ExchangeRoutes } from "./exchanges.ts";
import type { FiguresRoutes } from "./figures.ts";
import type { ImportRoutes } from "./imports.ts";
import type { InboundRoutes } from "./inbounds.ts";
import type { LedgerRoutes } from "./ledger.ts";
import type { LimitRoutes } from "./limits.ts";
import type { MerchantRoutes } from "./merchants.ts";
import type { MessagePreviewRoutes } from "./message-preview.ts";
import type { MessageRoutes } from "./messages.ts";
import type { PasskeyRoutes } from "./passkeys.ts";
import type { PeopleRoutes } from "./people.ts";
import type { PreviewRoutes } from "./preview.ts";
import type { PriceRoutes } from "./prices.ts";
import type { PulseRoutes } from "./pulse.ts";
import type { RenewalRoutes } from "./renewals.ts";
import type { RouteRoutes } from "./routes.ts";
import type { SealingRoutes } from "./sealing.ts";
import type { SearchRoutes } from "./search.ts";
import type { SenderRoutes } from "./senders.ts";
import type { ServiceRoutes } from "./services.ts";
import type { SessionRoutes } from "./sessions.ts";
import type { SmppRoutes } from "./smpp.ts";
import type { StatisticsRoutes } from "./statistics.ts";
import type { SubscriptionRoutes } from "./subscriptions.ts";
import type { SuppressionRoutes } from "./suppressions.ts";
import type { TokenRoutes } from "./tokens.ts";
import type { TransactionRoutes } from "./transactions.ts";
import type { WebhookRoutes } from "./webhooks.ts";
import type { WindowRoutes } from "./windows.ts";

/** By method and address, like `GET /admin/v1/messages/{id}`. */
export type AdminApi = ApiOf<
  "/admin/v1",
  | AccountRoutes
  | ApprovalRoutes
  | AuditRoutes
  | CallbackRoutes
  | CampaignRoutes
  | CarrierRoutes
  | ConsentRoutes
  | CredentialRoutes
  | EndpointRoutes
  | EventRoutes
  | ExchangeRoutes
  | FiguresRoutes
  | ImportRoutes
  | InboundRoutes
  | LedgerRoutes
  | MerchantRoutes
  | MessageRoutes
  | MessagePreviewRoutes
  | CancelRoutes
  | PasskeyRoutes
  | PeopleRoutes
  | PreviewRoutes
  | PulseRoutes
  | RenewalRoutes
  | PriceRoutes
  | RouteRoutes
  | SealingRoutes
  | SearchRoutes
  | SenderRoutes
  | ServiceRoutes
  | SessionRoutes
  | SmppRoutes
  | StatisticsRoutes
  | SubscriptionRoutes
  | CodeAreaRoutes
  | LimitRoutes
  | SuppressionRoutes
  | TokenRoutes
  | TransactionRoutes
  | WebhookRoutes
  | WindowRoutes
>;

type Routed = { method: string; path: string; responses: object };

/** What a set of routes below `Base` answers, and the names of the parameters that each takes. */
export type ApiOf<Base extends string, Routes extends Routed> = {
  [One in Routes as `${Uppercase<One["method"]>} ${Base}${One["path"]}`]: {
    answer: AnswerOf<One["responses"]>;
    query: QueryOf<One>;
  };
};

type Json<Schema> = { content: { "application/json": { schema: Schema } } };

type AnswerOf<Responses> = Responses extends { 200: Json<infer Schema extends z.ZodType> }
  ? z.output<Schema>
  : Responses extends { 201: Json<infer Schema extends z.ZodType> }
    ? z.output<Schema>
    : undefined;

type QueryOf<Route> = Route extends { request: { query: infer Query extends z.ZodType } }
  ? Extract<keyof z.input<Query>, string>
  : never;
