/** The routes of Strex, for the reference. */

import { z } from "zod";
import type { DocumentedPath } from "../dialect.ts";
import {
  OneClickConfig,
  OneClickConfigAnswer,
  OneTimePassword,
  OneTimePasswordAnswer,
  StrexMerchant,
  StrexMerchantAnswer,
  StrexRegistrationSms,
  StrexTransaction,
  StrexTransactionAnswer,
  StrexUserInfoV2,
  StrexUserInfoV3,
  Validity,
} from "./strex-schema.ts";

const jsonOf = (schema: z.ZodType, io: "input" | "output" = "output") =>
  z.toJSONSchema(schema, { io, unrepresentable: "any", target: "draft-2020-12" });

const inPath = (name: string, description: string) => ({ name, in: "path", required: true, description }) as const;
const inQuery = (name: string, description: string, example: string) =>
  ({ name, in: "query", required: true, description, example }) as const;
const optional = (name: string, description: string) => ({ name, in: "query", required: false, description }) as const;

const transactionId = inPath("transactionId", "the id you gave");
const merchantId = { ...inPath("merchantId", "the merchant's id"), example: "demo" };
const configId = inPath("configId", "letters, digits and . _ ~ -; the page lies at /{configId}");
const recipient = inQuery("recipient", "E.164; a space before it is taken for +", "+4798079008");
const forMerchant = optional("merchantId", "a merchant of yours");
const consent = [
  merchantId,
  optional("serviceId", "the preAuthServiceId; empty for any of the merchant's"),
  inQuery("msisdn", "E.164; a space before it is taken for +", "+4798079008"),
];

const merchant = jsonOf(StrexMerchantAnswer);
const validity = { description: "how far the person is registered", schema: jsonOf(Validity) };
const reversed = "Location says where the reversal lies; its id is the original's with - before it";

const NO_CREDENTIAL = { 401: "no credential, or a wrong one" } as const;
const REFUSED = { 400: "invalid payload", ...NO_CREDENTIAL } as const;
const NO_TRANSACTION = { ...NO_CREDENTIAL, 404: "no such transaction" } as const;
const NOT_REVERSIBLE = { 409: "it is not billed, is reversed already, or is a reversal" } as const;
const NO_MERCHANT = { ...NO_CREDENTIAL, 404: "no such merchant" } as const;
const NO_TOKEN = { ...REFUSED, 404: "the person has agreed to nothing of that id" } as const;

