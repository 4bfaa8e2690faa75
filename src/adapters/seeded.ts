/** Random bytes that a secret seed determines: a request that is taken up again makes the ids and secrets that it made before. */

/**
 * Fills what it is given with the next bytes of a stream, AES in counter mode.
 * @param seed 64 hex digits, known to nobody else
 * @param most how many bytes it will be asked for, at most
 */
export async function seededBytes(seed: string, most: number): Promise<(bytes: Uint8Array) => void> {
  const raw = Uint8Array.from({ length: 32 }, (_, index) => Number.parseInt(seed.slice(2 * index, 2 * index + 2), 16));
  const key = await crypto.subtle.importKey("raw", raw, "AES-CTR", false, ["encrypt"]);
  const parameters = { name: "AES-CTR", counter: new Uint8Array(16), length: 64 };
  const stream = new Uint8Array(await crypto.subtle.encrypt(parameters, key, new Uint8Array(most)));
  let used = 0;
  return (bytes) => {
    if (used + bytes.length > stream.length) throw new Error(`more than ${most} random bytes are asked for`);
    bytes.set(stream.subarray(used, used + bytes.length));
    used += bytes.length;
  };
}
