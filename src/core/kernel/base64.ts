/** Base64 (RFC 4648), of any number of bytes. */

export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/** @throws DOMException where it is no base64 */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const characters = atob(text);
  // Several times faster than `from`, which asks an iterator for each.
  const bytes = new Uint8Array(characters.length);
  for (let at = 0; at < characters.length; at++) bytes[at] = characters.charCodeAt(at);
  return bytes;
}

/** The same of text that comes from elsewhere: undefined where it is no base64. */
export function readBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return fromBase64(text);
  } catch {
    return undefined;
  }
}

/** The same in the alphabet of URLs (section 5), with or without padding. */
export function readBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  return /[+/]/.test(text) ? undefined : readBase64(text.replaceAll("-", "+").replaceAll("_", "/"));
}

/** In the alphabet of URLs, without padding (section 5). */
export function toBase64Url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
