/** The gateway's public keys, as customers have them: each is fetched by its name when a call first names it, and kept for good. */

import { createPublicKey, type KeyObject } from "node:crypto";
import type { Oracle } from "./oracle.ts";

/** What the gateway answers under a name. */
const PUBLISHED = `SELECT public_key FROM server_key WHERE name = ?1
  UNION ALL SELECT public_key FROM server_key_name WHERE name = ?1`;

export class Published {
  readonly #oracle: Oracle;
  readonly #fetched = new Map<string, KeyObject>();

  constructor(oracle: Oracle) {
    this.#oracle = oracle;
  }

  /** The key of this name, as it was when it was first asked for; undefined where none was ever published under it. */
  byName(name: string): KeyObject | undefined {
    const known = this.#fetched.get(name);
    if (known) return known;
    const row = this.#oracle.sqlite.prepare(PUBLISHED).get(name) as { public_key: string } | undefined;
    if (!row) return undefined;
    const key = createPublicKey({ key: Buffer.from(row.public_key, "base64"), format: "der", type: "spki" });
    this.#fetched.set(name, key);
    return key;
  }
}
