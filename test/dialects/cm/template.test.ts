/** What customers write for their reports: what is filled in, how it is escaped, and what is refused. */

import { describe, expect, it } from "vitest";
import { PARAMETERS, type Values } from "../../../src/dialects/cm/parameters.ts";
import { faultIn, faultInAddress, fillAddress, fillBody, fillQuery } from "../../../src/dialects/cm/template.ts";

const AWKWARD = `a "b" & <c>\\ 'd' æ\u0001 ]]> [STATUS]`;
const values = {
  ...Object.fromEntries(PARAMETERS.map((name) => [name, name.toLowerCase()])),
  STATUS: "2",
  REFERENCE: "order 7/8",
  "+GSM": "+4798079008",
  CUSTOMGROUPING: AWKWARD,
} as Values;

describe("an address", () => {
  it("has the default parameters in its query, in the guide's order, beside what it has already", () => {
    const names = "CREATED_S, DATETIME_S, GSM, REFERENCE, STANDARDERRORTEXT, STATUS, STATUSDESCRIPTION".split(", ");
    const filled = new URL(fillQuery("https://shop.example/dlr?shop=1", values));
    expect([...filled.searchParams.keys()]).toEqual(["shop", ...names]);
    expect(filled.searchParams.get("REFERENCE")).toBe("order 7/8");
  });

  it.each([
    ["?ref=[REFERENCE]&s=[STATUS]", "?ref=order%207%2F8&s=2"],
    ["?ref=%5BREFERENCE%5D&s=%5bSTATUS%5d", "?ref=order%207%2F8&s=2"],
    ["/[STATUS]/[REFERENCE]", "/2/order%207%2F8"],
    ["?to=[+GSM]", "?to=%2B4798079008"],
    ["?to=%5B%2BGSM%5D", "?to=%2B4798079008"],
    ["?order[]=1&item[a]=2&s=[STATUS]", "?order[]=1&item[a]=2&s=2"],
    ["?g=[CUSTOMGROUPING]", `?g=${encodeURIComponent(AWKWARD)}`],
  ])("of the form %s is filled in, and nothing is put behind it", (written, filled) => {
    expect(fillQuery(`https://shop.example${written}`, values)).toBe(`https://shop.example${filled}`);
  });

  it("whose names stand behind the # alone has the default parameters as well, since nobody hears what is there", () => {
    const filled = new URL(fillQuery("https://shop.example/dlr#[REFERENCE]", values));
    expect(filled.searchParams.get("REFERENCE")).toBe("order 7/8");
    expect(filled.pathname).toBe("/dlr");
  });

  it.each([
    ["/dlr/[REFERENCE]/end", "..", "/dlr/%252E%252E/end"],
    ["/dlr/[REFERENCE]", ".", "/dlr/%252E"],
    ["/dlr/.[REFERENCE]?x=[REFERENCE]", ".", "/dlr/%252E%252E?x=."],
    ["/dlr/%2e[REFERENCE]", ".", "/dlr/%252E%252E"],
    ["/dlr/[REFERENCE]#/[REFERENCE]", "..", "/dlr/%252E%252E#/.."],
    ["/dlr/a[REFERENCE]", "..", "/dlr/a.."],
    ["/dlr/x.y/[REFERENCE]", "a/../b", "/dlr/x.y/a%2F..%2Fb"],
  ])("%s stays where it is, whatever is filled in: %j", (written, reference, path) => {
    const url = `https://shop.example${written}`;
    const filled = fillAddress(url, { ...values, REFERENCE: reference });
    expect(filled).toBe(`https://shop.example${path}`);
    expect(new URL(filled).href).toBe(filled);
  });

  it("may climb by itself, where its customer wrote it so", () => {
    expect(fillAddress("https://shop.example/a/../[STATUS]", values)).toBe("https://shop.example/a/../2");
  });

  it.each(PARAMETERS)("may name %s", (name) => {
    const filled = new URL(fillQuery(`https://shop.example/?x=[${name}]`, values));
    expect([...filled.searchParams]).toEqual([["x", values[name].toWellFormed()]]);
  });

  it("of a POST is filled in, but has nothing put behind it", () => {
    expect(fillAddress("https://shop.example/dlr", values)).toBe("https://shop.example/dlr");
    expect(fillAddress("https://shop.example/dlr/[STATUS]", values)).toBe("https://shop.example/dlr/2");
  });

  it("is filled in even with half a character", () => {
    expect(fillAddress("/[REFERENCE]", { ...values, REFERENCE: "\ud83d" })).toBe("/%EF%BF%BD");
  });

  it("with a name nobody knows is told of, and what is no name is not", () => {
    expect(faultInAddress("https://shop.example/?r=[REFRENCE]")).toMatch(/^\[REFRENCE\] is not known; .*REFERENCE/);
    expect(faultInAddress("https://shop.example/?r=%5BREFRENCE%5D")).toMatch(/^\[REFRENCE\] is not known/);
    expect(faultInAddress("https://shop.example/?order[]=1&item[a]=[STATUS]&to=[+GSM]")).toBeUndefined();
  });
});

