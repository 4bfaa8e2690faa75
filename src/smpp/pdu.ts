/** PDUs: octets to values and back, by the tables of fields.ts. Nothing here reads past the end, throws on input, or keeps state. */

import {
  COMMANDS,
  type Command,
  commandOf,
  type Field,
  isResponseId,
  type Layout,
  STATUS,
  TLVS,
  type TlvName,
} from "./fields.ts";

/** Clause 5.1: length, id, status and sequence number, of four octets each. */
export const HEADER = 16;

type ValueOf<F> = F extends { is: "octet" } ? number : F extends { is: "octets" } ? Uint8Array : string;
export type BodyOf<C extends Command> = {
  -readonly [F in keyof (typeof COMMANDS)[C]["fields"]]: ValueOf<(typeof COMMANDS)[C]["fields"][F]>;
};

/** An optional parameter as it came, known or not. */
export type Tlv = { tag: number; value: Uint8Array };

export type PduOf<C extends Command> = C extends Command
  ? { command: C; status: number; sequence: number; body: BodyOf<C>; tlvs: readonly Tlv[] }
  : never;
export type Pdu = PduOf<Command>;

/** Values of optional parameters by name; undefined ones are not written. */
export type TlvValues = {
  [N in TlvName]?:
    | ((typeof TLVS)[N]["is"] extends "integer" ? number : (typeof TLVS)[N]["is"] extends "text" ? string : Uint8Array)
    | undefined;
};

/**
 * What a frame turned out to be. *unreadable* has the status that its response should have; *unknown* is a command that the
 * standard has and we do not, or that nobody has.
 */
export type Decoded =
  | { outcome: "pdu"; pdu: Pdu }
  | { outcome: "unknown"; id: number; sequence: number; isResponse: boolean }
  | { outcome: "unreadable"; command: Command; sequence: number; status: number };

/**
 * Reads one frame, which is a whole PDU as the framer cut it. In requests a mandatory field must be whole; in responses, which
 * peers cut short where the status is an error, missing fields are empty. Octets after the fields that make no parameter are left out.
 */
export function decode(frame: Uint8Array): Decoded {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const id = view.getUint32(4);
  const status = view.getUint32(8);
  const sequence = view.getUint32(12);
  const command = commandOf(id);
  if (!command) return { outcome: "unknown", id, sequence, isResponse: isResponseId(id) };

  const isLenient = isResponseId(id);
  const reader: Reader = { octets: frame, at: HEADER };
  const body: Record<string, string | number | Uint8Array> = {};
  for (const [name, field] of Object.entries(COMMANDS[command].fields as Layout)) {
    const value = read(reader, field);
    if (typeof value === "object" && "fault" in value) {
      if (!isLenient) return { outcome: "unreadable", command, sequence, status: value.fault };
      reader.at = frame.length;
      body[name] = emptyOf(field);
    } else body[name] = value;
  }
  const tlvs = readTlvs(reader);
  if (!tlvs.isWhole && !isLenient) return { outcome: "unreadable", command, sequence, status: STATUS.parameterLength };
  // The body was read by the layout of its command, which is what the type says.
  return { outcome: "pdu", pdu: { command, status, sequence, body, tlvs: tlvs.read } as Pdu };
}

/**
 * The octets of a PDU. A response whose status is an error has no body: clause 4.4.2, and no peer minds.
 * @throws RangeError where a field is longer than the standard allows, or an integer has no room in its octets
 */
export function encode({ command, status, sequence, body, tlvs }: Pdu): Uint8Array {
  const { id, fields } = COMMANDS[command];
  const pieces: Uint8Array[] = [];
  if (status === STATUS.ok || !isResponseId(id)) {
    for (const [name, field] of Object.entries(fields as Layout)) {
      pieces.push(write(name, field, (body as Record<string, unknown>)[name]));
    }
    for (const { tag, value } of tlvs)
      pieces.push(Uint8Array.of(tag >> 8, tag, value.length >> 8, value.length), value);
  }
  const length = pieces.reduce((sum, { length }) => sum + length, HEADER);
  const octets = new Uint8Array(length);
  const view = new DataView(octets.buffer);
  view.setUint32(0, length);
  view.setUint32(4, id);
  view.setUint32(8, status);
  view.setUint32(12, sequence);
  let at = HEADER;
  for (const piece of pieces) {
    octets.set(piece, at);
    at += piece.length;
  }
  return octets;
}

/** A request or response with the fields given, all others empty or 0. */
export function pdu<C extends Command>(
  command: C,
  given: { status?: number; sequence?: number; body?: Partial<BodyOf<C>>; tlvs?: readonly Tlv[] } = {},
): PduOf<C> {
  const body = Object.fromEntries(
    Object.entries(COMMANDS[command].fields as Layout).map(([name, field]) => [name, emptyOf(field)]),
  );
  return {
    command,
    status: given.status ?? STATUS.ok,
    sequence: given.sequence ?? 0,
    body: { ...body, ...given.body },
    tlvs: given.tlvs ?? [],
    // Made by the layout of this very command.
  } as unknown as PduOf<C>;
}

