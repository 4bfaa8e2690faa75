/** What accounts have sealed, opened by rules of the oracle's own: with the keys that there are in this world. */

import { createDecipheriv, hkdfSync } from "node:crypto";
import type { Row } from "./oracle.ts";

const NONCE = 12;
const TAG = 16;

/** A sealed number, wherever it stands in a row. */
const NUMBER = /sealed\.([\w-]+\.[A-Za-z0-9+/]+=*)/g;

/** @throws Error where it does not open */
function open(keys: readonly string[], sealed: string, owner: string): string {
  const [name = "", base64 = ""] = sealed.split(".");
  const key = keys.find((one) => one.startsWith(`${name}:`));
  if (!key) throw new Error(`there is no key ${name}`);
  const bytes = Buffer.from(base64, "base64");
  const root = Buffer.from(key.slice(name.length + 1), "base64");
  const made = Buffer.from(hkdfSync("sha256", root, Buffer.alloc(0), "stafett data sealing", 32));
  const decipher = createDecipheriv("aes-256-gcm", made, bytes.subarray(0, NONCE));
  decipher.setAAD(Buffer.from(owner));
  decipher.setAuthTag(bytes.subarray(-TAG));
  return decipher.update(bytes.subarray(NONCE, -TAG), undefined, "utf8") + decipher.final("utf8");
}

/**
 * The row as it would be if nothing in it were sealed.
 * @param keys those that there are, as `DATA_KEY` lists them
 * @throws Error where it cannot be opened
 */
export function openedRow(row: Row, keys: readonly string[]): Row {
  const numbers = Object.entries(row).map(([column, value]) => [
    column,
    typeof value === "string" ? value.replace(NUMBER, (_, sealed: string) => open(keys, sealed, "number")) : value,
  ]);
  const opened: Row = Object.fromEntries(numbers);
  if (String(row.id).startsWith("inb_") && String(row.sender).startsWith("sealed.")) {
    return { ...opened, text: open(keys, String(row.text), `text of ${row.id}`) };
  }
  if (row.kind === "inbound" && String(row.event).includes('"sealed.')) {
    const event = JSON.parse(String(opened.event));
    const text = open(keys, event.inbound.text, `text of ${event.inbound.id}`);
    return { ...opened, event: JSON.stringify({ ...event, inbound: { ...event.inbound, text } }) };
  }
  if (typeof row.seal !== "string" || !/^[\w-]+\.[A-Za-z0-9+/]+=*$/.test(String(row.text))) return opened;
  const { text, rich, echo = {} } = JSON.parse(open(keys, String(row.text), `text of ${row.id}`));
  return { ...opened, text, echo: JSON.stringify(echo), rich: rich ? JSON.stringify(rich) : null };
}

/** Whether anything in this row was sealed with the key of this name. */
export function isSealedWith(row: Row, name: string): boolean {
  const sealed = new RegExp(`(?:^|sealed\\.|"sealed":"|"text":")${name}\\.[A-Za-z0-9+/]{20,}`);
  return Object.values(row).some((value) => typeof value === "string" && sealed.test(value));
}
