/** The small ports that any verb may take: codes, jobs, HTTP out, the log, the signer. */

import type { CampaignId, MessageId, TransactionId, WebhookId } from "./ids.ts";
import type { Lane } from "./lane.ts";

/**
 * What keyed digests are for; each purpose has keys of its own.
 * *codes*: that people type. *requests*: by which the same request is known again. *browsers*: sessions, forms, and the networks
 * that they come from. *people*: what stands for a person who was erased.
 */
export type DigestPurpose = "codes" | "requests" | "browsers" | "people";

/** Keyed digests, to be stored and compared: without our key the text cannot be guessed from one. Each names its key. */
export interface Digests {
  /** By the key that makes new ones. */
  digest(purpose: DigestPurpose, text: string): Promise<string>;
  /** By each key that a stored one may be made with, the one that makes new ones first. */
  digests(purpose: DigestPurpose, text: string): Promise<string[]>;
  /** Whether a digest is of this text, by the key that it names; compared in constant time. */
  isDigest(purpose: DigestPurpose, text: string, digest: string): Promise<boolean>;
  /** What a phone number is stored as where it is sealed, by each key that may have sealed it. Absent: nothing is sealed. */
  sealedAs?(number: string): Promise<string[]>;
}

/** `sealed`: by the key that seals now; absent where there is no key. `all`: the plain number, and its form by each key. */
export type NumberForms = { plain: string; sealed?: string; all: string[] };

/**
 * Seals the numbers and texts of accounts that want it, under keys of the deployment, so that a copy of the database tells neither. The
 * same is sealed alike each time under one key: so a sealed number can be looked for, and a write that is made again is the same.
 */
export interface Seals {
  /** The names of the keys that are there; a mark begins with its key's. */
  names: readonly string[];
  /** A number, as it is stored; it opens wherever it stands. */
  number(plain: string): Promise<string>;
  /** Each form in which a number may be stored. */
  numberForms(plain: string): Promise<NumberForms>;
  /** What is no sealed number is answered as it is. @throws Error that names the missing key */
  openNumber(stored: string): Promise<string>;
  /** @param owner the row that it is of, the only one that it opens for */
  text(plain: string, owner: string): Promise<string>;
  /** @throws Error that names the missing key, or says that it was sealed for another owner */
  openText(sealed: string, owner: string): Promise<string>;
  /** What tells that two sealed texts are the same, by the key that seals now. */
  mark(plain: string): Promise<string>;
  /** The same by each key. */
  marks(plain: string): Promise<string[]>;
}

/** Codes that people type, and how they are kept. */
export interface Codes extends Digests {
  /** A code for a transaction, of digits; in the sandbox always the same. */
  otp(): string;
  /** A code for a purchase page, of four digits. */
  pin(): string;
  /** A code of so many digits, for a customer to verify; in the sandbox always the same, unless it is to be random. */
  pincode(length: number, kind: "fixed" | "random"): string;
}

/** A request that must not be made twice: the nonce of a signed request. */
export type Once = { credential: string; nonce: string /** epoch ms */; until: number };

/** Jobs: notes to ourselves in the queue. A job may be lost, doubled or late; the rows in the database say what is due. */
export interface Jobs {
  submit(ids: readonly MessageId[], delaySeconds?: number, lane?: Lane): Promise<void>;
  charge(ids: readonly TransactionId[], delaySeconds?: number): Promise<void>;
  deliver(ids: readonly WebhookId[], delaySeconds?: number): Promise<void>;
  /** The next round of each of these campaigns. */
  release(ids: readonly CampaignId[], delaySeconds?: number): Promise<void>;
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
 * The answer, or why there is none. `body` is cut to its first bytes; `isCut` says that there was more. `retryAfter` is the value
 * of Retry-After in seconds from now; absent if there is none that can be read. `isUnsent`: the address was refused before
 * anything was sent; without it the other side may have got the whole request.
 */
export type HttpAnswer =
  | {
      outcome: "answered";
      status: number;
      /** Names in small letters. */
      headers?: Readonly<Record<string, string>>;
      body: string;
      milliseconds: number;
      retryAfter?: number;
      isCut?: true;
    }
  | { outcome: "failed"; error: string; milliseconds: number; isUnsent?: true };

export interface Http {
  send(request: HttpRequest): Promise<HttpAnswer>;
  /**
   * Why this address is never called, in words; undefined if it may be. Absent where every address may.
   * @param carrying what no one on the way may read
   */
  whyRefused?(url: string, carrying?: "secrets"): string | undefined;
}

/** Encrypts secrets that must be read again, under a key of the deployment, and binds each to its owner. */
export interface Sealer {
  /** The name of the key that seals now; undefined where no key is set: then nothing can be sealed. */
  readonly key: string | undefined;
  /** @param owner the only one it opens for. @throws Error where no key is set */
  seal(text: string, owner: string): Promise<string>;
  /** @throws Error that names the missing key, or says that it was sealed for another owner; never with the secret in it */
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

/**
 * Finds something out. For a request with an Idempotency-Key that is taken up again after its process died it is as the attempt before
 * found it, so that the same is accepted and refused. It must be JSON.
 * @param what its name, one for each thing that a request may find out
 */
export type Recall = <T>(what: string, make: () => Promise<T>) => Promise<T>;
