/**
 * Jasmin, as far as it can be tried without it: what docs/smpp.md has its owner type, and what Jasmin says on the wire with these
 * settings and its own defaults. Seen in its source (`protocols/cli/smppccm.py`, `protocols/smpp/configs.py` and `operations.py`);
 * Jasmin itself is not run.
 */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ESM, REGISTERED } from "../../src/smpp/fields.ts";
import { piecesOf } from "../../src/smpp/parts.ts";
import { type BodyOf, integerOf, type PduOf, type Tlv, textOf, toTlvs } from "../../src/smpp/pdu.ts";
import { Esme } from "../support/esme.ts";
import { newNumber } from "../support/gateway.ts";
import { useSmppGateway } from "../support/smpp.ts";

/** Those of the keys that `smppccm -a` knows by which a connection is described; any other is refused by name. */
const KEYS = [
  ...["cid", "host", "port", "username", "password", "systype", "bind", "bind_ton", "bind_npi", "addr_range", "ssl"],
  ...["src_ton", "src_npi", "dst_ton", "dst_npi", "src_addr", "coding", "validity", "priority", "submit_throughput"],
  ...["elink_interval", "res_to", "trx_to", "bind_to", "requeue_delay", "dlr_expiry", "dlr_msgid"],
];

/** What is typed between `smppccm -a` and `ok`. */
function settings(): Record<string, string> {
  const page = readFileSync(new URL("../../docs/smpp.md", import.meta.url), "utf8");
  const [, typed = ""] = /smppccm -a\n([\s\S]*?)> ok\nsmppccm -1 /.exec(page) ?? [];
  const lines = [...typed.matchAll(/^> (\w+) (.+)$/gm)];
  return Object.fromEntries(lines.map(([, key = "", value = ""]) => [key, value]));
}

const ascii = (text: string) => new TextEncoder().encode(text);

it("knows each key that docs/smpp.md has its owner type, and takes each value", () => {
  const typed = settings();
  expect(Object.keys(typed).filter((key) => !KEYS.includes(key))).toEqual([]);
  expect(typed.cid).toMatch(/^[A-Za-z0-9_-]{3,25}$/);
  expect(typed.username).toMatch(/^.{1,15}$/);
  expect(typed.password).toMatch(/^.{8}$/);
  expect(Number(typed.port)).toBe(2775);
  // Its own default is one text a second.
  expect(Number(typed.submit_throughput)).toBeGreaterThan(1);
});

describe("a program that speaks as Jasmin does", () => {
  const smpp = useSmppGateway();
  /** Its defaults: source 2/1, destination 1/1, stored and forwarded. */
  const submit = (destination: string, change: Partial<BodyOf<"submit_sm">>) => ({
    ...{ source: "Shop", sourceTon: 2, sourceNpi: 1, destination, destinationTon: 1, destinationNpi: 1 },
    ...{ esmClass: 3, ...change },
  });

  it("binds by what docs/smpp.md has its owner type", async () => {
    const { username = "" } = settings();
    const { id } = await smpp.gateway.account();
    const credential = { dialect: "cm", kind: "smpp", name: username };
    const { secret } = await smpp.gateway.operator<{ secret: string }>(
      "POST",
      `/admin/v1/accounts/${id}/credentials`,
      credential,
    );
    const esme = await Esme.open(smpp.port);
    const body = { systemId: username, password: secret, systemType: "", interfaceVersion: 0x34 };
    expect((await esme.ask("bind_transceiver", body)).status).toBe(0);
    // It asks each 30 seconds.
    expect((await esme.ask("enquire_link")).status).toBe(0);
    expect((await esme.ask("unbind")).status).toBe(0);
    await esme.end();
  });

  it.each([
    { by: "sar", more: () => ({}) },
    { by: "udh", more: (isLast: boolean) => ({ moreMessages: isLast ? 0 : 1 }) },
  ] as const)("sends long texts by $by, with a receipt for the last part, and reads it", async ({ by, more }) => {
    const esme = await smpp.esme(await smpp.customer());
    const number = newNumber();
    const text = "A long text, as a program writes it. ".repeat(8).trim();
    const pieces = piecesOf(text, { by, reference: 7 });
    const ids: string[] = [];
    for (const [index, { shortMessage, tlvs }] of pieces.entries()) {
      const isLast = index === pieces.length - 1;
      const body = submit(number.slice(1), {
        shortMessage,
        // A part with a header has no mode.
        ...(by === "udh" ? { esmClass: ESM.udh } : {}),
        registeredDelivery: isLast ? REGISTERED.always : 0,
      });
      const answer = await esme.ask("submit_sm", body, toTlvs({ ...tlvs, ...more(isLast) }));
      expect(answer.status).toBe(0);
      ids.push("messageId" in answer.body ? answer.body.messageId : "");
    }
    const [arrived] = await smpp.gateway.handset(number, { wait: 10 });
    expect(arrived?.text).toBe(text);
    const [receipt] = await esme.toldSome(1);
    expect(asJasminReads(receipt)).toEqual({ id: ids.at(-1), state: 2, stat: "DELIVRD", err: "000" });
  });

  it("sends a short text, and reads its receipt", async () => {
    const esme = await smpp.esme(await smpp.customer());
    const number = newNumber();
    const body = submit(number.slice(1), { shortMessage: ascii("Hello"), registeredDelivery: REGISTERED.always });
    const answer = await esme.ask("submit_sm", body);
    const [arrived] = await smpp.gateway.handset(number, { wait: 10 });
    expect(arrived?.text).toBe("Hello");
    const [receipt] = await esme.toldSome(1);
    const id = "messageId" in answer.body ? answer.body.messageId : "";
    expect(asJasminReads(receipt)).toMatchObject({ id, state: 2, stat: "DELIVRD" });
  });
});

/** It goes by the two parameters, and looks up the rest in the text, where a state has seven letters and an error three. */
function asJasminReads(receipt: PduOf<"deliver_sm"> | undefined): Record<string, unknown> {
  const tlvs: readonly Tlv[] = receipt?.tlvs ?? [];
  const text = Buffer.from(receipt?.body.shortMessage ?? []).toString("latin1");
  return {
    id: textOf(tlvs, "receiptedMessageId"),
    state: integerOf(tlvs, "messageState"),
    stat: /stat:(\w{7})/.exec(text)?.[1],
    err: /err:(\w{1,3})/.exec(text)?.[1],
  };
}
