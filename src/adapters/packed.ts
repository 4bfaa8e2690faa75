/** Long texts that are kept: compressed, as a text again. */

import { fromBase64, toBase64 } from "../core/kernel/base64.ts";

/** What is shorter stays as it is. Characters. */
const SHORT = 200_000;
const MARK = "gzip ";

/** @param text does not begin as a packed one does */
export async function packed(text: string): Promise<string> {
  if (text.length <= SHORT) return text;
  const bytes = await through(new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>, new CompressionStream("gzip"));
  return MARK + toBase64(bytes);
}

export function isPacked(text: string): boolean {
  return text.startsWith(MARK);
}

export async function unpacked(text: string): Promise<string> {
  if (!isPacked(text)) return text;
  const bytes = await through(fromBase64(text.slice(MARK.length)), new DecompressionStream("gzip"));
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}

async function through(
  bytes: Uint8Array<ArrayBuffer>,
  stream: CompressionStream | DecompressionStream,
): Promise<Uint8Array> {
  const source = new Blob([bytes]).stream();
  return new Uint8Array(await new Response(source.pipeThrough(stream)).arrayBuffer());
}
