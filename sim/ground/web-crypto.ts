/**
 * Web Crypto that answers at once. The real one answers from other threads, in whatever order they are done; this one
 * does the same sums on ours, and draws what is random from the seed.
 */

import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  pbkdf2Sync,
  sign as signWith,
  verify as verifyWith,
} from "node:crypto";
import type { Random } from "./random.ts";

type Key = { key: KeyObject | Buffer; algorithm: { name: string; modulusLength?: number } };
type Algorithm = string | { name: string; hash?: string };
type Sealing = { iv: ArrayBufferView; additionalData?: ArrayBufferView };

type Deriving = { salt: ArrayBufferView; iterations: number };

/** Sums that are meant to take long, and were done before. */
const slow = new Map<string, Buffer>();
type Counting = { counter: ArrayBufferView };

/** How long the tag of AES-GCM is. Bytes. */
const TAG = 16;

const nameOf = (algorithm: Algorithm) => (typeof algorithm === "string" ? algorithm : algorithm.name);
const bytesOf = (data: ArrayBuffer | ArrayBufferView) =>
  ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data);
const bufferOf = (bytes: Buffer) => bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);

/** A key as Web Crypto hands it out: with what is known of it. */
function keyOf(key: KeyObject, name: string): Key {
  const { modulusLength } = key.asymmetricKeyDetails ?? {};
  return { key, algorithm: { name, ...(modulusLength === undefined ? {} : { modulusLength }) } };
}

/** What of Web Crypto the gateway uses. */
export function makeWebCrypto(random: Random) {
  const subtle = {
    async digest(algorithm: Algorithm, data: ArrayBufferView): Promise<ArrayBuffer> {
      const name = nameOf(algorithm).replace("-", "").toLowerCase();
      return bufferOf(createHash(name).update(bytesOf(data)).digest()) as ArrayBuffer;
    },
    async importKey(format: string, data: ArrayBufferView | JsonWebKey, algorithm: Algorithm): Promise<Key> {
      const name = nameOf(algorithm);
      if (format === "raw") return { key: bytesOf(data as ArrayBufferView), algorithm: { name } };
      if (format === "jwk") return keyOf(createPublicKey({ key: data as never, format: "jwk" }), name);
      const der = { key: bytesOf(data as ArrayBufferView), format: "der" } as const;
      const isPrivate = format === "pkcs8";
      return keyOf(
        isPrivate ? createPrivateKey({ ...der, type: "pkcs8" }) : createPublicKey({ ...der, type: "spki" }),
        name,
      );
    },
    async exportKey(format: string, { key }: Key) {
      const object = key as KeyObject;
      if (format === "jwk") return object.export({ format: "jwk" });
      return bufferOf(object.export({ format: "der", type: "spki" }) as Buffer);
    },
    async sign(algorithm: Algorithm, { key }: Key, data: ArrayBufferView): Promise<ArrayBuffer> {
      if (nameOf(algorithm) === "HMAC") {
        return bufferOf(
          createHmac("sha256", key as Buffer)
            .update(bytesOf(data))
            .digest(),
        ) as ArrayBuffer;
      }
      if (nameOf(algorithm) === "Ed25519") {
        return bufferOf(signWith(null, bytesOf(data), key as KeyObject)) as ArrayBuffer;
      }
      const signed = signWith("sha256", bytesOf(data), { key: key as KeyObject, dsaEncoding: "ieee-p1363" });
      return bufferOf(signed) as ArrayBuffer;
    },
    async deriveBits({ salt, iterations }: Deriving, { key }: Key, bits: number): Promise<ArrayBuffer> {
      const [secret, grain] = [key as Buffer, bytesOf(salt)];
      const name = `${secret.toString("hex")} ${grain.toString("hex")} ${iterations} ${bits}`;
      const derived = slow.get(name) ?? pbkdf2Sync(secret, grain, iterations, bits / 8, "sha256");
      slow.set(name, derived);
      return bufferOf(derived) as ArrayBuffer;
    },
    async encrypt(how: Sealing | Counting, { key }: Key, data: ArrayBufferView): Promise<ArrayBuffer> {
      if ("counter" in how) {
        const cipher = createCipheriv("aes-256-ctr", key as Buffer, bytesOf(how.counter));
        return bufferOf(Buffer.concat([cipher.update(bytesOf(data)), cipher.final()])) as ArrayBuffer;
      }
      const { iv, additionalData } = how;
      const cipher = createCipheriv("aes-256-gcm", key as Buffer, bytesOf(iv));
      if (additionalData) cipher.setAAD(bytesOf(additionalData));
      return bufferOf(
        Buffer.concat([cipher.update(bytesOf(data)), cipher.final(), cipher.getAuthTag()]),
      ) as ArrayBuffer;
    },
    async decrypt({ iv, additionalData }: Sealing, { key }: Key, data: ArrayBufferView): Promise<ArrayBuffer> {
      const sealed = bytesOf(data);
      const decipher = createDecipheriv("aes-256-gcm", key as Buffer, bytesOf(iv));
      if (additionalData) decipher.setAAD(bytesOf(additionalData));
      decipher.setAuthTag(sealed.subarray(sealed.length - TAG));
      const opened = [decipher.update(sealed.subarray(0, sealed.length - TAG)), decipher.final()];
      return bufferOf(Buffer.concat(opened)) as ArrayBuffer;
    },
    async verify(algorithm: Algorithm, { key }: Key, signature: ArrayBufferView, data: ArrayBufferView) {
      const options =
        nameOf(algorithm) === "ECDSA"
          ? ({ key: key as KeyObject, dsaEncoding: "ieee-p1363" } as const)
          : (key as KeyObject);
      return verifyWith("sha256", bytesOf(data), options, bytesOf(signature));
    },
  };
  return {
    subtle,
    getRandomValues<T extends ArrayBufferView>(view: T): T {
      random.fill(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
      return view;
    },
    randomUUID(): string {
      const bytes = random.fill(Buffer.alloc(16));
      bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
      bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
      const hex = bytes.toString("hex");
      return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
    },
  };
}
