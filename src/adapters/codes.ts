/** Codes that people type. */

import type { Codes, Digests } from "../core/kernel/ports.ts";

/** What every one-time password is in the sandbox. Target365 guides, "Create a Strex payment transaction with one-time password". */
const SANDBOX_OTP = "1234";

/** Likewise a pincode's, as far as it is long. Seen in PHP's suite, which takes 1234 for right. */
const SANDBOX_PINCODE = "1234567890";

/** @param random fills the bytes it is given */
export function makeCodes({
  digests,
  isSandbox,
  random = (bytes) => void crypto.getRandomValues(bytes),
}: {
  digests: Digests;
  isSandbox: boolean;
  random?: (bytes: Uint8Array<ArrayBuffer>) => void;
}): Codes {
  const digits = (count: number) => digitsOf(count, random);
  return {
    ...digests,
    otp: () => (isSandbox ? SANDBOX_OTP : digits(6)),
    pin: () => digits(4),
    pincode: (length, kind) => {
      const fixed = SANDBOX_PINCODE.slice(0, length);
      if (isSandbox && kind === "fixed") return fixed;
      const random = digits(length);
      // Python's suite asks that 1234 be wrong there.
      return isSandbox && random === fixed ? digits(length) : random;
    },
  };
}

/** Each as likely as the others: numbers that would favour some are thrown again. */
function digitsOf(count: number, random: (bytes: Uint8Array<ArrayBuffer>) => void): string {
  // One random number of 32 bits is enough for nine digits, not for more.
  if (count > 9) return digitsOf(count - 9, random) + digitsOf(9, random);
  const most = 10 ** count;
  for (;;) {
    const bytes = new Uint8Array(4);
    random(bytes);
    const number = new DataView(bytes.buffer).getUint32(0);
    if (number < Math.floor(2 ** 32 / most) * most) return String(number % most).padStart(count, "0");
  }
}
