/** Signatures of webhooks, as a receiver checks them: how a dialect says what a call was signed with. */

import type { Signer } from "../kernel/ports.ts";

/** A call as its receiver saw it: the address that it believes to have, the header's value, the body to the letter. */
export type SeenCall = { id: string; method: string; url: string; signature: string; body: string };

/** What a check comes to; `text` is what must have been signed, by this call. */
export type SignatureOutcome =
  | { is: "malformed" }
  | { is: "unknown-key"; keyName: string }
  | { is: "valid" | "wrong"; keyName: string; signedAt: number; text: string };

export type SignatureFormat = {
  /** The header's name, in small letters. */
  header: string;
  /** Whether the address is signed, too. */
  coversUrl: boolean;
  check(call: SeenCall, ports: { signer: Signer }): Promise<SignatureOutcome>;
};
