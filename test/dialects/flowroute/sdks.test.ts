/** Each published client library, in its own way: what it sends, what it takes for success, and what its program hears. */

import { beforeAll, describe, expect, it } from "vitest";
import { go } from "../../support/flowroute-sdks/go.ts";
import { node2, node3 } from "../../support/flowroute-sdks/node.ts";
import { flowrouteSms, fredLackey } from "../../support/flowroute-sdks/npm.ts";
import { php2, php3 } from "../../support/flowroute-sdks/php.ts";
import { python2, python3 } from "../../support/flowroute-sdks/python.ts";
import { type Page, type Sdk, useSdk } from "../../support/flowroute-sdks/sdk.ts";
import { useGateway } from "../../support/gateway.ts";
import { call, type KeyAccount, newPerson, openAccessKey } from "./support.ts";

const SDKS = [python2, node2, php2, flowrouteSms, node3, python3, php3, fredLackey, go];
const HOUR = 3_600_000;
const NOBODYS = "mdr2-00112233445566778899aabbccddeeff";

const gateway = useGateway();

/** What a program was handed, whether its library has read it or left that to it, and with or without the envelope. */
function data(handed: unknown): { id: string; attributes: Record<string, unknown> } {
  const read = typeof handed === "string" ? JSON.parse(handed) : handed;
  return read.data ?? read;
}

/** What a call comes to that fails: an exception, or what its program is handed like any result. */
async function failureOf(call: Promise<unknown>): Promise<string> {
  const result = await call.catch((error: unknown) => error);
  return result instanceof Error ? result.message : JSON.stringify(result);
}

describe.each(SDKS)("the library $name", (habits) => {
  let who: KeyAccount;
  let sdk: Sdk;
  beforeAll(async () => {
    who = await openAccessKey(gateway);
    sdk = useSdk(habits, gateway.url, who);
  });
  const { canLookUp, date, headers, hears, version } = habits;
  /** A promise that only those libraries ask for that can. */
  const only = (can: unknown) => (can ? it : () => {});

  it("sends a text, and is given the id of its record", async () => {
    const person = newPerson();
    const { id } = data(await sdk.send({ to: person.slice(1), from: who.digits, text: "Gee, nice marmot!" }));
    expect(id).toMatch(version === "v2" ? /^mdr1-[0-9a-f]{32}$/ : /^mdr2-[\w-]+$/);
    expect(await gateway.handset(person, { wait: 20 })).toMatchObject([{ text: "Gee, nice marmot!" }]);
  });

  it("hears of a wrong key", async () => {
    const stranger = useSdk(habits, gateway.url, { ...who, secretKey: "m8axLA45yds7k22448aOQ7BshaADg6vr" });
    const text = { to: newPerson().slice(1), from: who.digits, text: "Hello" };
    expect(await failureOf(stranger.send(text))).toMatch(hears.wrongKey);
  });

  it("hears of a number that is none", async () => {
    expect(await failureOf(sdk.send({ to: "1234567890", from: who.digits, text: "Hello" }))).toMatch(hears.badNumber);
  });

  only(canLookUp)("looks up a record, and hears of one that is not there", async () => {
    const to = newPerson().slice(1);
    const { id } = data(await sdk.send({ to, from: who.digits, text: "Hello" }));
    const plus = version === "v2.2" ? "+" : "";
    expect(data(await sdk.record(id))).toMatchObject({
      id,
      type: "message",
      attributes: {
        body: "Hello",
        direction: "outbound",
        to: plus + to,
        from: plus + who.digits,
        amount_display: "$0.0040",
      },
    });
    expect(await failureOf(sdk.record(NOBODYS))).toMatch(hears.nobodys);
  });

  only(date)("lists two pages, by its own offset and by the link to the next", async () => {
    const own = await openAccessKey(gateway);
    const mine = useSdk(habits, gateway.url, own);
    for (const text of ["one", "two", "three"]) {
      await mine.send({ to: newPerson().slice(1), from: own.digits, text });
      await gateway.advance(1);
    }
    const from = (await gateway.now()) - 48 * HOUR;
    const to = from + 96 * HOUR;
    const bodies = ({ data }: Page) => data.map(({ attributes }) => attributes.body);
    const first = (await mine.list({ from, to, limit: 2 })) as Page;
    expect(bodies(first)).toEqual(["three", "two"]);
    expect(bodies((await mine.list({ from, to, limit: 2, offset: 2 })) as Page)).toEqual(["one"]);
    const second = (await mine.follow(first.links.next ?? "")) as Page;
    expect(bodies(second)).toEqual(["one"]);
    expect(second.links).toEqual({});
    expect(bodies((await mine.list({ from })) as Page)).toHaveLength(3);
    expect(bodies((await mine.list({ from: from - 48 * HOUR, to: from })) as Page)).toEqual([]);
  });

  only(headers.PUT)("sets where texts and receipts of its account are posted", async () => {
    for (const name of ["sms_callback", "mms_callback", "dlr_callback"]) {
      const url = `https://shop.example/${name}`;
      expect(await sdk.setCallback(name, url)).toBeUndefined();
      const answer = await call(gateway, who, "GET", `/${version}/messages/${name}`);
      expect(await answer.json()).toMatchObject({ data: { attributes: { callback_url: url } } });
    }
    expect(await failureOf(sdk.setCallback("sms_callback", "nowhere"))).toMatch(/^Unprocessable Entity/);
  });
});
