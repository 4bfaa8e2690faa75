/** Keywords: registered, shown as they were said, changed as a whole, deleted; refused with a reason. */

import { beforeAll, describe, expect, it } from "vitest";
import { useGateway } from "../../support/gateway.ts";
import { messageOf, openSeller, type Seller, strexClient } from "../../support/target365-client.ts";

const FORWARD = "https://shop.example/api/receive-sms";

describe("a keyword", () => {
  const gateway = useGateway();
  let seller: Seller;
  let client: ReturnType<typeof strexClient>;
  let words = 0;

  beforeAll(async () => {
    seller = await openSeller(gateway);
    client = strexClient(gateway, seller);
  });

  /** A keyword as SDKs say it, with a text of its own. */
  const keyword = (more: Record<string, unknown> = {}) => ({
    shortNumberId: `NO-${seller.shortNumber}`,
    keywordText: `word${++words}`,
    mode: "Startswith",
    forwardUrl: FORWARD,
    enabled: true,
    ...more,
  });
  const post = (body: unknown) => client.call("POST", "/keywords", body);
  const get = (id: string) => client.call("GET", `/keywords/${id}`);
  const shown = async (id: string) => (await (await get(id)).json()) as Record<string, unknown>;
  const registered = async (more: Record<string, unknown> = {}): Promise<string> => {
    const answer = await post(keyword(more));
    if (answer.status !== 201) throw new Error(`the keyword was refused: ${answer.status} ${await answer.text()}`);
    return (answer.headers.get("location") ?? "").split("/").at(-1) ?? "";
  };

  it("is registered with 201, an empty body, and an absolute Location that ends in its id", async () => {
    const answer = await post(keyword());
    expect(answer.status).toBe(201);
    expect(await answer.text()).toBe("");
    expect(answer.headers.get("location")).toMatch(new RegExp(`^${gateway.url}/api/keywords/\\d+$`));
  });

  it("is shown with the members that have a value, and no others", async () => {
    const said = keyword();
    const id = await registered(said);
    expect(await shown(id)).toEqual({
      ...said,
      keywordId: id,
      created: expect.stringMatching(/\+00:00$/),
      lastModified: expect.stringMatching(/\+00:00$/),
    });
  });

  it("keeps all that the guides know, fractions of a minute too", async () => {
    const said = keyword({
      mode: "Wildcard",
      keywordText: "win*",
      aliases: ["vinn*"],
      tags: ["Foo", "group:a/b"],
      customProperties: { basket: 7, deep: { ok: true } },
      preAuthSettings: {
        infoText: "Info",
        infoSender: seller.shortNumber,
        prefixMessage: "Before",
        postfixMessage: "After",
        delay: 0.5,
        merchantId: "shop",
        serviceDescription: "The Club",
        active: true,
        age: 18,
      },
    });
    expect(await shown(await registered(said))).toMatchObject(said);
  });

  it("is read in capital letters too, and without what is null, empty, or the gateway's own", async () => {
    const { shortNumberId, keywordText } = keyword();
    const id = await registered({
      ...Object.fromEntries(Object.keys(keyword()).map((name) => [name, undefined])),
      KeywordId: "1",
      ShortNumberId: shortNumberId,
      KeywordText: keywordText,
      Mode: "exact",
      ForwardUrl: FORWARD,
      Enabled: false,
      AccountId: 7,
      Created: "0001-01-01T00:00:00+00:00",
      Tags: null,
      Aliases: [],
      CustomProperties: {},
      PreAuthSettings: { Active: false, MerchantId: "", InfoText: null, Delay: "0" },
    });
    const { created: _, lastModified: __, ...rest } = await shown(id);
    expect(rest).toEqual({
      keywordId: id,
      shortNumberId,
      keywordText,
      mode: "Exact",
      forwardUrl: FORWARD,
      enabled: false,
      preAuthSettings: { active: false, delay: 0 },
    });
  });

  it("shows the mode Text as it was said, and has it for Startswith", async () => {
    const text = keyword({ mode: "Text" });
    const id = await registered(text);
    expect(await shown(id)).toMatchObject({ mode: "Text" });
    expect(await messageOf(await post({ ...text, mode: "Startswith" }), 400)).toMatch(/is taken/);
  });

  it("is changed with 204 as a whole: what is left out is gone", async () => {
    const id = await registered({ tags: ["old"], aliases: ["older"] });
    const to = keyword({ mode: "Exact", enabled: false });
    const answer = await client.call("PUT", `/keywords/${id}`, to);
    expect(answer.status).toBe(204);
    const after = await shown(id);
    expect(after).toMatchObject({ ...to, keywordId: id });
    expect(after).not.toHaveProperty("tags");
    expect(after).not.toHaveProperty("aliases");
  });

  it("may be put back just as it was shown", async () => {
    const id = await registered({ tags: ["a"], preAuthSettings: { active: true, merchantId: "shop", delay: 0.25 } });
    const before = await shown(id);
    expect((await client.call("PUT", `/keywords/${id}`, before)).status).toBe(204);
    expect({ ...(await shown(id)), lastModified: 0 }).toEqual({ ...before, lastModified: 0 });
  });

  it("is gone once it is deleted, and its text is free", async () => {
    const said = keyword();
    const id = await registered(said);
    expect((await client.call("DELETE", `/keywords/${id}`)).status).toBe(204);
    await messageOf(await get(id), 404);
    await messageOf(await client.call("DELETE", `/keywords/${id}`), 404);
    await messageOf(await client.call("PUT", `/keywords/${id}`, said), 404);
    expect(await registered(said)).not.toBe(id);
  });

  const refusals: { name: string; body: Record<string, unknown>; why: RegExp }[] = [
    { name: "no text", body: { keywordText: undefined }, why: /^keywordText: is missing/ },
    { name: "an empty text", body: { keywordText: "  " }, why: /^keywordText: is empty/ },
    { name: "an unknown mode", body: { mode: "Fuzzy" }, why: /^mode: / },
    { name: "no mode", body: { mode: undefined }, why: /^mode: is missing/ },
    { name: "no address", body: { forwardUrl: undefined }, why: /^forwardUrl: is missing/ },
    { name: "an address of another kind", body: { forwardUrl: "ftp://shop.example" }, why: /^forwardUrl: / },
    { name: "nothing about whether it is on", body: { enabled: undefined }, why: /^enabled: is missing/ },
    {
      name: "a number that is not the account's",
      body: { shortNumberId: "NO-1999" },
      why: /^shortNumberId: .*NO-1999/,
    },
    { name: "a sender that is no short number", body: { shortNumberId: "Shop" }, why: /^shortNumberId: / },
    {
      name: "an expression with look-around",
      body: { mode: "Regex", keywordText: "(?=a)b" },
      why: /^keywordText: is not a regular expression that can be matched here.*Look-around/,
    },
    {
      name: "an alias with a back-reference",
      body: { mode: "Regex", keywordText: "ok", aliases: ["(a)\\1"] },
      why: /^aliases: is not a regular expression/,
    },
    {
      name: "an expression that is too long",
      body: { mode: "Regex", keywordText: "x".repeat(501) },
      why: /^keywordText: is longer than 500/,
    },
    {
      name: "pre-authorisation for nobody",
      body: { preAuthSettings: { active: true } },
      why: /^preAuthSettings.merchantId: is missing/,
    },
    {
      name: "pre-authorisation for another's merchant",
      body: { preAuthSettings: { active: true, merchantId: "nobody" } },
      why: /^preAuthSettings.merchantId: "nobody" is not a merchant/,
    },
    {
      name: "pre-authorisation by another's sender",
      body: { preAuthSettings: { active: true, merchantId: "shop", infoSender: "Bank" } },
      why: /^preAuthSettings.infoSender: "Bank"/,
    },
    {
      name: "a delay of more than a day",
      body: { preAuthSettings: { delay: 1441 } },
      why: /^preAuthSettings.delay: must be 0 to 1440 minutes/,
    },
  ];
  it.each(refusals)("is refused with $name", async ({ body, why }) => {
    expect(await messageOf(await post(keyword(body)), 400)).toMatch(why);
    const id = await registered();
    expect(await messageOf(await client.call("PUT", `/keywords/${id}`, keyword(body)), 400)).toMatch(why);
  });

  it("is refused where the same text stands in the same mode, also when it is changed into that", async () => {
    const said = keyword({ mode: "Exact" });
    await registered(said);
    const why = `keywordText: ${JSON.stringify(said.keywordText.toUpperCase())} is taken at ${seller.shortNumber} in mode exact`;
    expect(await messageOf(await post({ ...said, keywordText: said.keywordText.toUpperCase() }), 400)).toBe(why);
    const id = await registered();
    const put = await client.call("PUT", `/keywords/${id}`, { ...said, keywordText: said.keywordText.toUpperCase() });
    expect(await messageOf(put, 400)).toBe(why);
  });

  it("is refused where an alias of it is another's text, or its text another's alias", async () => {
    const said = keyword({ mode: "Exact" });
    await registered({ ...said, aliases: [`${said.keywordText}S`] });
    const alias = keyword({ mode: "Exact", aliases: [said.keywordText.toLowerCase()] });
    expect(await messageOf(await post(alias), 400)).toMatch(/is taken at/);
    const text = keyword({ mode: "Exact", keywordText: `${said.keywordText}s` });
    expect(await messageOf(await post(text), 400)).toMatch(/is taken at/);
  });

  it("is refused with properties that would hide how large they are", async () => {
    const deep = (levels: number): unknown => (levels === 0 ? "x" : [deep(levels - 1)]);
    expect((await post(keyword({ customProperties: { tags: deep(200) } }))).status).toBe(400);
  });

  it("is refused where the account has too many expressions already", async () => {
    const busy = strexClient(gateway, await openSeller(gateway));
    const own = ((await (await busy.call("GET", "/strex/merchants")).json()) as { shortNumberId: string }[])[0];
    const expression = (n: number) => ({
      ...keyword({ mode: "Regex", keywordText: `x${n}`, aliases: Array.from({ length: 49 }, (_, i) => `y${n}-${i}`) }),
      shortNumberId: own?.shortNumberId,
    });
    expect((await busy.call("POST", "/keywords", expression(1))).status).toBe(201);
    expect((await busy.call("POST", "/keywords", expression(2))).status).toBe(201);
    expect(await messageOf(await busy.call("POST", "/keywords", expression(3)), 400)).toMatch(/may have 100 regular/);
  });

  it("is refused where the account's expressions are too large together", async () => {
    const busy = strexClient(gateway, await openSeller(gateway));
    const own = ((await (await busy.call("GET", "/strex/merchants")).json()) as { shortNumberId: string }[])[0];
    const expression = (n: number) => ({
      ...keyword({ mode: "Regex", keywordText: `(\\p{L}|\\p{N}){150}${n}$`, aliases: [] }),
      shortNumberId: own?.shortNumberId,
    });
    let answer = await busy.call("POST", "/keywords", expression(0));
    for (let n = 1; n < 50 && answer.status === 201; n++) answer = await busy.call("POST", "/keywords", expression(n));
    expect(await messageOf(answer, 400)).toMatch(/expressions are too large together: repeat less/);
  });

  it("of another account is not there", async () => {
    const id = await registered();
    const other = strexClient(gateway, await openSeller(gateway));
    await messageOf(await other.call("GET", `/keywords/${id}`), 404);
    await messageOf(await other.call("DELETE", `/keywords/${id}`), 404);
    await messageOf(await other.call("PUT", `/keywords/${id}`, keyword()), 404);
    expect(await (await other.call("GET", "/keywords")).json()).toEqual([]);
    expect((await get(id)).status).toBe(200);
  });

  it("is asked for by its methods only, and with a credential", async () => {
    expect(await messageOf(await client.call("PATCH", "/keywords"), 405)).toMatch(/takes GET, POST/);
    expect(await messageOf(await client.call("POST", "/keywords/1"), 405)).toMatch(/takes GET, PUT, DELETE/);
    await messageOf(await gateway.fetch("/api/keywords"), 401);
  });

  describe("in a list", () => {
    let lister: ReturnType<typeof strexClient>;
    let number: string;
    beforeAll(async () => {
      const owner = await openSeller(gateway);
      lister = strexClient(gateway, owner);
      number = `NO-${owner.shortNumber}`;
      for (const more of [
        { keywordText: "Hello", mode: "Exact", tags: ["Foo", "Bar"] },
        { keywordText: "Hello", mode: "Text", tags: ["Foo"] },
        { keywordText: "*", mode: "Wildcard" },
      ]) {
        await lister.call("POST", "/keywords", { ...keyword(more), shortNumberId: number });
      }
    });

    const queries: [string, string[]][] = [
      ["", ["Exact", "Text", "Wildcard"]],
      ["?shortNumberId={number}", ["Exact", "Text", "Wildcard"]],
      ["?shortNumberId=NO-1", []],
      ["?keywordText=ell", ["Exact", "Text"]],
      ["?keywordText=ELL&mode=Exact", ["Exact"]],
      ["?mode=Text", ["Text"]],
      ["?mode=Startswith", []],
      ["?mode=d", []],
      ["?tag=Foo", ["Exact", "Text"]],
      ["?tag=Fo", []],
      ["?tag=Bar&mode=Exact&shortNumberId=&keywordText=", ["Exact"]],
      ["?shortNumberId=a&keywordText=b&mode=c&tag=d", []],
    ];
    it.each(queries)("is found by %j: %j", async (query, modes) => {
      const answer = await lister.call("GET", `/keywords${query.replace("{number}", number)}`);
      expect(answer.status).toBe(200);
      expect(((await answer.json()) as { mode: string }[]).map(({ mode }) => mode)).toEqual(modes);
    });
  });
});
