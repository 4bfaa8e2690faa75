/** Codes that people type, and digests that only we can make. */

import type { Codes } from "../core/kernel/ports.ts";

/** What every one-time password is in the sandbox. Target365 guides, "Create a Strex payment transaction with one-time password". */
const SANDBOX_OTP = "1234";

/** Likewise a pincode's, as far as it is long. Seen in PHP's suite, which takes 1234 for right. */
const SANDBOX_PINCODE = "1234567890";

/** @param secret what digests are keyed with; the same in every isolate, and in the next deployment */
export function makeCodes({ secret, isSandbox }: { secret: string; isSandbox: boolean }): Codes {
  let key: CryptoKey | undefined;
  return {
    otp: () => (isSandbox ? SANDBOX_OTP : digits(6)),
    pin: () => digits(4),
    pincode: (length, kind) => {
      const fixed = SANDBOX_PINCODE.slice(0, length);
      if (isSandbox && kind === "fixed") return fixed;
      const random = digits(length);
      // Python's suite asks that 1234 be wrong there.
      return isSandbox && random === fixed ? digits(length) : random;
    },
    async digest(text) {
      const bytes = new TextEncoder().encode(`stafett codes ${secret}`);
      key ??= await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
      const signed = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(text));
      return Array.from(new Uint8Array(signed), (byte) => byte.toString(16).padStart(2, "0")).join("");
    },
  };
}

/** Each as likely as the others: numbers that would favour some are thrown again. */
function digits(count: number): string {
  // One random number of 32 bits is enough for nine digits, not for more.
  if (count > 9) return digits(count - 9) + digits(9);
  const most = 10 ** count;
  for (;;) {
    const [number = 0] = crypto.getRandomValues(new Uint32Array(1));
    if (number < Math.floor(2 ** 32 / most) * most) return String(number % most).padStart(count, "0");
  }
}
