/** Passkeys, asked for and checked by @simplewebauthn/server: challenge, origin, host, user verification, signature and counter. */

import type {
  AuthenticationResponseJSON,
  AuthenticatorTransport,
  RegistrationResponseJSON,
} from "@simplewebauthn/server";
import { readBase64Url, toBase64Url } from "../core/kernel/base64.ts";
import { PASSKEY_LIFE, type Passkey, type PasskeyCheck, PasskeyRefused } from "../core/operator/passkeys.ts";

/** Set up when it is first needed: most Workers never need it, and it takes as long to set up as much of the rest. */
const library = () => import("@simplewebauthn/server");
const helpers = () => import("@simplewebauthn/server/helpers");

/** What the person is told that they sign in to. */
const NAME = "Stafett";
/** ES256, EdDSA and RS256: what authenticators make. https://www.iana.org/assignments/cose */
const ALGORITHMS = [-7, -8, -257];

export const passkeyCheck: PasskeyCheck = {
  async toMake({ site, challenge, known, owner }) {
    const { generateRegistrationOptions } = await library();
    return generateRegistrationOptions({
      rpName: NAME,
      rpID: site.host,
      challenge,
      timeout: PASSKEY_LIFE,
      supportedAlgorithmIDs: ALGORITHMS,
      userName: owner.name,
      userID: Uint8Array.from(new TextEncoder().encode(owner.id)),
      attestationType: "none",
      excludeCredentials: known.map(described),
      authenticatorSelection: { residentKey: "discouraged", userVerification: "required" },
    });
  },

  async toUse({ site, challenge, known }) {
    const { generateAuthenticationOptions } = await library();
    return generateAuthenticationOptions({
      rpID: site.host,
      challenge,
      timeout: PASSKEY_LIFE,
      userVerification: "required",
      allowCredentials: known.map(described),
    });
  },

  async made(answer, { site, challenge }) {
    const { verifyRegistrationResponse } = await library();
    // What it is not, the library says below.
    const response = answer as RegistrationResponseJSON;
    const { verified, registrationInfo } = await checked(async () => {
      await refuseCertificates(response);
      return verifyRegistrationResponse({
        response,
        expectedChallenge: challenge,
        requireUserVerification: true,
        expectedOrigin: site.origin,
        expectedRPID: site.host,
        supportedAlgorithmIDs: ALGORITHMS,
      });
    });
    if (!verified || !registrationInfo) throw new PasskeyRefused("signature");
    const { id, publicKey, counter, transports = [] } = registrationInfo.credential;
    return { id, publicKey: toBase64Url(publicKey), counter, transports };
  },

  async used(answer, { site, challenge, passkey }) {
    const { verifyAuthenticationResponse } = await library();
    const { id, counter, publicKey } = passkey;
    const credential = { id, counter, publicKey: readBase64Url(publicKey) ?? new Uint8Array() };
    const { verified, authenticationInfo } = await checked(() =>
      verifyAuthenticationResponse({
        // Likewise.
        response: answer as AuthenticationResponseJSON,
        expectedChallenge: challenge,
        credential,
        expectedOrigin: site.origin,
        expectedRPID: site.host,
        requireUserVerification: true,
      }),
    );
    if (!verified) throw new PasskeyRefused("signature");
    return authenticationInfo.newCounter;
  },
};

function described({ id, transports }: Passkey) {
  // What the browser said of it when it was made; another browser makes of it what it can.
  return { id, transports: transports as AuthenticatorTransport[] };
}

/**
 * Browsers that are asked for no attestation send no certificates. For one that came all the same, the library would call the
 * addresses of revocation lists that stand in it.
 */
async function refuseCertificates({ response }: RegistrationResponseJSON): Promise<void> {
  const { decodeAttestationObject } = await helpers();
  const attestation = decodeAttestationObject(readBase64Url(response.attestationObject) ?? new Uint8Array());
  const format = attestation.get("fmt");
  const isPlain = format === "none" || (format === "packed" && attestation.get("attStmt").get("x5c") === undefined);
  if (!isPlain) throw new PasskeyRefused("attestation");
}

/** The library throws an Error for everything that is wrong, whatever was sent: its sentence says what. @throws PasskeyRefused */
async function checked<Answer>(check: () => Promise<Answer>): Promise<Answer> {
  try {
    return await check();
  } catch (error) {
    if (error instanceof PasskeyRefused) throw error;
    throw new PasskeyRefused(wordFor(error instanceof Error ? error.message : ""));
  }
}

const WORDS = [
  [/ challenge /, "challenge"],
  [/ origin /, "origin"],
  [/RP ID/, "host"],
  [/^User verification/, "user-not-verified"],
  [/^User (presence|not present)/, "user-not-present"],
  [/counter/, "counter"],
] as const;

/** A word for what was wrong, with nothing of what the browser sent. */
function wordFor(message: string): string {
  return WORDS.find(([pattern]) => pattern.test(message))?.[1] ?? "malformed";
}
