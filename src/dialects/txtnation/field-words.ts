/** What the members of this dialect's answers say, for its reference. */

import type { FieldWords } from "../dialect.ts";

const TIME = "2026-11-29T12:00:00+00:00";

export const fieldWords: FieldWords = {
  requestId: ["The id of this request; the transaction's, where there is one", "0c35e4b2-2a7e-4b2c-9d0a-5a2f0f6f8a11"],
  status: ["Whether the request was carried out; what became of a charge is in `data`", true],
  code: ["0, or the number of the error", 0],
  message: ["The same in words", "Success"],
  data: ["What was asked for; `null` with an error"],
  transactionId: ["The transaction's id, which `view` takes", "0c35e4b2-2a7e-4b2c-9d0a-5a2f0f6f8a11"],
  windowUrl: [
    "The purchase page, where the person is sent",
    "http://127.0.0.1:8787/service?id=0c35e4b2-2a7e-4b2c-9d0a-5a2f0f6f8a11",
  ],
  price: ["What the person pays", 49],
  shortNumber: ["The short number it is charged by", "2002"],
  recipient: ["The person's phone number", "4798079008"],
  statusCode: ["What has become of it so far", "Ok"],
  detailedStatusCode: ["The same more closely", "Delivered"],
  created: ["When it was made", TIME],
  lastModified: ["When it last changed", TIME],
};
