/** Octets to CM.com: its gateway of JSON has a form for some of them, and that of XML for the others. */

import { describe, expect, it } from "vitest";
import { cm } from "../../../src/carriers/cm/cm.ts";
import type { Binary } from "../../../src/core/messages/binary.ts";
import type { Message } from "../../../src/core/messages/message.ts";

const NOW = Date.UTC(2026, 10, 29);

/** What becomes of one, and what was sent for it. */
async function submitted(text: string, binary: Binary, parts = 1, answer = "") {
  const xml: string[] = [];
  const sent: { messages: { msg: { body: unknown; dcs?: number; reference: string }[] } }[] = [];
  const carrier = cm.open({
    name: "cm",
    settings: {},
    secrets: { productToken: "token" },
    now: () => NOW,
    wall: () => NOW,
    http: {
      async send({ url, body }: { url: string; body?: unknown }) {
        if (url.endsWith("/gateway.ashx")) {
          xml.push(String(body));
          return { outcome: "answered", status: 200, headers: new Headers(), body: answer };
        }
        const request = JSON.parse(String(body));
        sent.push(request);
        const messages = request.messages.msg.map(({ reference }: { reference: string }) => ({
          status: "Accepted",
          reference,
        }));
        return {
          outcome: "answered",
          status: 200,
          headers: new Headers(),
          body: JSON.stringify({ errorCode: 0, messages }),
        };
      },
    },
  } as never);
  const message = { id: "msg_1", sender: "Shop", recipient: "+4791000000", text, binary, encoding: "binary", parts };
  const times = { expiresAt: NOW + 3_600_000, changedAt: NOW };
  const [result] = await carrier.submit([{ ...message, ...times } as unknown as Message]);
  return { result, xml, sent: sent.flatMap(({ messages }) => messages.msg) };
}

describe("octets through CM.com", () => {
  it.each([
    { binary: {}, dcs: 4 },
    { binary: { messageClass: 1 as const }, dcs: 245 },
  ])("go as BINARY, with DCS $dcs", async ({ binary, dcs }) => {
    const { result, sent } = await submitted("00FF", binary);
    expect(result).toMatchObject({ outcome: "taken" });
    expect(sent).toMatchObject([{ body: { type: "BINARY", content: "00FF" }, dcs }]);
  });

  it("go by XML where they have a header, with it", async () => {
    const { result, xml } = await submitted("0605040B8423F000", { header: 7, messageClass: 1 });
    expect(result).toEqual({ outcome: "taken", reference: "msg_1" });
    expect(xml).toHaveLength(1);
    expect(xml[0]).toContain('<DCS>245</DCS><BODY TYPE="BINARY" HEADER="0605040B8423F0">00</BODY>');
    expect(xml[0]).toContain("<PRODUCTTOKEN>token</PRODUCTTOKEN>");
  });

  it("go by XML in parts, each with its place in its header, and the last one is reported on", async () => {
    const { result, xml } = await submitted("A5".repeat(200), {}, 2);
    expect(result).toMatchObject({ outcome: "taken" });
    const bodies = [...(xml[0] ?? "").matchAll(/HEADER="050003(..)(....)">((?:A5)+)<\/BODY>(<REFERENCE>msg_1)?/g)];
    expect(bodies.map(([, , place, body, reference]) => [place, body?.length, reference !== undefined])).toEqual([
      ["0201", 268, false],
      ["0202", 132, true],
    ]);
    expect(new Set(bodies.map(([, reference]) => reference)).size).toBe(1);
  });

  it.each([
    { answer: "Error: ERROR No account found for the product token", result: { outcome: "refused", own: true } },
    { answer: "<html>welcome</html>", result: { outcome: "unknown" } },
  ])("are $result.outcome where it answers $answer", async ({ answer, result }) => {
    expect((await submitted("0605040B8423F000", { header: 7 }, 1, answer)).result).toMatchObject(result);
  });

  it.each([
    { name: "the class of a SIM", binary: { messageClass: 2 as const }, parts: 1, reason: "bad-text" },
    { name: "a text's alphabet", binary: { header: 7, alphabet: "gsm7" as const }, parts: 1, reason: "bad-text" },
    { name: "more than eight parts", binary: {}, parts: 9, reason: "too-many-parts" },
  ])("are refused, so that another carrier may take them: with $name", async ({ binary, parts, reason }) => {
    const { result, sent, xml } = await submitted("0605040B8423F000", binary, parts);
    expect(result).toMatchObject({ outcome: "refused", reason, own: true });
    expect([...sent, ...xml]).toEqual([]);
  });
});