export const strexPaths: readonly DocumentedPath[] = [
  {
    method: "post",
    path: "/api/strex/transactions",
    needs: "charge",
    summary: "Charge a person",
    description:
      "With `oneTimePassword` the code of the same id is tried; with `smsConfirmation` the person must answer OK; with `preAuthServiceId` it is charged by the person's consent, or asks for one. Without `recipient` it waits for the person on a purchase page, and needs `properties.RedirectUrl`. The same request again gives the same answer, and charges nothing.",
    body: jsonOf(StrexTransaction, "input"),
    example: {
      transactionId: "order-1",
      merchantId: "demo",
      shortNumber: "2002",
      recipient: "+4798079008",
      price: 10,
      serviceCode: "14002",
      invoiceText: "One song",
    },
    responses: {
      201: "accepted; Location says where it lies",
      ...REFUSED,
      409: "the id was used for another transaction",
    },
  },
  {
    method: "get",
    path: "/api/strex/transactions/{transactionId}",
    needs: "read",
    summary: "Look up a transaction",
    description: "Waits up to 20 s for one that is not settled.",
    parameters: [transactionId],
    responses: {
      200: { description: "the transaction", schema: jsonOf(StrexTransactionAnswer) },
      ...NO_TRANSACTION,
    },
  },
  {
    method: "delete",
    path: "/api/strex/transactions/{transactionId}",
    needs: "charge",
    summary: "Reverse a transaction",
    description: "Waits up to 20 s for one that is not settled. The original does not change.",
    parameters: [transactionId],
    responses: {
      201: { description: reversed, schema: jsonOf(z.object({ transactionId: z.string() })) },
      ...NO_TRANSACTION,
      ...NOT_REVERSIBLE,
    },
  },
  {
    method: "get",
    path: "/api/reverse-payment",
    id: "reversePayment",
    needs: "charge",
    summary: "Reverse a transaction, as it was done before 2019",
    parameters: [inQuery("transactionId", "the id you gave", "order-1")],
    responses: { 201: reversed, ...REFUSED, ...NO_TRANSACTION, ...NOT_REVERSIBLE },
  },
  {
    method: "post",
    path: "/api/strex/one-time-passwords",
    needs: "charge",
    summary: "Send a person a one-time password",
    description: "For a transaction of the same id. In the sandbox it is always 1234.",
    body: jsonOf(OneTimePassword, "input"),
    example: { transactionId: "order-2", merchantId: "demo", recipient: "+4798079008", recurring: false },
    responses: {
      201: "sent; Location says where it lies",
      ...REFUSED,
      409: "there is one of that id already",
      429: "the person was sent too many in the last hour",
    },
  },
  {
    method: "get",
    path: "/api/strex/one-time-passwords/{transactionId}",
    needs: "read",
    summary: "Look up a one-time password",
    description: "The code itself is not shown.",
    parameters: [transactionId],
    responses: {
      200: { description: "the one-time password", schema: jsonOf(OneTimePasswordAnswer) },
      ...NO_CREDENTIAL,
      404: "no such one-time password",
    },
  },
  {
    method: "get",
    path: "/api/strex/merchants",
    needs: "read",
    summary: "Your merchants",
    responses: { 200: { description: "the merchants", schema: { type: "array", items: merchant } }, ...NO_CREDENTIAL },
  },
  {
    method: "get",
    path: "/api/strex/merchants/{merchantId}",
    needs: "read",
    summary: "Look up a merchant",
    parameters: [merchantId],
    responses: { 200: { description: "the merchant", schema: merchant }, ...NO_MERCHANT },
  },
  {
    method: "put",
    path: "/api/strex/merchants/{merchantId}",
    needs: "whole",
    summary: "Save a merchant",
    description: "`shortNumberIds` or `shortNumberId`. A `password` is accepted, and not kept.",
    parameters: [merchantId],
    body: jsonOf(StrexMerchant, "input"),
    example: { merchantId: "demo", shortNumberIds: ["NO-2002"] },
    responses: { 204: "saved", ...REFUSED },
  },
  {
    method: "delete",
    path: "/api/strex/merchants/{merchantId}",
    needs: "whole",
    summary: "Delete a merchant",
    parameters: [merchantId],
    responses: { 204: "deleted", ...NO_MERCHANT },
  },
  {
    method: "get",
    path: "/api/strex/validity",
    needs: "read",
    summary: "Whether a person is registered with the operator",
    parameters: [recipient, forMerchant],
    responses: { 200: validity, ...REFUSED },
  },
  {
    method: "get",
    path: "/api/strex/userinfo",
    needs: "read",
    summary: "The same, where .NET asks",
    parameters: [recipient, forMerchant],
    responses: { 200: validity, ...REFUSED },
  },
  {
    method: "get",
    path: "/api/strex/userinfo-v2",
    needs: "read",
    summary: "Whether a person may be charged so much",
    parameters: [
      recipient,
      inQuery("serviceCode", "the kind of goods", "14002"),
      inQuery("price", "NOK; a decimal comma is taken too", "10"),
      forMerchant,
    ],
    responses: { 200: { description: "whether", schema: jsonOf(StrexUserInfoV2) }, ...REFUSED },
  },
  {
    method: "get",
    path: "/api/strex/userinfo-v3",
    needs: "read",
    summary: "How a person pays, and the rest of their limits",
    parameters: [recipient, forMerchant],
    responses: { 200: { description: "all of it as texts", schema: jsonOf(StrexUserInfoV3) }, ...REFUSED },
  },
  {
    method: "post",
    path: "/api/strex/registrationsms",
    id: "sendRegistrationSms",
    needs: "send",
    summary: "Ask a person to register with the operator",
    description: "The address to register at is put after the text.",
    body: jsonOf(StrexRegistrationSms, "input"),
    example: { transactionId: "registration-1", merchantId: "demo", recipient: "+4798079008" },
    responses: { 201: "sent", ...REFUSED },
  },
  {
    method: "get",
    path: "/api/strex/token/{merchantId}",
    needs: "read",
    summary: "Whether a person has agreed to be charged again",
    parameters: consent,
    responses: { 200: { description: "the token", schema: { type: "string" } }, ...NO_TOKEN },
  },
  {
    method: "delete",
    path: "/api/strex/token/{merchantId}",
    needs: "charge",
    summary: "End a person's consent",
    parameters: consent,
    responses: { 204: "ended", ...NO_TOKEN },
  },
  {
    method: "get",
    path: "/api/one-click/configs/{configId}",
    needs: "read",
    summary: "Look up a one-click config",
    parameters: [configId],
    responses: {
      200: { description: "the config", schema: jsonOf(OneClickConfigAnswer) },
      ...NO_CREDENTIAL,
      404: "no such config",
    },
  },
  {
    method: "put",
    path: "/api/one-click/configs/{configId}",
    needs: "whole",
    summary: "Save a one-click config",
    description:
      "`redirectUrl` may contain `{TransactionId}`. With `recurring`, `subscriptionInterval` and `subscriptionPrice` are needed; later periods are charged by transactions of yours, with the config's `preAuthServiceId`, or its id where it has none.",
    parameters: [configId],
    body: jsonOf(OneClickConfig, "input"),
    example: {
      shortNumber: "2002",
      merchantId: "demo",
      price: 10,
      serviceCode: "14002",
      invoiceText: "One song",
      redirectUrl: "https://shop.example/done?id={TransactionId}",
    },
    responses: { 201: "saved, whether it is new or not; Location says where it lies", ...REFUSED },
  },
];
