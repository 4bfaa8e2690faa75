/**
 * Texts that people write, as an SMSC tells of them: in parts, on any of a carrier's binds, and again where it heard no answer. Those
 * of all binds come together here, since an SMSC may tell the second part of a text by another bind than the first.
 */

import type { Reported } from "../../core/inbound/inbound.ts";
import { fromBase64 } from "../../core/kernel/base64.ts";
import { toHex } from "../../core/messages/binary.ts";
import { join, type KeptPart, type PartStore } from "../../core/messages/joining.ts";
import { type Alphabet, alphabetOf, messageClassOf, toText } from "../../smpp/alphabets.ts";
import type { Part } from "../../smpp/parts.ts";
import type { PduOf } from "../../smpp/pdu.ts";
import type { CarrierPort } from "../carrier.ts";

type Name = Pick<PduOf<"deliver_sm">["body"], "source" | "sourceTon" | "destination" | "destinationTon">;

/**
 * A text, or a part of one. `alphabet`: absent where its data_coding is one that nobody reads. `octets`: in base64, without their header.
 * `connection`: by which name no other one is called, of whatever bind.
 */
export type HeardText = {
  between: Name;
  coding: number;
  alphabet?: Alphabet;
  octets: string;
  /** Its elements beside those that tell parts apart, as a header of their own; in base64. */
  header?: string;
  part?: Part;
  connection: string;
};

export type TextPorts = {
  parts: PartStore;
  port: Pick<CarrierPort, "receive">;
  /** Epoch ms, by which things happen. */
  now(): number;
  newId(): string;
};

/** Parts whose others do not come are passed on after so long. Milliseconds. */
const PARTS_MS = 600_000;
const AT_ONCE = 50;
/** So many parts may wait for others. When one more comes, the text that has waited longest is passed on as it is: the disk must not fill. */
const MOST_WAITING = 10_000;
/** What comes again within this time is a repeat: its answer may not have got through. Milliseconds. */
const REPEATED_MS = 300_000;

/** As it is kept, with the id that its text gets. `isAgain`: this part came before, in a text that is passed on. */
type Held = Omit<HeardText, "part"> & { id: string; isAgain?: boolean };
/** A text of one part that came lately: under which id, on which connection, and whether it is not committed yet. */
type Seen = { id: string; connection: string; isOpen: boolean };

export class HeardTexts {
  readonly #ports: TextPorts;
  /** Texts of one part that are being committed just now. */
  readonly #underWay = new Set<string>();

  constructor(ports: TextPorts) {
    this.#ports = ports;
  }

  /** When it resolves, the text is taken, or its part is kept. @throws where it could not be committed */
  async hear({ part, ...heard }: HeardText): Promise<void> {
    await (part ? this.#hearPart(heard, part) : this.#hearWhole(heard));
  }

  /** Passes on texts whose other parts have not come. */
  async tick(): Promise<void> {
    const { parts, now } = this.#ports;
    await this.#passOnWaiting(now() - PARTS_MS, AT_ONCE);
    parts.forget(now() - REPEATED_MS);
  }

  /** Passes on texts that have waited since then, or longer, without the parts that they lack. @param by epoch ms */
  async #passOnWaiting(by: number, most: number): Promise<void> {
    const { parts } = this.#ports;
    for (const key of parts.overdue(by, most)) {
      const late = parts.of(key);
      // A part that comes from now on must not count among those that are already on their way.
      parts.setAside(key, asideKey(late));
      await this.#passOn(asideKey(late), late, key);
    }
  }

  /** Whether parts are kept whose text is not passed on. */
  get areWaiting(): boolean {
    return this.#ports.parts.oldest() !== undefined;
  }

  async #hearPart(heard: Omit<HeardText, "part">, { width, reference, number, total }: Part): Promise<void> {
    const { parts, newId, now } = this.#ports;
    if (parts.count() >= MOST_WAITING) await this.#passOnWaiting(now(), 1);
    const key = JSON.stringify([Object.values(heard.between), width, reference, total]);
    const held: Held = { ...heard, id: newId(), ...(this.#isAgain(key, number, heard) ? { isAgain: true } : {}) };
    const kept = { number, total, value: JSON.stringify(held), at: now() };
    const joined = join(parts, key, kept, asideKey, { isSame: isSameHeld });
    if (joined.outcome === "whole") await this.#passOn(key, joined.parts, key);
  }

  /** An SMSC repeats what it heard no answer to, on whatever connection. */
  #isAgain(key: string, number: number, heard: Omit<HeardText, "part">): boolean {
    const before = this.#ports.parts.finished(key, number);
    if (!before || this.#ports.now() - before.at > REPEATED_MS) return false;
    return isSameHeld(before.value, JSON.stringify(heard));
  }

  async #hearWhole(heard: Omit<HeardText, "part">): Promise<void> {
    const { between, coding, octets, header, connection } = heard;
    const text = JSON.stringify([between, coding, octets, header]);
    const id = this.#seen(text, connection);
    this.#underWay.add(text);
    try {
      await this.#receive([{ ...heard, id }], id);
      this.#remember(text, { id, connection, isOpen: false });
    } finally {
      this.#underWay.delete(text);
    }
  }

