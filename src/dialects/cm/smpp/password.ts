/** The credential of an SMPP session: a system_id and a password of eight characters, which is all that Kannel sends. */

import type { Credential } from "../../../core/accounts/account.ts";
import type { CredentialForm } from "../../../core/accounts/credential-form.ts";
import { bytesOf, toHex } from "../../../core/kernel/bytes.ts";
import { GatewayError } from "../../../core/kernel/errors.ts";
import { isSameSecret } from "../../read.ts";

const SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
const LENGTH = 8;
/** Standard 3.4, clause 4.1.1: 16 octets with its NUL. */
const LONGEST_NAME = 15;
const ROUNDS = 20_000;

export const smppCredential: CredentialForm = {
  foundBy: "name",
  keeps: "digest",
  async make({ name, random, secret = newPassword(random) }) {
    if (name.length > LONGEST_NAME) {
      throw new GatewayError("bad-request", `name: a system_id has at most ${LONGEST_NAME} characters`, "name");
    }
    if (!/^[!-~]{8}$/.test(secret)) {
      throw new GatewayError(
        "bad-request",
        `secret: an SMPP password here has exactly ${LENGTH} characters of ASCII`,
        "secret",
      );
    }
    return { secret, secretHash: await hashOf(name, secret) };
  },
  title: "CM.com SMPP session",
  nameHint: "The system_id that the customer's program binds with; at most 15 characters.",
  secret: {
    label: "Password",
    hint: "Eight characters. Empty: one is made, and shown once. One that is given is kept: clients go on working.",
  },
  use: "The client binds with it over SMPP 3.4, as transmitter, receiver or transceiver.",
  demoName: "demo",
  demoSecret: (key) => key.slice(0, LENGTH),
};

/** Whether it is the password; as slow for a system_id that does not exist. The whole is compared, not the beginning. */
export async function isPassword(credential: Credential | undefined, password: string): Promise<boolean> {
  const hash = await hashOf(credential?.name ?? "nobody", password);
  return credential?.secretHash !== undefined && isSameSecret(hash, credential.secretHash);
}

/** Eight signs can be tried out by whoever steals the table, so each try is made to cost something. */
async function hashOf(name: string, password: string): Promise<string> {
  const key = await crypto.subtle.importKey("raw", bytesOf(password), "PBKDF2", false, ["deriveBits"]);
  const salt = bytesOf(`smpp ${name}`);
  const bits = await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations: ROUNDS }, key, 256);
  return toHex(new Uint8Array(bits));
}

/** 47 bits. Signs that look alike are left out; of the octets drawn, those that would make some signs likelier. */
function newPassword(random: (count: number) => Uint8Array): string {
  let password = "";
  while (password.length < LENGTH) {
    for (const octet of random(LENGTH)) {
      if (octet < 4 * SIGNS.length && password.length < LENGTH) password += SIGNS[octet % SIGNS.length];
    }
  }
  return password;
}