describe("a body", () => {
  it("is the vendor's JSON where nobody wrote one", () => {
    const { type, body } = fillBody(undefined, values);
    expect(type).toBe("application/json");
    expect(body).toBe(
      '{"messages":{"msg":{"received":"created_s","to":"gsm","reference":"order 7/8","status":{"code":"2",' +
        '"errorCode":"statusdescription","errorDescription":"standarderrortext"},"operator":"operator"}}}',
    );
    expect(fillBody(" \n", values)).toEqual({ type, body });
  });

  it("of JSON holds what is filled in as it is, quotes and all", () => {
    const { type, body } = fillBody('{"g": "[CUSTOMGROUPING]", "s": [STATUS], "all": [["x"], [true]]}', values);
    expect(type).toBe("application/json");
    expect(JSON.parse(body)).toEqual({ g: AWKWARD, s: 2, all: [["x"], [true]] });
  });

  it("of XML holds what is filled in as it is, but for what no XML may have", () => {
    const written = '<?xml version="1.0"?>\n<MSG AT="[CREATED_S]" G="[CUSTOMGROUPING]"><TO>[+GSM]</TO></MSG>';
    expect(fillBody(written, values)).toEqual({
      type: "application/xml",
      body:
        '<?xml version="1.0"?>\n<MSG AT="created_s" G="a &quot;b&quot; &amp; &lt;c&gt;\\ &apos;d&apos; æ ]]&gt; [STATUS]">' +
        "<TO>+4798079008</TO></MSG>",
    });
  });

  it("of XML may have CDATA: nothing in it is escaped, and it does not end too soon", () => {
    const { body } = fillBody("<G><![CDATA[STATUS]]><![CDATA[[CUSTOMGROUPING]]]></G>", values);
    const content = `a "b" & <c>\\ 'd' æ ]]]]><![CDATA[> [STATUS]`;
    expect(body).toBe(`<G><![CDATA[STATUS]]><![CDATA[${content}]]></G>`);
  });
});

describe("a template", () => {
  it.each([
    "",
    '{"ref": "[REFERENCE]", "ok": [STATUSISSUCCESS], "id": [ID]}',
    ' {"a": [true], "b": ["x"]}',
    "<R><TO>[GSM]</TO><C><![CDATA[[REFERENCE]]]></C></R>",
    '<MESSAGES SENT="[DATETIME_S]"><MSG RECEIVED="[CREATED_S]"><TO>[+GSM]</TO></MSG></MESSAGES>',
  ])("of the form %j is taken", (template) => {
    expect(faultIn(template)).toBeUndefined();
  });

  it.each(['{"ref": "[REFRENCE]"}', "<R>[REFRENCE]</R>", "<R><![CDATA[[REFRENCE]]]></R>"])(
    "that names what nobody knows is refused, and told all names: %s",
    (template) => {
      const fault = faultIn(template);
      expect(fault).toMatch(/^\[REFRENCE\] is not known/);
      for (const name of PARAMETERS) expect(fault).toContain(name);
    },
  );

  it("has its names in capitals", () => {
    expect(faultIn('{"ref": "[reference]"}')).toMatch(/^\[reference\] is not known/);
  });

  it.each([
    ['{"ref": "[REFERENCE]"', /not valid JSON/],
    ['{"ref": [REFERENCE]}', /not valid JSON/],
    ['{"status": 1[CREATED_S]}', /not valid JSON/],
    ["ref=[REFERENCE]", /begins with no < and is not valid JSON/],
    ["<R><TO>[GSM]</R>", /not valid XML: .*TO.* \(line 1\)/],
    ["<[STATUS]/>", /not valid XML/],
  ])("that would be broken once it is filled in is refused: %s", (template, fault) => {
    expect(faultIn(template)).toMatch(fault);
  });
});