  async #passOn(key: string, parts: readonly KeptPart[], cameBy: string): Promise<void> {
    const held = parts.map(heldIn);
    // Repeats alone are no text. Beside a part that is new they may belong to another text that begins with the same words.
    const isText = held.some(({ isAgain }) => !isAgain);
    if (isText) await this.#receive(held, held[0]?.id ?? this.#ports.newId());
    this.#ports.parts.finish(key, parts, cameBy);
    // Another text with the same reference may have come meanwhile.
    this.#ports.parts.finish(asideKey(parts), parts, cameBy);
  }

  /**
   * SMPP has no id for a text. One that was not committed, or that comes again on a new connection, is the one before. That is written
   * down: whoever was told of it may be gone before it is acknowledged.
   */
  #seen(text: string, connection: string): string {
    const { parts, now, newId } = this.#ports;
    const kept = parts.finished(text, 1);
    const before: Seen | undefined = kept && now() - kept.at <= REPEATED_MS ? JSON.parse(kept.value) : undefined;
    const isRepeat = before && (before.connection !== connection || (before.isOpen && !this.#underWay.has(text)));
    const id = isRepeat ? before.id : newId();
    this.#remember(text, { id, connection, isOpen: true });
    return id;
  }

  #remember(text: string, seen: Seen): void {
    const { parts, now } = this.#ports;
    parts.finish(text, [{ number: 1, total: 1, value: JSON.stringify(seen), at: now() }]);
  }

  async #receive(held: readonly Held[], theirId: string): Promise<void> {
    const { source = "", sourceTon = 0, destination = "", destinationTon = 0 } = held[0]?.between ?? {};
    const sender = toNumber(source, sourceTon);
    const recipient = toNumber(destination, destinationTon);
    await this.#ports.port.receive([{ theirId, sender, recipient, ...bodyOf(held) }]);
  }
}

/** One that was kept before connections were has no alphabet either: its coding tells which, as it is mostly meant. */
function heldIn({ value }: KeptPart): Held {
  const held: Held = JSON.parse(value);
  const { connection }: { connection?: string } = held;
  const alphabet = connection === undefined ? alphabetOf(held.coding) : undefined;
  return alphabet ? { ...held, alphabet } : held;
}

/** What is not read is kept as octets. Each part of these repeats the header. */
function bodyOf(held: readonly Held[]): Pick<Reported, "text" | "binary"> {
  const [first] = held;
  if (!first || held.every(({ alphabet }) => alphabet !== undefined && alphabet !== "binary")) {
    return { text: textOf(held) };
  }
  const header = fromBase64(first.header ?? "");
  const messageClass = messageClassOf(first.coding);
  return {
    text: [header, ...held.map(({ octets }) => fromBase64(octets))].map(toHex).join(""),
    binary: {
      ...(header.length > 0 ? { header: header.length } : {}),
      ...(messageClass === undefined ? {} : { messageClass }),
    },
  };
}

/** A character may have been cut in two: octets are joined before they are read, where all parts are of one alphabet. */
function textOf(held: readonly Held[]): string {
  const octets = held.map((one) => fromBase64(one.octets));
  const alphabets = new Set(held.map(({ alphabet }) => alphabet));
  const all = alphabets.size === 1 ? [Uint8Array.from(octets.flatMap((one) => [...one]))] : octets;
  return all.map((one, index) => readable(one, held[index]?.alphabet)).join("");
}

function readable(octets: Uint8Array, alphabet: Alphabet | undefined): string {
  return alphabet === undefined || alphabet === "binary" ? "" : toText(octets, alphabet);
}

/** Where the parts of a text are kept that is not waited for any more, or whose reference another text has taken. */
function asideKey([first]: readonly KeptPart[]): string {
  const { id }: Partial<Held> = first ? JSON.parse(first.value) : {};
  return `aside ${id}`;
}

function isSameHeld(one: string, other: string): boolean {
  const [a, b]: Held[] = [JSON.parse(one), JSON.parse(other)];
  return a?.octets === b?.octets && a?.coding === b?.coding && a?.header === b?.header;
}

/** A person's number in E.164; a short number of ours as it is. */
function toNumber(address: string, ton: number): string {
  const digits = address.replace(/^\+/, "").replace(/^00(?=[1-9]\d{6})/, "");
  return /^\d+$/.test(digits) && (ton === 1 || digits.length > 8) ? `+${digits}` : address;
}
