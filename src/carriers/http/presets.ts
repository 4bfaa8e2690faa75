/** Well-known APIs, described as an operator would describe any other. Each with where its facts are from. */

import type { z } from "zod";
import type { Description } from "./engine.ts";

export type Preset = {
  kind: string;
  /** Absent where each customer has another. */
  baseUrl?: string;
  /** What an operator is told of the base URL, and of each setting and secret. */
  about: string;
  settings: Record<string, string>;
  secrets: Record<string, string>;
  lostAnswer: "asked" | "waited-for";
  description: z.input<typeof Description>;
};

/** https://developer.vonage.com/en/api/sms: 200 whatever it is, an entry for each part, its status 0 where it was taken. */
const vonage: Preset = {
  kind: "vonage",
  baseUrl: "https://rest.nexmo.com",
  about: "where the SMS API lies",
  settings: { apiKey: "your API key" },
  secrets: { apiSecret: "its secret" },
  lostAnswer: "waited-for",
  description: {
    send: {
      path: "/sms/json",
      basic: { user: "{{setting.apiKey}}", password: "{{secret.apiSecret}}" },
      form: {
        from: "{{from_no_plus}}",
        to: "{{to_no_plus}}",
        text: "{{text}}",
        type: "unicode",
        ttl: "{{validity_milliseconds}}",
        "status-report-req": "1",
        callback: "{{receipt_url}}",
        "client-ref": "{{id}}",
      },
    },
    referenceAt: "/messages/0/message-id",
    detailAt: "/messages/0/error-text",
    answers: [
      // Of several parts some may be refused: the person has got, and we pay for, the others.
      { status: 200, at: "/messages/*/status", is: ["0"], means: "taken" },
      { status: 200, at: "/messages/0/status", is: ["1", "10"], means: "busy", seconds: 1 },
      {
        status: 200,
        at: "/messages/0/status",
        is: ["4", "8", "9", "14", "32", "33"],
        means: "refused",
        reason: "carrier-offline",
        own: true,
      },
      { status: 200, at: "/messages/0/status", is: ["11", "29"], means: "refused", reason: "carrier-error", own: true },
      { status: 200, at: "/messages/0/status", is: ["7"], means: "refused", reason: "opted-out" },
      { status: 200, at: "/messages/0/status", is: ["12"], means: "refused", reason: "too-many-parts" },
      { status: 200, at: "/messages/0/status", is: ["15"], means: "refused", reason: "bad-sender" },
      { status: 200, at: "/messages/0/status", is: ["22", "23"], means: "refused", reason: "bad-text" },
      { status: 200, at: "/messages/0/status", is: ["2", "3", "6", "17"], means: "refused", reason: "rejected" },
    ],
    health: {
      method: "GET",
      path: "/account/get-balance",
      basic: { user: "{{setting.apiKey}}", password: "{{secret.apiSecret}}" },
    },
    receipts: {
      form: true,
      id: "/client-ref",
      reference: "/messageId",
      status: {
        at: "/status",
        words: {
          delivered: "delivered",
          expired: "expired",
          failed: "failed",
          rejected: "failed",
          accepted: "under way",
          buffered: "under way",
          unknown: "under way",
        },
        reasonAt: "/err-code",
        reasons: {
          ...{ "1": "undelivered", "2": "subscriber-unavailable", "3": "unknown-subscriber", "4": "subscriber-barred" },
          ...{
            "5": "carrier-error",
            "6": "rejected",
            "7": "subscriber-unavailable",
            "8": "carrier-error",
            "9": "bad-number",
          },
          ...{ "10": "bad-text", "11": "carrier-error", "12": "subscriber-unavailable", "13": "too-young" },
          ...{ "14": "subscriber-barred", "15": "insufficient-funds", "16": "limit-exceeded", "50": "rejected" },
          ...{ "51": "rejected", "52": "rejected", "53": "rejected", "54": "rejected", "99": "undelivered" },
        },
      },
    },
    inbound: {
      form: true,
      id: "/messageId",
      from: "/msisdn",
      to: "/to",
      text: "/text",
      parts: { reference: "/concat-ref", number: "/concat-part", total: "/concat-total" },
    },
  },
};

/** Theirs, by the group of a status. 3 is delivered to the operator, or to the handset. */
const INFOBIP_GROUPS = { "1": "under way", "2": "failed", "3": "delivered", "4": "expired", "5": "failed" } as const;
const INFOBIP_REASONS = {
  EC_ABSENT_SUBSCRIBER: "subscriber-unavailable",
  EC_UNKNOWN_SUBSCRIBER: "unknown-subscriber",
  EC_ILLEGAL_SUBSCRIBER: "subscriber-barred",
  EC_CALL_BARRED: "subscriber-barred",
  EC_INVALID_DESTINATION_ADDRESS: "bad-number",
  EC_INVALID_SOURCE_ADDRESS: "bad-sender",
  USER_OPTED_OUT: "opted-out",
} as const;
const infobipLogin = { authorization: "App {{secret.apiKey}}" };

