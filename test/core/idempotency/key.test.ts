/** Which answers to a request with an Idempotency-Key are kept, and which of the others tell that it is not carried out. */

import { expect, it } from "vitest";
import { isKept, isRefused } from "../../../src/core/idempotency/key.ts";
import { GatewayError } from "../../../src/core/kernel/errors.ts";

const refusal = (kind: ConstructorParameters<typeof GatewayError>[0]) => new GatewayError(kind, "no");
const answers = [
  { name: "a success", status: 201, kept: true, refused: false },
  { name: "a refusal", status: 400, refusal: refusal("bad-request"), kept: false, refused: true },
  { name: "a refusal with status 200", status: 200, refusal: refusal("bad-request"), kept: false, refused: true },
  { name: "a refusal after an effect", status: 400, hasWritten: true, kept: true, refused: true },
  { name: "a fault of ours", status: 500, hasWritten: true, kept: false, refused: false },
  { name: "not you", status: 401, kept: false, refused: false },
  { name: "not you, with status 200", status: 200, refusal: refusal("unauthorised"), kept: false, refused: false },
  { name: "not now", status: 429, hasWritten: true, kept: false, refused: false },
  { name: "no carrier", status: 400, refusal: refusal("no-carrier"), kept: false, refused: false },
  { name: "under way", status: 409, refusal: refusal("key-in-progress"), kept: false, refused: false },
];
it.each(answers)("$name is kept: $kept; tells that it is not done: $refused", ({ kept, refused, ...given }) => {
  expect(isKept({ hasWritten: false, ...given })).toBe(kept);
  expect(isRefused(given)).toBe(refused);
});
