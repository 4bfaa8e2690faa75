/**
 * Numbers and texts, sealed at rest: AES-256-GCM under a key that has a name, with a nonce made of what is sealed (HMAC-SHA256 under a key
 * of its own, as in RFC 5297). So the same number is sealed alike, and is found by an index; under one key no nonce has two contents.
 */

import { hkdfSync } from "node:crypto";
import { fromBase64, toBase64 } from "../core/kernel/base64.ts";
import { bytesOf } from "../core/kernel/bytes.ts";
import type { NamedKey } from "../core/kernel/keys.ts";
import type { Seals } from "../core/kernel/ports.ts";
import { isSealedNumber, SEALED } from "../core/messages/sealed.ts";

/** Of GCM. Bytes. */
const NONCE = 12;
/** Of a mark. Bytes. */
const MARK = 16;
/** What a sealed number is bound to: it opens as a number, and in no text's place. */
const NUMBER = "number";

type Key = { name: string; sealing: CryptoKey; nonces: CryptoKey; marks: CryptoKey };

/** A number is `sealed.{key}.{base64}`, a text `{key}.{base64}`, a mark `{key}.{base64}`. @param named the first seals, all open */
export function makeSeals(named: readonly NamedKey[]): Seals {
  const keys = once(() => Promise.all(named.map(imported)));
  const first = async () => {
    const [key] = await keys();
    if (!key) throw new Error("there is no key for data");
    return key;
  };
  const number = async (key: Key, plain: string) => SEALED + (await seal(key, plain, NUMBER));
  const mark = async (key: Key, plain: string) =>
    `${key.name}.${toBase64((await hmac(key.marks, plain)).slice(0, MARK))}`;

  async function open(sealed: string, owner: string): Promise<string> {
    const [name = "", base64 = ""] = sealed.split(".");
    const key = (await keys()).find((one) => one.name === name);
    if (!key) throw new Error(`DATA_KEY has no key ${name}, with which this was sealed`);
    try {
      return await opened(key, fromBase64(base64), owner);
    } catch {
      throw new Error(`key ${name} of DATA_KEY does not open this: it is another key, or was sealed for another row`);
    }
  }

  return {
    names: named.map(({ name }) => name),
    number: async (plain) => number(await first(), plain),
    async numberForms(plain) {
      const all = await Promise.all((await keys()).map((key) => number(key, plain)));
      const [sealed] = all;
      return { plain, all: [plain, ...all], ...(sealed === undefined ? {} : { sealed }) };
    },
    openNumber: async (stored) => (isSealedNumber(stored) ? open(stored.slice(SEALED.length), NUMBER) : stored),
    text: async (plain, owner) => seal(await first(), plain, ownerOf(owner)),
    openText: (sealed, owner) => open(sealed, ownerOf(owner)),
    mark: async (plain) => mark(await first(), plain),
    marks: async (plain) => Promise.all((await keys()).map((key) => mark(key, plain))),
  };
}

/** Another one than any number's. */
const ownerOf = (row: string) => `text of ${row}`;

async function seal({ name, sealing, nonces }: Key, plain: string, owner: string): Promise<string> {
  const iv = (await hmac(nonces, JSON.stringify([owner, plain]))).slice(0, NONCE);
  const sealed = new Uint8Array(await crypto.subtle.encrypt(parameters(iv, owner), sealing, bytesOf(plain)));
  const whole = new Uint8Array(NONCE + sealed.length);
  whole.set(iv);
  whole.set(sealed, NONCE);
  return `${name}.${toBase64(whole)}`;
}

async function opened({ sealing }: Key, whole: Uint8Array<ArrayBuffer>, owner: string): Promise<string> {
  const iv = whole.slice(0, NONCE);
  return new TextDecoder().decode(await crypto.subtle.decrypt(parameters(iv, owner), sealing, whole.slice(NONCE)));
}

/** One key a purpose, so that none is used in two ways. */
async function imported({ name, bytes }: NamedKey): Promise<Key> {
  const derived = (what: string) =>
    new Uint8Array(hkdfSync("sha256", bytes, new Uint8Array(), `stafett data ${what}`, 32));
  const forHmac = (what: string) =>
    crypto.subtle.importKey("raw", derived(what), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return {
    name,
    sealing: await crypto.subtle.importKey("raw", derived("sealing"), "AES-GCM", false, ["encrypt", "decrypt"]),
    nonces: await forHmac("nonces"),
    marks: await forHmac("marks"),
  };
}

async function hmac(key: CryptoKey, text: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, bytesOf(text)));
}

function parameters(iv: Uint8Array<ArrayBuffer>, owner: string) {
  return { name: "AES-GCM", iv, additionalData: bytesOf(owner) };
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
