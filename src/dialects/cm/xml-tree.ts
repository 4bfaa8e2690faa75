/**
 * XML → a tree of elements. A library reads it. Documents that the library would accept are refused before: those with
 * declarations, with malformed tags, or too large or too deep to be a request.
 */

import { XMLParser } from "fast-xml-parser";
import { GatewayError } from "../../core/kernel/errors.ts";
import { STRANGERS_PIECES, spent, TooMuch } from "../read.ts";

export type Element = {
  name: string;
  attributes: ReadonlyMap<string, string>;
  children: readonly Element[];
  /** All that is written in it, in order, and in its children. */
  text: string;
};

/** A request has four levels. */
const DEEPEST = 10;
/**
 * Tags, and texts between them: several times as many as the most recipients need, since all are in memory at once. A long
 * tag is counted for more, as its attributes are slow to take apart.
 */
export const MOST_PIECES = 200_000;
/** More than any tag needs; less than would be slow to take apart. */
const LONGEST_TAG = 1_000;
/** Several times the longest text, with every character of it written as a reference. */
const LONGEST_TEXT = 1_000_000;

const PROLOG = /^[ \t\r\n]*<\?xml(?:\s+[a-z]+\s*=\s*(?:"[^"<>?]*"|'[^'<>?]*'))*\s*\?>/;
const TAG = /^<(\/?)[^\s<>"'/!?=&][^<>"']*(?:(?:"[^<"]*"|'[^<']*')[^<>"']*)*>/;
const NO_CHARACTER = /[^\t\n\r -\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

const TEXT = "#text";
const CDATA = "#cdata";
const ATTRIBUTES = ":@";

// Everything stays the text that it is: no number loses its zeros, and a reference is nothing but letters.
const parser = new XMLParser({
  preserveOrder: true,
  textNodeName: TEXT,
  cdataPropName: CDATA,
  ignoreAttributes: false,
  attributeNamePrefix: "",
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  processEntities: false,
  maxNestedTags: DEEPEST,
  jPath: false,
});

/**
 * The root of the document.
 * @throws GatewayError bad-request where it is not well-formed, or declares a type or an entity; TooMuch
 */
export function parseXml(text: string): Element {
  const xml = withoutProlog(text);
  if (NO_CHARACTER.test(xml)) throw malformed("it has a character that XML does not know");
  checkPieces(xml);
  const nodes = toNodes(xml);
  const [root] = nodes.map(toElement);
  if (!root || nodes.length > 1) throw malformed("it needs one root");
  return root;
}

/**
 * Whether a document has more pieces than are parsed before the caller is known.
 * @throws GatewayError bad-request where it is not well-formed
 */
export function isForKnownCallers(text: string): boolean {
  return countPieces(withoutProlog(text), STRANGERS_PIECES) > STRANGERS_PIECES;
}

function withoutProlog(text: string): string {
  const prolog = PROLOG.exec(text.slice(0, LONGEST_TAG))?.[0] ?? "";
  return text.slice(prolog.length);
}

/** @throws TooMuch; GatewayError bad-request */
function checkPieces(xml: string): void {
  const pieces = countPieces(xml, MOST_PIECES);
  if (pieces <= MOST_PIECES) return;
  throw new TooMuch("the body has too many elements; send it in several requests", { bytes: xml.length, pieces });
}

/**
 * Tags, comments, CDATA and text: there is nothing else in a request, and each of them ends. They are counted no further than
 * to one more than `most`.
 * @throws GatewayError bad-request where it is not well-formed, or too deep
 */
function countPieces(xml: string, most: number): number {
  let depth = 0;
  let pieces = 0;
  for (let at = 0; at < xml.length && pieces <= most; pieces += 1) {
    const end = endOfText(xml, at);
    if (end - at > LONGEST_TEXT) throw malformed("a text is too long");
    if (depth > DEEPEST) throw malformed("it is nested too deeply");
    if (end > at) at = end;
    else {
      const [tag, slash] = TAG.exec(xml.slice(at, at + LONGEST_TAG)) ?? [];
      if (tag === undefined) throw malformed(`${JSON.stringify(xml.slice(at, at + 20))} is no tag`);
      if (slash) depth -= 1;
      else if (!tag.endsWith("/>")) depth += 1;
      pieces += tag.length >> 3;
      at += tag.length;
    }
  }
  spent.pieces += pieces;
  return pieces;
}

/** Where the text, comment or CDATA that begins here ends; here, if a tag does. */
function endOfText(xml: string, at: number): number {
  if (xml.startsWith("<!--", at)) return after(xml, "-->", at + 4);
  if (xml.startsWith("<![CDATA[", at)) return after(xml, "]]>", at + 9);
  const end = xml.indexOf("<", at);
  return end < 0 ? xml.length : end;
}

function after(xml: string, mark: string, from: number): number {
  const at = xml.indexOf(mark, from);
  if (at < 0) throw malformed(`there is no ${mark}`);
  return at + mark.length;
}

/** As the library has it: an object whose one name is that of the element, and beside it perhaps its attributes. */
type Node = Readonly<Record<string, unknown>>;

function toNodes(xml: string): readonly Node[] {
  try {
    return parser.parse(xml, true) as readonly Node[];
  } catch (error) {
    throw malformed((error as Error).message);
  }
}

function toElement(node: Node): Element {
  const name = Object.keys(node).find((key) => key !== ATTRIBUTES) ?? "";
  if (name === TEXT || name === CDATA) throw malformed("there is text outside of its root");
  const children: Element[] = [];
  let text = "";
  for (const inner of node[name] as readonly Node[]) {
    if (TEXT in inner) text += withoutReferences(inner[TEXT] as string);
    else if (CDATA in inner) text += (inner[CDATA] as readonly Node[])[0]?.[TEXT] ?? "";
    else {
      const child = toElement(inner);
      children.push(child);
      text += child.text;
    }
  }
  return { name, attributes: toAttributes(node[ATTRIBUTES]), children, text };
}

const NONE: ReadonlyMap<string, string> = new Map();

function toAttributes(given: unknown): ReadonlyMap<string, string> {
  if (!given) return NONE;
  return new Map(
    Object.entries(given as Record<string, string>).map(([key, value]) => [key, withoutReferences(value)]),
  );
}

const REFERENCE = /&(?:#0*(\d{1,7});|#x0*([0-9a-fA-F]{1,6});|(amp|lt|gt|quot|apos);)?/g;
const NAMED: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** Seen: a character beyond the basic plane as two references, each half of a surrogate pair. They are joined. */
function withoutReferences(text: string): string {
  if (!text.includes("&")) return text;
  const read = text.replace(REFERENCE, (reference, decimal?: string, hex?: string, name?: string) => {
    if (name) return NAMED[name] as string;
    const point = decimal ? Number(decimal) : hex ? Number.parseInt(hex, 16) : Number.NaN;
    if (!(point <= 0x10ffff)) throw malformed(`${reference} is no reference`);
    return String.fromCodePoint(point);
  });
  // Looked at as a whole, for halves that were joined are a character now.
  if (NO_CHARACTER.test(read)) throw malformed("a reference is to a character that XML does not know");
  return read;
}

function malformed(why: string): GatewayError {
  return new GatewayError("bad-request", `the body is not XML as it is understood here: ${why}`);
}
