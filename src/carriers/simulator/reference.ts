/** The network's own reference for a message or charge that it took. */
export function newReference(): string {
  return crypto.randomUUID().slice(-11);
}
