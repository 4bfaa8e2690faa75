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
  for (const [name, field] of FIELDS[command]) {
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
  const { id } = COMMANDS[command];
  const isWhole = status === STATUS.ok || !isResponseId(id);
  const fields = isWhole ? FIELDS[command] : [];
  const values = body as Record<string, unknown>;
  let length = HEADER;
  for (const [name, field] of fields) length += sizeOf(field, values[name]);
  if (isWhole) for (const { value } of tlvs) length += 4 + value.length;
  const octets = new Uint8Array(length);
  const view = new DataView(octets.buffer);
  view.setUint32(0, length);
  view.setUint32(4, id);
  view.setUint32(8, status);
  view.setUint32(12, sequence);
  let at = HEADER;
  for (const [name, field] of fields) at = write(octets, at, name, field, values[name]);
  if (!isWhole) return octets;
  for (const { tag, value } of tlvs) {
    view.setUint16(at, tag);
    view.setUint16(at + 2, value.length);
    octets.set(value, at + 4);
    at += 4 + value.length;
  }
  return octets;
}

/** The octets of a PDU with this sequence number written into them. */
export function sequenced(octets: Uint8Array, sequence: number): Uint8Array {
  new DataView(octets.buffer, octets.byteOffset, octets.byteLength).setUint32(12, sequence);
  return octets;
}

/** A request or response with the fields given, all others empty or 0. */
export function pdu<C extends Command>(
  command: C,
  given: { status?: number; sequence?: number; body?: Partial<BodyOf<C>>; tlvs?: readonly Tlv[] } = {},
): PduOf<C> {
  return {
    command,
    status: given.status ?? STATUS.ok,
    sequence: given.sequence ?? 0,
    body: { ...EMPTY[command], ...given.body },
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

type OfEach<Value> = { readonly [C in Command]: Value };

/** The fields of each command in order, and a body in which all of them are empty: PDUs are made and read by the thousand. */
const FIELDS = Object.fromEntries(
  Object.entries(COMMANDS).map(([command, { fields }]) => [command, Object.entries(fields as Layout)]),
) as unknown as OfEach<readonly (readonly [string, Field])[]>;
const EMPTY = Object.fromEntries(
  Object.entries(FIELDS).map(([command, fields]) => [
    command,
    Object.fromEntries(fields.map(([name, field]) => [name, emptyOf(field)])),
  ]),
) as unknown as OfEach<Readonly<Record<string, unknown>>>;

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

/** How many octets a field takes; of a value that cannot be written, anything. */
function sizeOf(field: Field, value: unknown): number {
  if (field.is === "octet") return 1;
  return 1 + (field.is === "octets" ? (value as Uint8Array).length : String(value).length);
}

/** Writes a field, and answers where the next one begins. @throws RangeError */
function write(octets: Uint8Array, at: number, name: string, field: Field, value: unknown): number {
  if (field.is === "octet") {
    const number = Number(value);
    octets[at] = number;
    // An octet holds whole numbers from 0 to 255: any other is stored as a different number.
    if (octets[at] !== number) throw new RangeError(`${name} has no room for ${value}`);
    return at + 1;
  }
  if (field.is === "octets") {
    const own = value as Uint8Array;
    if (own.length > 255) throw new RangeError(`${name} has ${own.length} octets; 255 have room`);
    octets[at] = own.length;
    octets.set(own, at + 1);
    return at + 1 + own.length;
  }
  const text = String(value);
  for (let index = 0; index < text.length; index++) octets[at + index] = toOctet(name, text, index);
  if (text.length >= field.most) throw new RangeError(`${name} has ${text.length} octets; ${field.most - 1} have room`);
  return at + text.length + 1;
}

function emptyOf(field: Field): string | number | Uint8Array {
  return field.is === "text" ? "" : field.is === "octet" ? 0 : new Uint8Array();
}

/** Strings of the protocol are ASCII; what peers send beyond it is kept as Latin-1. @throws RangeError */
function toOctet(name: string, text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code === 0 || code > 255) throw new RangeError(`${name} has a character that has no octet`);
  return code;
}

function toAscii(name: string, text: string): number[] {
  return Array.from(text, (_, at) => toOctet(name, text, at));
}

function fromLatin(octets: Uint8Array): string {
  let text = "";
  for (const octet of octets) text += String.fromCharCode(octet);
  return text;
}