/** The response to a request; a generic_nack to one that has none. */
export function respond(
  { command, sequence }: { command: Command; sequence: number },
  status: number,
  given: { body?: Record<string, string | number>; tlvs?: readonly Tlv[] } = {},
): Pdu {
  const name = `${command}_resp`;
  const answer = name in COMMANDS ? (name as Command) : "generic_nack";
  // `body` has the fields of that response: each caller names the response it makes.
  return pdu(answer, { status, sequence, ...given } as { status: number; sequence: number }) as Pdu;
}

export function isResponse({ command }: Pick<Pdu, "command">): boolean {
  return isResponseId(COMMANDS[command].id);
}

/** Optional parameters as octets; the NUL that ends a text is always written: without it Kannel loses the next parameter. */
export function toTlvs(values: TlvValues): Tlv[] {
  return (Object.entries(values) as [TlvName, string | number | Uint8Array | undefined][]).flatMap(([name, value]) => {
    const known: { tag: number; octets?: 1 | 2 } = TLVS[name];
    if (value === undefined) return [];
    if (typeof value === "string") return [{ tag: known.tag, value: Uint8Array.of(...toAscii(name, value), 0) }];
    if (typeof value !== "number") return [{ tag: known.tag, value }];
    return [{ tag: known.tag, value: known.octets === 2 ? Uint8Array.of(value >> 8, value) : Uint8Array.of(value) }];
  });
}

/** The value of an integer parameter, of whatever width it came in; undefined where it is not there or is empty. */
export function integerOf(tlvs: readonly Tlv[], name: TlvName): number | undefined {
  const value = octetsOf(tlvs, name);
  if (!value || value.length === 0 || value.length > 4) return undefined;
  return value.reduce((sum, octet) => sum * 256 + octet, 0);
}

/** The value of a text parameter, up to its NUL or its end. */
export function textOf(tlvs: readonly Tlv[], name: TlvName): string | undefined {
  const value = octetsOf(tlvs, name);
  if (!value) return undefined;
  const end = value.indexOf(0);
  return fromLatin(end === -1 ? value : value.subarray(0, end));
}

/** The octets of the first parameter of that name. */
export function octetsOf(tlvs: readonly Tlv[], name: TlvName): Uint8Array | undefined {
  return tlvs.find(({ tag }) => tag === TLVS[name].tag)?.value;
}

type Reader = { octets: Uint8Array; at: number };

function read(reader: Reader, field: Field): string | number | Uint8Array | { fault: number } {
  const { octets } = reader;
  if (field.is === "octet") {
    const value = octets[reader.at];
    if (value === undefined) return { fault: STATUS.commandLength };
    reader.at += 1;
    return value;
  }
  if (field.is === "octets") {
    const length = octets[reader.at];
    if (length === undefined) return { fault: STATUS.commandLength };
    const from = reader.at + 1;
    if (from + length > octets.length) return { fault: STATUS.messageLength };
    reader.at = from + length;
    return octets.slice(from, from + length);
  }
  const end = octets.indexOf(0, reader.at);
  if (end === -1) return { fault: STATUS.commandLength };
  if (end - reader.at >= (field.read ?? field.most)) return { fault: field.fault ?? STATUS.commandLength };
  const value = fromLatin(octets.subarray(reader.at, end));
  reader.at = end + 1;
  return value;
}

function readTlvs({ octets, at }: Reader): { read: Tlv[]; isWhole: boolean } {
  const read: Tlv[] = [];
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  let next = at;
  while (next + 4 <= octets.length) {
    const end = next + 4 + view.getUint16(next + 2);
    if (end > octets.length) return { read, isWhole: false };
    read.push({ tag: view.getUint16(next), value: octets.slice(next + 4, end) });
    next = end;
  }
  return { read, isWhole: true };
}

function write(name: string, field: Field, value: unknown): Uint8Array {
  if (field.is === "octet") {
    const number = Number(value);
    if (!Number.isInteger(number) || number < 0 || number > 255)
      throw new RangeError(`${name} has no room for ${value}`);
    return Uint8Array.of(number);
  }
  if (field.is === "octets") {
    const octets = value as Uint8Array;
    if (octets.length > 255) throw new RangeError(`${name} has ${octets.length} octets; 255 have room`);
    return Uint8Array.of(octets.length, ...octets);
  }
  const octets = toAscii(name, String(value));
  if (octets.length >= field.most)
    throw new RangeError(`${name} has ${octets.length} octets; ${field.most - 1} have room`);
  return Uint8Array.of(...octets, 0);
}

function emptyOf(field: Field): string | number | Uint8Array {
  return field.is === "text" ? "" : field.is === "octet" ? 0 : new Uint8Array();
}

/** Strings of the protocol are ASCII; what peers send beyond it is kept as Latin-1. @throws RangeError */
function toAscii(name: string, value: string): number[] {
  return Array.from(value, (character) => {
    const code = character.charCodeAt(0);
    if (character.length > 1 || code === 0 || code > 255)
      throw new RangeError(`${name} has a character that has no octet`);
    return code;
  });
}

function fromLatin(octets: Uint8Array): string {
  let text = "";
  for (const octet of octets) text += String.fromCharCode(octet);
  return text;
}
