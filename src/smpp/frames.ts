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
    const [a = 0, b = 0, c = 0, d = 0] = this.#peek(4);
    const length = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
    if (length >= HEADER && length <= this.#longest) return length;
    const foreign = foreignOf(length);
    this.#fault = { why: length < HEADER ? "too-short" : "too-long", length, ...(foreign ? { foreign } : {}) };
    this.#chunks = [];
    this.#waiting = 0;
    return undefined;
  }

  #peek(count: number): number[] {
    const octets: number[] = [];
    for (const chunk of this.#chunks) {
      for (let at = 0; at < chunk.length && octets.length < count; at++) octets.push(chunk[at] as number);
      if (octets.length === count) break;
    }
    return octets;
  }

  #take(length: number): Uint8Array {
    const frame = new Uint8Array(length);
    let filled = 0;
    let used = 0;
    while (filled < length) {
      const chunk = this.#chunks[used] as Uint8Array;
      const part = chunk.subarray(0, length - filled);
      frame.set(part, filled);
      filled += part.length;
      if (part.length === chunk.length) used += 1;
      else this.#chunks[used] = chunk.subarray(part.length);
    }
    this.#chunks.splice(0, used);
    this.#waiting -= length;
    return frame;
  }
}

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
