/** The network's own reference for a message or charge that it took. */
export function newReference(): string {
  return [...crypto.getRandomValues(new Uint8Array(6))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("")
    .slice(0, 11);
}
