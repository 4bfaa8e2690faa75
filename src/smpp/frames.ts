/** Cutting a stream of octets into PDUs, however the network cut it. */

import { HEADER } from "./pdu.ts";

/** Kannel takes 7,424 octets and the npm package 16,384: what is longer than this comes from no SMPP program. */
export const LONGEST_PDU = 65_536;
/** A bind has 118 octets at most, and nothing else is said before it. */
export const LONGEST_BEFORE_BIND = 1_024;

/** What went wrong with the stream; nothing behind it can be read. `foreign` names the protocol that was spoken instead. */
export type FrameFault = { why: "too-short" | "too-long"; length: number; foreign?: string };

/**
 * Gathers octets, and gives out whole PDUs. After a fault it gives out none: the length of a PDU is all that says where the next
 * one begins.
 */
export class Framer {
  #chunks: Uint8Array[] = [];
  /** Octets of the first chunk that were given out. */
  #used = 0;
  #waiting = 0;
  #fault: FrameFault | undefined;
  #longest: number;

  constructor(longest = LONGEST_PDU) {
    this.#longest = longest;
  }

  /** From now on PDUs may have so many octets. */
  allow(longest: number): void {
    this.#longest = longest;
  }

  get fault(): FrameFault | undefined {
    return this.#fault;
  }

  /** How many octets of a PDU have come that is not whole yet. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Takes octets in; the PDUs that are whole now, each of its own memory. */
  push(octets: Uint8Array): Uint8Array[] {
    if (this.#fault || octets.length === 0) return [];
    this.#chunks.push(octets);
    this.#waiting += octets.length;
    const frames: Uint8Array[] = [];
    for (
      let length = this.#nextLength();
      length !== undefined && length <= this.#waiting;
      length = this.#nextLength()
    ) {
      frames.push(this.#take(length));
    }
    return frames;
  }

  /** The length of the next PDU; undefined while it has not come, or if it cannot be one. Clause 5.1.1. */
  #nextLength(): number | undefined {
    if (this.#waiting < 4) return undefined;
    const length = ((this.#at(0) << 24) | (this.#at(1) << 16) | (this.#at(2) << 8) | this.#at(3)) >>> 0;
    if (length >= HEADER && length <= this.#longest) return length;
    const foreign = foreignOf(length);
    this.#fault = { why: length < HEADER ? "too-short" : "too-long", length, ...(foreign ? { foreign } : {}) };
    this.#chunks = [];
    this.#used = 0;
    this.#waiting = 0;
    return undefined;
  }

  /** The octet that stands so far behind what is used. */
  #at(offset: number): number {
    let at = this.#used + offset;
    for (const chunk of this.#chunks) {
      if (at < chunk.length) return chunk[at] as number;
      at -= chunk.length;
    }
    return 0;
  }

  #take(length: number): Uint8Array {
    const frame = new Uint8Array(length);
    let filled = 0;
    let over = 0;
    while (filled < length) {
      const chunk = this.#chunks[over] as Uint8Array;
      const end = Math.min(chunk.length, this.#used + length - filled);
      if (end - this.#used > COPIED_EACH) frame.set(chunk.subarray(this.#used, end), filled);
      else for (let at = this.#used; at < end; at++) frame[filled + at - this.#used] = chunk[at] as number;
      filled += end - this.#used;
      this.#used = end;
      if (end < chunk.length) break;
      over += 1;
      this.#used = 0;
    }
    if (over > 0) this.#chunks.splice(0, over);
    this.#waiting -= length;
    return frame;
  }
}

/** So few octets are copied faster one by one: most answers have no more. */
const COPIED_EACH = 64;

/** Pieces as one. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** Health checks, proxies and lost clients speak other protocols: their first four octets, read as a length. */
function foreignOf(length: number): string | undefined {
  const word = String.fromCharCode(length >>> 24, (length >>> 16) & 255, (length >>> 8) & 255, length & 255);
  if (/^(GET |POST|HEAD|PUT |HTTP|OPTI|CONN|PRI )/.test(word)) return "HTTP";
  if (word === "AMQP") return "AMQP";
  if (word === "PROX") return "the PROXY protocol";
  if (word.startsWith("SSH-")) return "SSH";
  return length >>> 16 === 0x1603 ? "TLS" : undefined;
}