/** https://www.infobip.com/docs/api/channels/sms: our id is the message's; its logs are asked by it, for two days. */
const infobip: Preset = {
  kind: "infobip",
  about: "your own base URL, like https://xxxxx.api.infobip.com",
  settings: {},
  secrets: { apiKey: "an API key that may send, and read logs" },
  lostAnswer: "asked",
  description: {
    send: {
      path: "/sms/3/messages",
      headers: infobipLogin,
      json: {
        messages: [
          {
            sender: "{{from}}",
            destinations: [{ to: "{{to_no_plus}}", messageId: "{{id}}" }],
            content: { text: "{{text}}" },
            options: { validityPeriod: { amount: "{{validity_minutes}}", timeUnit: "MINUTES" } },
            webhooks: { delivery: { url: "{{receipt_url}}" }, contentType: "application/json" },
          },
        ],
      },
    },
    detailAt: "/messages/0/status/description",
    answers: [
      { status: "2xx", at: "/messages/0/status/groupId", is: [1, 3], means: "taken" },
      {
        status: "2xx",
        at: "/messages/0/status/name",
        is: ["REJECTED_NOT_ENOUGH_CREDITS"],
        means: "refused",
        reason: "carrier-offline",
        own: true,
      },
      {
        status: "2xx",
        at: "/messages/0/status/name",
        is: ["REJECTED_DESTINATION", "REJECTED_PREFIX_MISSING"],
        means: "refused",
        reason: "bad-number",
      },
      {
        status: "2xx",
        at: "/messages/0/status/name",
        is: ["REJECTED_SENDER", "REJECTED_SOURCE"],
        means: "refused",
        reason: "bad-sender",
      },
      {
        status: "2xx",
        at: "/messages/0/status/name",
        is: ["REJECTED_FLOODING_FILTER"],
        means: "refused",
        reason: "stopped",
      },
      { status: "2xx", at: "/messages/0/status/groupId", is: [2, 4, 5], means: "refused", reason: "rejected" },
    ],
    ask: {
      request: { method: "GET", path: "/sms/3/logs", query: { messageId: "{{id}}" }, headers: infobipLogin },
      recordAt: "/results/0",
      status: { at: "/status/groupId", words: INFOBIP_GROUPS, reasonAt: "/error/name", reasons: INFOBIP_REASONS },
    },
    health: { method: "GET", path: "/account/1/balance", headers: infobipLogin },
    receipts: {
      each: "/results/*",
      id: "/messageId",
      status: { at: "/status/groupId", words: INFOBIP_GROUPS, reasonAt: "/error/name", reasons: INFOBIP_REASONS },
    },
    inbound: { each: "/results/*", id: "/messageId", from: "/from", to: "/to", text: "/text" },
  },
};

const sinchLogin = { authorization: "Bearer {{secret.apiToken}}" };

/** https://developers.sinch.com/docs/sms: our id is the batch's client_reference, and comes back with every report. */
const sinch: Preset = {
  kind: "sinch",
  baseUrl: "https://eu.sms.api.sinch.com",
  about: "the API of your region: https://us.sms.api.sinch.com, or eu, au, br, ca",
  settings: { servicePlanId: "your service plan's id" },
  secrets: { apiToken: "its API token" },
  lostAnswer: "asked",
  description: {
    send: {
      path: "/xms/v1/{{setting.servicePlanId}}/batches",
      headers: sinchLogin,
      json: {
        type: "mt_text",
        from: "{{from_no_plus}}",
        to: ["{{to_no_plus}}"],
        body: "{{text}}",
        delivery_report: "per_recipient_final",
        callback_url: "{{receipt_url}}",
        client_reference: "{{id}}",
        expire_at: "{{expires_at}}",
      },
    },
    referenceAt: "/id",
    detailAt: "/text",
    answers: [
      { status: 201, at: "/id", means: "taken" },
      { status: 403, means: "refused", reason: "bad-sender", own: true },
      { status: 400, means: "refused", reason: "rejected" },
    ],
    // It is found by our id; what became of it, its report tells.
    ask: {
      request: {
        method: "GET",
        path: "/xms/v1/{{setting.servicePlanId}}/batches",
        query: { client_reference: "{{id}}", start_date: "{{asked_since}}", page_size: "1" },
        headers: sinchLogin,
      },
      recordAt: "/batches/0",
      referenceAt: "/id",
    },
    health: {
      method: "GET",
      path: "/xms/v1/{{setting.servicePlanId}}/batches",
      query: { page_size: "1" },
      headers: sinchLogin,
    },
    receipts: {
      id: "/client_reference",
      reference: "/batch_id",
      status: {
        at: "/status",
        words: {
          ...{
            Queued: "under way",
            Dispatched: "under way",
            Delivered: "delivered",
            Aborted: "failed",
            Rejected: "failed",
          },
          ...{ Cancelled: "failed", Deleted: "failed", Failed: "failed", Expired: "expired", Unknown: "expired" },
        },
        reasonAt: "/status",
        reasons: { Aborted: "rejected", Rejected: "rejected", Cancelled: "ended", Unknown: "no-receipt" },
      },
    },
    inbound: { id: "/id", from: "/from", to: "/to", text: "/body" },
  },
};

export const PRESETS: readonly Preset[] = [vonage, infobip, sinch];
