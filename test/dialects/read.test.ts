import { describe, expect, it } from "vitest";
import { z } from "zod";
import { GatewayError } from "../../src/core/kernel/errors.ts";
import { caseless, parse, parseJson, readBytes, sha256 } from "../../src/dialects/read.ts";
import { BODY_CAP } from "../../src/doors/body.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

describe("a JSON body", () => {
  const read = [
    { name: "is read as it is", body: '{"a": [1, "x", null]}', is: { a: [1, "x", null] } },
    { name: "may begin with a byte order mark", body: '\ufeff{"a": 1}', is: { a: 1 } },
    { name: "may have a comma before a closing brace", body: '{"a": 1, }', is: { a: 1 } },
    { name: "may have a comma before a closing bracket", body: "[1, 2,\n]", is: [1, 2] },
    { name: "keeps commas and brackets inside texts", body: '{"a": ",]", "b": "\\",}",}', is: { a: ",]", b: '",}' } },
  ];
  it.each(read)("$name", ({ body, is }) => {
    expect(parseJson(bytes(body))).toEqual(is);
  });

  const refused = [
    { name: "is not empty", body: bytes(" \n"), why: /empty/ },
    { name: "is not cut short", body: bytes('{"a": "b'), why: /not valid JSON/ },
    { name: "has no two commas", body: bytes("[1,,]"), why: /not valid JSON/ },
    { name: "is UTF-8", body: new Uint8Array([0x22, 0xe6, 0x22]), why: /UTF-8/ },
    // Millions of escaped quotes and no end: to look for the end from each of them would take hours.
    {
      name: "ends what it begins, however long it is",
      body: bytes(`["${'\\"'.repeat(2_500_000)}`),
      why: /not valid JSON/,
    },
  ];
  it.each(refused)("$name", ({ body, why }) => {
    expect(() => parseJson(body)).toThrow(GatewayError);
    expect(() => parseJson(body)).toThrow(why);
  });
});

describe("a body's bytes", () => {
  const streamOf = (...chunks: Uint8Array[]) =>
    new Request("http://a.test/", {
      method: "POST",
      body: new ReadableStream({
        start(controller) {
          for (const chunk of chunks) controller.enqueue(chunk);
          controller.close();
        },
      }),
      duplex: "half",
    } as RequestInit);

  it("are put together in order", async () => {
    expect(await readBytes(streamOf(bytes("one"), bytes("two")))).toEqual(bytes("onetwo"));
  });

  it("are none where there is no body", async () => {
    expect(await readBytes(new Request("http://a.test/"))).toHaveLength(0);
  });

  it("are read up to the cap", async () => {
    expect(await readBytes(streamOf(new Uint8Array(BODY_CAP)))).toHaveLength(BODY_CAP);
  });

  it("are refused beyond the cap, also when their number was not told", async () => {
    await expect(readBytes(streamOf(new Uint8Array(BODY_CAP), new Uint8Array(1)))).rejects.toThrow(/larger than 10 MB/);
  });
});

describe("an object read without regard to case", () => {
  const Shape = z.object({
    sendTime: z.string().optional(),
    isRestricted: z.boolean().optional(),
    inner: z.object({ someName: z.string() }).optional(),
    free: z.record(z.string(), z.unknown()).optional(),
  });
  const cases: { name: string; given: object; is: object }[] = [
    { name: "spells its members as the schema does", given: { SENDTIME: "x" }, is: { sendTime: "x" } },
    {
      name: "spells the members of an inner object too",
      given: { Inner: { SOMENAME: "x" } },
      is: { inner: { someName: "x" } },
    },
    { name: "leaves free members as they are", given: { Free: { Foo: 1 } }, is: { free: { Foo: 1 } } },
    { name: "leaves out what is null", given: { sendTime: null }, is: {} },
    { name: "leaves out what the schema does not know", given: { other: 1, constructor: 1, toString: 1 }, is: {} },
    { name: "knows a member by its other name", given: { Restricted: true }, is: { isRestricted: true } },
  ];
  it.each(cases)("$name", ({ given, is }) => {
    expect(caseless(Shape, given, { restricted: "isrestricted" })).toEqual(is);
  });

  it("leaves what is no object to the schema", () => {
    for (const given of [null, 7, "x", []]) expect(caseless(Shape, given)).toBe(given);
  });
});

describe("a value read with a schema", () => {
  const Shape = z.object({ name: z.string(), list: z.array(z.number()).optional() });
  const cases = [
    { name: "says what is missing", value: {}, why: "name: is missing" },
    { name: "says where the fault lies", value: { name: "x", list: [1, "2"] }, why: /^list\.1: / },
    { name: "says so when it is no object at all", value: 7, why: /object/ },
  ];
  it.each(cases)("$name", ({ value, why }) => {
    expect(() => parse(Shape, value)).toThrow(why);
  });
});

describe("sha256", () => {
  it("is written in hex", async () => {
    expect(await sha256("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });
});
