/** TLS of the bridge: its certificate, checked before anybody connects, and what goes wrong with a customer's, in words. */

import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { TlsOptions } from "node:tls";

/**
 * The certificate and its key, as they are served.
 * @param files PEM: the certificate with those it was signed by after it, and its key
 * @param now epoch ms
 * @throws Error that says which setting is wrong, and why
 */
export function certificateIn(files: { cert: string; key: string }, now: number): TlsOptions {
  const cert = read("SMPP_TLS_CERT", files.cert);
  const key = read("SMPP_TLS_KEY", files.key);
  const certificate = parsed("SMPP_TLS_CERT", files.cert, "a certificate", () => new X509Certificate(cert));
  const own = parsed("SMPP_TLS_KEY", files.key, "a private key without a passphrase", () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(own)) {
    throw new Error(`SMPP_TLS_KEY: ${files.key} is not the key of the certificate in ${files.cert}`);
  }
  if (Date.parse(certificate.validTo) <= now) {
    throw new Error(`SMPP_TLS_CERT: ${files.cert} is over since ${certificate.validTo}; customers would refuse it`);
  }
  return { cert, key, minVersion: "TLSv1.2" };
}

function read(setting: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "there is no such file" : code === "EACCES" ? "it may not be read" : String(error);
    throw new Error(`${setting}: ${file}: ${why}`);
  }
}

function parsed<T>(setting: string, file: string, what: string, parse: () => T): T {
  try {
    return parse();
  } catch {
    throw new Error(`${setting}: ${file} does not hold ${what} in PEM`);
  }
}

/** Codes of OpenSSL and of Node, as they come with `tlsClientError`. */
const WORDS: Readonly<Record<string, string>> = {
  ERR_SSL_HTTP_REQUEST: "it speaks HTTP, and not TLS",
  ERR_SSL_WRONG_VERSION_NUMBER: "it speaks no TLS: is it meant for the port without?",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "it speaks no TLS: is it meant for the port without?",
  ERR_SSL_UNSUPPORTED_PROTOCOL: "its TLS is older than 1.2",
  ERR_SSL_NO_SHARED_CIPHER: "it has no cipher that is taken here",
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: "it does not know who signed our certificate",
  "ERR_SSL_SSL/TLS_ALERT_UNKNOWN_CA": "it does not know who signed our certificate",
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: "it does not accept our certificate",
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: "it does not accept our certificate",
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: "it says that our certificate is over",
  ERR_TLS_HANDSHAKE_TIMEOUT: "it did not end the handshake of TLS in time",
  ECONNRESET: "it ended in the handshake of TLS",
};

/** Why a customer's handshake came to nothing. */
export function handshakeWords(error: Error): string {
  const { code = "", reason } = error as NodeJS.ErrnoException & { reason?: string };
  return WORDS[code] ?? `the handshake of TLS failed: ${reason ?? error.message}`;
}
