/** A message all the way: in by a dialect, to a handset, and the signed report back. */

import { createHash, createPublicKey, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { useGateway } from "../support/gateway.ts";
import { useReceiver } from "../support/receiver.ts";
import { newKeyPair, signedFetch } from "../support/target365-client.ts";

describe("a message", () => {
  const gateway = useGateway();
  const receiver = useReceiver();

  it("sent with an API key is shown on the handset, and its signed report comes back", async () => {
    const { apiKey } = await gateway.account();
    const sent = await gateway.fetch("/api/out-messages", {
      headers: { "x-apikey": apiKey },
      json: {
        transactionId: "first",
        sender: "Shop",
        recipient: "+4798079008",
        content: "Your parcel is here",
        deliveryReportUrl: `${receiver.url}/reports?shop=1`,
        correlationId: "c-1",
        properties: { basket: 7 },
      },
    });
    expect(sent.status).toBe(201);
    expect(sent.headers.get("location")).toBe(`${gateway.url}/api/out-messages/first`);

    const [text] = await gateway.handset("+4798079008", { wait: 10, match: "parcel" });
    expect(text).toMatchObject({ from: "Shop", text: "Your parcel is here", parts: 1, encoding: "gsm7" });

    const [report] = await receiver.next(1, ({ json }) => json.transactionId === "first");
    expect(report?.url).toBe("/reports?shop=1");
    expect(report?.json).toMatchObject({
      transactionId: "first",
      correlationId: "c-1",
      sender: "Shop",
      recipient: "+4798079008",
      statusCode: "Ok",
      detailedStatusCode: "Delivered",
      delivered: true,
      smscMessageParts: 1,
      properties: { basket: 7 },
    });

    const header = String(report?.headers["x-ecdsa-signature"]);
    expect(header).toMatch(/^[A-Za-z0-9_-]+:[0-9]+:[A-Za-z0-9_-]+:[A-Za-z0-9_+/=]+$/);
    const [keyName = "", timestamp = "", nonce = "", signature = ""] = header.split(":");
    const key = await gateway.fetch(`/api/server/public-keys/${keyName}`, { headers: { "x-apikey": apiKey } });
    const { publicKeyString, signAlgo } = (await key.json()) as { publicKeyString: string; signAlgo: string };
    expect(signAlgo).toBe("ECDsaP256");
    const hash = createHash("sha256")
      .update(report?.body ?? "")
      .digest("base64");
    const signed = `post${receiver.url}/reports?shop=1`.toLowerCase() + timestamp + nonce + hash;
    const publicKey = createPublicKey({ key: Buffer.from(publicKeyString, "base64"), format: "der", type: "spki" });
    const raw = Buffer.from(signature, "base64");
    expect(verify("sha256", Buffer.from(signed), { key: publicKey, dsaEncoding: "ieee-p1363" }, raw)).toBe(true);
  });

  it("sent with a signed request arrives just the same", async () => {
    const { id } = await gateway.account();
    const pair = newKeyPair();
    await gateway.operator("POST", `/admin/v1/accounts/${id}/credentials`, {
      dialect: "target365",
      kind: "public-key",
      name: `${id}-key`,
      publicKey: pair.publicKey,
    });
    const body = JSON.stringify({
      transactionId: "signed",
      sender: "Shop",
      recipient: "+4798079010",
      content: "Signed",
    });
    const sent = await signedFetch(`${id}-key`, pair, "POST", `${gateway.url}/api/out-messages`, body);
    expect(sent.status, await sent.text()).toBe(201);
    expect(await gateway.handset("+4798079010", { wait: 10 })).toHaveLength(1);
  });
});
