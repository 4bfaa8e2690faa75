// Sends a text with a signed request, as the vendor's SDKs do: no secret travels, the gateway holds the public key only.
// export ADMIN_TOKEN="$(cat .stafett/admin-token)"; node examples/send-signed.mjs [gateway] [number]

import { createHash, generateKeyPairSync, randomUUID, sign } from "node:crypto";

const gateway = process.argv[2] ?? "http://127.0.0.1:8787";
const recipient = process.argv[3] ?? "+4798079008";
if (!process.env.ADMIN_TOKEN) {
  console.error('Set the operator\'s token first: export ADMIN_TOKEN="$(cat .stafett/admin-token)"');
  process.exit(1);
}

// Once: make a key pair, and have the operator register its public half.
const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const keyName = `example-${randomUUID().slice(0, 8)}`;
const registered = await fetch(`${gateway}/admin/v1/accounts/demo/credentials`, {
  method: "POST",
  headers: { Authorization: `Bearer ${process.env.ADMIN_TOKEN}`, "Content-Type": "application/json" },
  body: JSON.stringify({
    dialect: "target365",
    kind: "public-key",
    name: keyName,
    publicKey: publicKey.export({ format: "der", type: "spki" }).toString("base64"),
  }),
});
if (!registered.ok) {
  console.error(`The key was not registered: ${await registered.text()}`);
  process.exit(1);
}

// Each time: sign method, URL, time, nonce and the body's hash.
const url = `${gateway}/api/out-messages`;
const body = JSON.stringify({ sender: "Stafett", recipient, content: "Hello, and signed" });
const timestamp = Math.floor(Date.now() / 1000);
const nonce = randomUUID();
const hash = createHash("sha256").update(body).digest("base64");
const text = `post${url.toLowerCase()}${timestamp}${nonce}${hash}`;
const signature = sign("sha256", Buffer.from(text), { key: privateKey, dsaEncoding: "ieee-p1363" }).toString("base64");
const sent = await fetch(url, {
  method: "POST",
  headers: { Authorization: `HMAC ${keyName}:${timestamp}:${nonce}:${signature}` },
  body,
});
console.log(sent.status, sent.headers.get("location") ?? (await sent.text()));
if (!sent.ok) process.exitCode = 1;
