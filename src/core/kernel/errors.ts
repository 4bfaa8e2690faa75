/** Every reason to refuse a caller. Each dialect maps the whole list to its own codes, so a new one will not compile until all have answered. */
export const REFUSALS = [
  "bad-request",
  "bad-number",
  "bad-sender",
  "bad-text",
  "too-large",
  "unauthorised",
  "replayed",
  "not-allowed",
  "not-found",
  "wrong-method",
  "already-exists",
  "repeated",
  "too-late",
  "too-many-requests",
  "opted-out",
  "quiet-hours",
  "country-closed",
  "no-carrier",
  "key-reused",
  "key-in-progress",
] as const;

export type Refusal = (typeof REFUSALS)[number];

/** A refusal: the reason, a sentence for a person, and the field it is about where there is one. */
export class GatewayError extends Error {
  readonly refusal: Refusal;
  readonly field: string | undefined;

  constructor(refusal: Refusal, message: string, field?: string) {
    super(message);
    this.name = "GatewayError";
    this.refusal = refusal;
    this.field = field;
  }
}
