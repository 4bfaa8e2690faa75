/** The keys that digests and sealed secrets are made with. */

/** A name for logs and people, and 32 bytes. */
export type NamedKey = { name: string; bytes: Uint8Array<ArrayBuffer> };

/** What digests of one purpose are made with: the first makes, all read. */
export type DigestKeys = {
  named: readonly NamedKey[];
  /** Those of digests without a name, from before keys had names: any of them may have made one. */
  nameless: readonly Uint8Array<ArrayBuffer>[];
};
