// A customer's server, as small as it can be: takes delivery reports on port 9000 and checks that they are signed.
// node examples/receive-reports.mjs [gateway] [API key]

import { createHash, createPublicKey, verify } from "node:crypto";
import { createServer } from "node:http";

const gateway = process.argv[2] ?? "http://127.0.0.1:8787";
const apiKey = process.argv[3] ?? "stafett-demo-key";
const port = Number(process.env.PORT ?? 9000);
const host = process.env.HOST ?? "127.0.0.1";
/** What the gateway calls this server, which the signature is over. */
const base = process.env.RECEIVER_URL ?? `http://127.0.0.1:${port}`;
const keys = new Map();

createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  const url = `${base}${request.url}`;
  const signed = await isSigned(url, request.headers["x-ecdsa-signature"] ?? "", body);
  console.log(`${signed ? "signature ok " : "NOT SIGNED   "} ${body}`);
  response.writeHead(signed ? 200 : 401).end();
}).listen(port, host, () => console.log(`waiting for reports on ${base}`));

/** The signature is over: post, the URL in lower case, timestamp, nonce, and the body's hash. */
async function isSigned(url, header, body) {
  const [keyName, timestamp, nonce, signature] = header.split(":");
  if (!signature || Math.abs(Date.now() / 1000 - Number(timestamp)) > 300) return false;
  const hash = createHash("sha256").update(body).digest("base64");
  const text = `post${url.toLowerCase()}${timestamp}${nonce}${hash}`;
  const key = await publicKey(keyName);
  return verify("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" }, Buffer.from(signature, "base64"));
}

async function publicKey(name) {
  if (!keys.has(name)) {
    const answer = await fetch(`${gateway}/api/server/public-keys/${name}`, { headers: { "X-ApiKey": apiKey } });
    const { publicKeyString } = await answer.json();
    keys.set(name, createPublicKey({ key: Buffer.from(publicKeyString, "base64"), format: "der", type: "spki" }));
  }
  return keys.get(name);
}
