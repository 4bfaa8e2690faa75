/** An authenticator for tests, as software: it makes passkeys and uses them, and lies as it is told. */

import { createHash, createSign, generateKeyPairSync, randomBytes } from "node:crypto";

export type Options = { challenge: string; rp?: { id: string }; rpId?: string; user?: { id: string } };

/** What is different from an honest answer. */
export type Lie = {
  challenge?: string;
  origin?: string;
  host?: string;
  /** User present, user verified. WebAuthn Level 3, 6.1. */
  flags?: number;
  counter?: number;
  /** Who signs, if not this authenticator. */
  by?: Authenticator;
  id?: string;
  type?: string;
  format?: string;
};

const PRESENT = 1;
const VERIFIED = 4;
const WITH_KEY = 0x40;
const NO_AAGUID = Buffer.alloc(16);

export class Authenticator {
  readonly id = randomBytes(16);
  readonly #keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  counter = 0;
  readonly origin: string;

  constructor(origin: string) {
    this.origin = origin;
  }

  make(options: Options, lie: Lie = {}) {
    const length = Buffer.from([0, this.id.length]);
    const credential = Buffer.concat([NO_AAGUID, length, this.id, this.#coseKey()]);
    const data = Buffer.concat([this.#data(options.rp?.id, lie, WITH_KEY), credential]);
    const attestation = Buffer.concat([
      Buffer.from([0xa3]),
      ...[cborText("fmt"), cborText(lie.format ?? "none"), cborText("attStmt"), Buffer.from([0xa0])],
      ...[cborText("authData"), cborBytes(data)],
    ]);
    const response = {
      clientDataJSON: this.#said("webauthn.create", options, lie),
      attestationObject: attestation.toString("base64url"),
      transports: ["internal"],
    };
    return { ...this.#named(lie), response };
  }

  use(options: Options, lie: Lie = {}) {
    this.counter++;
    const data = this.#data(options.rpId, lie, 0);
    const said = this.#said("webauthn.get", options, lie);
    const hash = createHash("sha256").update(Buffer.from(said, "base64url")).digest();
    const signature = (lie.by ?? this).sign(Buffer.concat([data, hash]));
    const response = { clientDataJSON: said, authenticatorData: data.toString("base64url"), signature };
    return { ...this.#named(lie), response };
  }

  sign(bytes: Buffer): string {
    return createSign("sha256").update(bytes).sign(this.#keys.privateKey, "base64url");
  }

  #named(lie: Lie) {
    const id = lie.id ?? this.id.toString("base64url");
    return { id, rawId: id, type: "public-key", clientExtensionResults: {} };
  }

  #said(type: string, { challenge }: Options, lie: Lie): string {
    const said = { type: lie.type ?? type, challenge: lie.challenge ?? challenge, origin: lie.origin ?? this.origin };
    return Buffer.from(JSON.stringify({ ...said, crossOrigin: false })).toString("base64url");
  }

  #data(host: string | undefined, lie: Lie, more: number): Buffer {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(lie.counter ?? this.counter);
    const hash = createHash("sha256")
      .update(lie.host ?? host ?? "")
      .digest();
    return Buffer.concat([hash, Buffer.from([(lie.flags ?? PRESENT | VERIFIED) | more]), counter]);
  }

  /** RFC 9053, 7.1.1: kty 2, alg -7, crv 1, x, y. */
  #coseKey(): Buffer {
    const { x = "", y = "" } = this.#keys.publicKey.export({ format: "jwk" });
    const [first, second] = [x, y].map((text) => Buffer.from(text, "base64url"));
    return Buffer.concat([
      Buffer.from([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]),
      first ?? Buffer.alloc(0),
      Buffer.from([0x22, 0x58, 0x20]),
      second ?? Buffer.alloc(0),
    ]);
  }
}

function cborText(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x60 + text.length]), Buffer.from(text)]);
}

function cborBytes(bytes: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([Buffer.from([0x59]), length, bytes]);
}
