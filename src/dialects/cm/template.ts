/**
 * Templates: an address or a body as a customer wrote it, with the names of parameters in square brackets. Guide, "Status
 * report webhook"; help centre, "Incoming status reports".
 */

import { XMLValidator } from "fast-xml-parser";
import { withQuery } from "../read.ts";
import { DEFAULT_PARAMETERS, PARAMETERS, type Parameter, type Values } from "./parameters.ts";

/** The body of a report by POST if the customer has set no template. */
const DEFAULT_BODY = JSON.stringify({
  messages: {
    msg: {
      received: "[CREATED_S]",
      to: "[GSM]",
      reference: "[REFERENCE]",
      status: { code: "[STATUS]", errorCode: "[STATUSDESCRIPTION]", errorDescription: "[STANDARDERRORTEXT]" },
      operator: "[OPERATOR]",
    },
  },
});

/** In an address the brackets, and the plus of +GSM, may be written as escapes: many a form does so by itself. */
const IN_ADDRESS = /(?:\[|%5B)((?:\+|%2B)?[A-Z]\w*)(?:\]|%5D)/gi;

/** The opening of a CDATA section is no name. */
const IN_BODY = /(?<!<!\[CDATA)\[(\+?[A-Z]\w*)\]/gi;

/** Words that JSON may have in brackets by itself. */
const JSON_WORDS = ["true", "false", "null"];

/** The address of a call by GET: filled in, or else with the default parameters in its query. */
export function fillQuery(url: string, values: Values): string {
  // The part behind the # is not sent.
  if (namesIn(url.replace(/#.*$/s, "")).some(isParameter)) return fillAddress(url, values);
  return withQuery(url, Object.fromEntries(DEFAULT_PARAMETERS.map((name) => [name, values[name]])));
}

/** An address with its parameters filled in. Other brackets stay as they are: `?order[]=1`. */
export function fillAddress(url: string, values: Values): string {
  const [, path = "", rest = ""] = /^([^?#]*)(.*)$/s.exec(url) ?? [];
  const segments = path.split(/([/\\])/).map((segment) => kept(segment, fillPiece(segment, values)));
  return segments.join("") + fillPiece(rest, values);
}

/**
 * A reference of one dot or two would be the directory itself, or the one above: the report would go to another address.
 * URL parsers take %2E for a dot as well, so there its `%` is escaped once more.
 */
function kept(written: string, filled: string): string {
  const isMoved = written !== filled && /^(?:\.|%2E){1,2}$/i.test(filled);
  return isMoved ? filled.replace(/\.|%2E/gi, "%252E") : filled;
}

function fillPiece(piece: string, values: Values): string {
  return piece.replace(IN_ADDRESS, (written, given) => {
    const name = plain(given);
    return isParameter(name) ? encodeURIComponent(values[name].toWellFormed()) : written;
  });
}

/** A body with its parameters filled in: XML if it begins with `<`, else JSON. */
export function fillBody(template: string | undefined, values: Values): { type: string; body: string } {
  const written = template?.trim() || DEFAULT_BODY;
  if (!isXml(written)) return { type: "application/json", body: fill(written, values, inJson) };
  const sections = written.split(/(<!\[CDATA\[[\s\S]*?\]\]>)/);
  const body = sections.map((section) => fill(section, values, section.startsWith("<![CDATA[") ? inCdata : inXml));
  return { type: "application/xml", body: body.join("") };
}

/** The fault of a customer's body template, if it has one. An empty one stands for the default. */
export function faultIn(template: string): string | undefined {
  if (template.trim() === "") return undefined;
  const names = [...template.matchAll(IN_BODY)].map(([, name = ""]) => name);
  const unknown = names.find((name) => !isParameter(name) && !JSON_WORDS.includes(name));
  if (unknown) return unknownName(unknown);
  // It must hold whatever the report says: texts may be empty, or not.
  for (const [text, digit] of [
    ["", "0"],
    ["x", "1"],
  ] as const) {
    const fault = faultOf(fillBody(template, madeUp(text, digit)).body);
    if (fault) return fault;
  }
  return undefined;
}

/** The fault of a customer's address: an unknown name in capitals, most likely a typing error. */
export function faultInAddress(url: string): string | undefined {
  const unknown = namesIn(url).find((name) => /^\+?[A-Z][A-Z0-9_]+$/.test(name) && !isParameter(name));
  return unknown === undefined ? undefined : unknownName(unknown);
}

function unknownName(name: string): string {
  return `[${name}] is not known; these names are: ${PARAMETERS.join(", ")}`;
}

function faultOf(body: string): string | undefined {
  if (isXml(body)) {
    const checked = XMLValidator.validate(body);
    return checked === true ? undefined : `it is not valid XML: ${checked.err.msg} (line ${checked.err.line})`;
  }
  try {
    JSON.parse(body);
  } catch (error) {
    return `it begins with no < and is not valid JSON once it is filled in: ${(error as Error).message}`;
  }
  return undefined;
}

const NUMBERS: readonly Parameter[] = ["STATUS", "STATUSISSUCCESS", "ID"];

function madeUp(text: string, digit: string): Values {
  return Object.fromEntries(PARAMETERS.map((name) => [name, NUMBERS.includes(name) ? digit : text])) as Values;
}

function namesIn(url: string): string[] {
  return [...url.matchAll(IN_ADDRESS)].map(([, given = ""]) => plain(given));
}

function plain(given: string): string {
  return given.replace(/^%2B/i, "+");
}

function isParameter(name: string): name is Parameter {
  return (PARAMETERS as readonly string[]).includes(name);
}

function isXml(text: string): boolean {
  return text.startsWith("<");
}

function fill(template: string, values: Values, escaped: (value: string) => string): string {
  return template.replace(IN_BODY, (written, name) => (isParameter(name) ? escaped(values[name]) : written));
}

function inJson(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" };

function inXml(value: string): string {
  return ofXml(value).replace(/[&<>"']/g, (one) => ENTITIES[one] ?? one);
}

function inCdata(value: string): string {
  return ofXml(value).replaceAll("]]>", "]]]]><![CDATA[>");
}

/** Without the characters that XML forbids even as references: control characters, lone surrogates. */
function ofXml(value: string): string {
  return value.toWellFormed().replace(/[^\t\n\r\u0020-\ufffd\u{10000}-\u{10ffff}]/gu, "");
}
