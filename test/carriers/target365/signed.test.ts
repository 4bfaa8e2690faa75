/** Target365 as a carrier that signs its calls: what it signs is what the provider checks, and no key gets out. */

import { createHash, createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { faultInSecrets } from "../../../src/carriers/target365/credential.ts";
import { target365 } from "../../../src/carriers/target365/target365.ts";
import type { HttpRequest } from "../../../src/core/kernel/ports.ts";
import { newNumber } from "../../support/gateway.ts";
import { useRelay } from "../../support/relay.ts";
import { NOON } from "../../support/rows.ts";
import { newKeyPair, registerKey } from "../../support/target365-client.ts";
import { answered, aText, open } from "../support.ts";

const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
const PKCS8 = pair.privateKey.export({ format: "pem", type: "pkcs8" }).toString();
const SEC1 = pair.privateKey.export({ format: "pem", type: "sec1" }).toString();
const PARAMETERS = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
const FORMS: [string, string][] = [
  ["PEM of PKCS #8", PKCS8],
  ["base64 alone", pair.privateKey.export({ format: "der", type: "pkcs8" }).toString("base64")],
  ["PEM of SEC 1", SEC1],
  ["the file that OpenSSL writes", PARAMETERS + SEC1],
  ["PEM that lost its line ends", PKCS8.replaceAll("\n", " ")],
];

/** Whether the header signs this call, by a reading of the guides that shares nothing with the carrier. */
function isSigned({ method, url, body = "", headers }: HttpRequest): boolean {
  const [, name, timestamp = "", nonce = "", signature = ""] =
    /^ECDSA ([^:]+):(\d+):([^:]+):(.+)$/.exec(headers.authorization ?? "") ?? [];
  const hash = body === "" ? "" : createHash("sha256").update(body).digest("base64");
  const text = `${method.toLowerCase()}${url.toLowerCase()}${timestamp}${nonce}${hash}`;
  const key = {
    key: createPublicKey(pair.publicKey.export({ format: "pem", type: "spki" })),
    dsaEncoding: "ieee-p1363",
  } as const;
  return (
    name === "stafett-1" &&
    Number(timestamp) === NOON / 1000 &&
    verify("sha256", Buffer.from(text), key, Buffer.from(signature, "base64"))
  );
}

describe("a call that Target365's carrier signs", () => {
  it.each(FORMS)("is signed with a key that is given as %s", async (_, privateKey) => {
    const given = {
      settings: { baseUrl: "https://Shared.Target365.io/" },
      secrets: { keyName: "stafett-1", privateKey },
    };
    const { carrier, sent } = open(target365, given, ({ method }) => answered(method === "POST" ? 201 : 404));
    const text = aText({ text: "Hei på deg 🙂", state: "unknown" });
    await carrier.submit([text]);
    await carrier.submit([aText(), aText()]);
    await carrier.query([text]);
    await carrier.health();
    expect(sent.map(isSigned)).toEqual([true, true, true, true]);
    expect(new Set(sent.map(({ headers }) => headers.authorization?.split(":")[2])).size, "nonces").toBe(4);
    for (const { headers } of sent) expect(headers).not.toHaveProperty("x-apikey");
  });

  const [, privateKey = ""] = FORMS[0] ?? [];
  const OTHERS = {
    RSA: generateKeyPairSync("rsa", { modulusLength: 2048 })
      .privateKey.export({ format: "pem", type: "pkcs8" })
      .toString(),
    "another curve": generateKeyPairSync("ec", { namedCurve: "P-384" })
      .privateKey.export({ format: "pem", type: "pkcs8" })
      .toString(),
    "public half": pair.publicKey.export({ format: "pem", type: "spki" }).toString(),
    encrypted: pair.privateKey
      .export({ format: "pem", type: "pkcs8", cipher: "aes-256-cbc", passphrase: "hush" })
      .toString(),
    nonsense: "hush",
  };
  it.each<[string, Record<string, string>, string]>([
    ["nothing", {}, "secrets.apiKey"],
    ["both", { apiKey: "a", keyName: "k", privateKey }, "secrets.apiKey"],
    ["a name alone", { keyName: "k" }, "secrets.privateKey"],
    ["a key alone", { privateKey }, "secrets.keyName"],
    ...Object.entries(OTHERS).map(
      ([what, key]) =>
        [`a key that is ${what}`, { keyName: "k", privateKey: key }, "secrets.privateKey"] as [
          string,
          Record<string, string>,
          string,
        ],
    ),
  ])("is not signed with %s: that is refused when it is set, and told without the key", (_, secrets, field) => {
    const fault = faultInSecrets(secrets);
    expect(fault).toMatchObject({ field });
    expect(JSON.stringify(fault)).not.toMatch(/hush|BEGIN|MII|MIG/);
  });
});

describe("a carrier of Target365 that signs, against a second gateway", () => {
  const keys = newKeyPair();
  const relay = useRelay("norway", async (theirs) => {
    const keyName = await registerKey(theirs, await theirs.account("Stafett"), keys);
    const privateKey = keys.privateKey.export({ format: "pem", type: "pkcs8" }).toString();
    return { kind: "target365", settings: { baseUrl: theirs.url }, secrets: { keyName, privateKey } };
  });
  const { ours, theirs } = relay;

  it("is let in by its signature, and its texts ring", async () => {
    const to = newNumber();
    const id = await ours.send(relay.account, { recipient: to });
    expect(await theirs.handset(to, { wait: 20 })).toHaveLength(1);
    await relay.becomes(id, { state: "delivered", carrier: "norway" });
    expect((await relay.carrier()).health).toMatchObject({ state: "up" });
  });

  it("shows the names of its secrets alone, and changes to an API key only where the other is taken away", async () => {
    const carrier = { kind: "target365", settings: { baseUrl: theirs.url } };
    expect((await relay.carrier()).secrets).toEqual(["keyName", "privateKey"]);
    const put = (secrets: object) => ours.refusal("PUT", "/admin/v1/carriers/norway", { ...carrier, secrets });
    expect(await put({ apiKey: "a key" })).toMatchObject({ status: 400, field: "secrets.apiKey" });
    const whole = { ...carrier, secrets: { apiKey: "a key", keyName: null, privateKey: null } };
    expect(await ours.operator("PUT", "/admin/v1/carriers/norway", whole)).toMatchObject({ secrets: ["apiKey"] });
    const der = keys.privateKey.export({ format: "der", type: "pkcs8" }).toString("base64");
    expect(ours.log.filter((line) => line.includes(der.slice(40, 80)))).toEqual([]);
  });
});
