/** The small ports that any verb may take: codes, jobs, HTTP out, the log, the signer. None reads the world by itself. */

import type { MessageId, TransactionId, WebhookId } from "./ids.ts";

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

/** Notes to ourselves. They may be lost, doubled or late: the rows are the truth, this only rings the bell. */
export interface Jobs {
  submit(ids: readonly MessageId[], delaySeconds?: number): Promise<void>;
  charge(ids: readonly TransactionId[], delaySeconds?: number): Promise<void>;
  deliver(ids: readonly WebhookId[], delaySeconds?: number): Promise<void>;
}

/**
 * An HTTP call out. `answerCap`: the most bytes of its answer that are read; absent: a few, as of a webhook's. `timeLimit`: by
 * when it must have come, milliseconds; absent: ten seconds.
 */
export type HttpRequest = {
  method: "GET" | "POST" | "PUT" | "DELETE";
  url: string;
  headers: Record<string, string>;
  body?: string;
  answerCap?: number;
  timeLimit?: number;
};

/**
 * What came back, or why nothing did. `body` is cut to its first bytes; `isCut` tells that there was more. `retryAfter` is
 * what its Retry-After asks for, in seconds from now; absent where it asks for nothing that can be read. `isUnsent`: the
 * address was refused before anything left; without it the other side may have heard all of it.
 */
export type HttpAnswer =
  | { outcome: "answered"; status: number; body: string; milliseconds: number; retryAfter?: number; isCut?: true }
  | { outcome: "failed"; error: string; milliseconds: number; isUnsent?: true };

export interface Http {
  send(request: HttpRequest): Promise<HttpAnswer>;
  /**
   * Why this address is never called, in words; undefined if it may be. Absent where every address may.
   * @param carrying what no one on the way may read
   */
  whyRefused?(url: string, carrying?: "secrets"): string | undefined;
}

/** Keeps secrets that must be read again: sealed under a key of the deployment's, and bound to what they belong to. */
export interface Sealer {
  /** The name of the key that seals now; undefined where no key is set: then nothing can be sealed. */
  readonly key: string | undefined;
  /** @param owner what it belongs to: it opens for that alone. @throws Error where no key is set */
  seal(text: string, owner: string): Promise<string>;
  /** @throws Error that tells which key is missing, or that it was sealed for another owner; never what is in it */
  open(sealed: string, owner: string): Promise<string>;
  /** The name of the key that this was sealed with. */
  keyOf(sealed: string): string;
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
