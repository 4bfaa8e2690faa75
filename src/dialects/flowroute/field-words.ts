/** What the members of this dialect's bodies and answers say, for its reference. */

import type { FieldWords } from "../dialect.ts";

export const fieldWords: FieldWords = {
  data: ["The record, or a list of them"],
  id: ["The record's id", "mdr2-46d0f2c0a4a811eb8a2a1a6d2b9a1c3d"],
  type: ["What it is, in words of JSON:API", "message"],
  attributes: ["What is known of it"],
  to: ["Who it goes to", "12065550199"],
  from: ["Who it comes from: a number of yours", "12065550100"],
  body: ["The text", "Hello"],
  content: ["The text", "Hello"],
  direction: ["`outbound` of a text that you sent, `inbound` of one that a person sent", "outbound"],
  amount_nanodollars: ["What it costs, in billionths of a dollar", 4_000_000],
  amount_display: ["The same", "$0.0040"],
  message_encoding: ["0 for the GSM alphabet, 8 for UCS-2", 0],
  timestamp: ["When it was accepted, UTC", "2026-11-29T12:00:00.000000+00:00"],
  has_mms: ["Whether it has pictures", false],
  is_mms: ["Whether it has pictures", false],
  media_urls: ["The addresses of its pictures", ["https://example.com/parcel.jpg"]],
  dlr_callback: ["The address of its receipts", "https://example.com/receipts"],
  callback_url: ["Where its callback is posted", "https://example.com/callback"],
  message_callback_url: ["Where its callback is posted", "https://example.com/callback"],
  message_type: ["The kind of number that it was sent from"],
  status: ["What has become of it so far", "delivered"],
  delivery_receipts: ["Its receipts, as far as they came"],
  price_details: ["What the price is made of, each in dollars"],
  relationships: ["Which of the included objects belong to it"],
  links: ["Addresses: of the record itself, and of the pages beside this one"],
  included: ["The receipts and pictures that records here refer to"],
};
