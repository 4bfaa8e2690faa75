/** Messages in XML: how they are read, in the forms that real clients write, and what the handset then shows. */

import { beforeAll, describe, expect, it } from "vitest";
import { readXml } from "../../../src/dialects/cm/xml.ts";
import { useGateway } from "../../support/gateway.ts";
import { aDocument, aMsgXml, postXml } from "./ashx.ts";
import { newGsm, openTokenAccount, type TokenAccount } from "./support.ts";

const TOKEN = "11111111-2222-3333-4444-555555555555";

/** A document around one MSG. */
const around = (msg: string) => aDocument({ token: TOKEN }, msg);
const readBody = (body: string) => readXml(around(aMsgXml("0044", { body }))).msgs[0];

describe("what is read", () => {
  it("is everything that a message may have, as it is written", () => {
    const more = [
      "<DCS>08</DCS><REFERENCE> order_7 </REFERENCE><APPKEY>a-key</APPKEY><VALIDITY> 2h </VALIDITY>",
      "<MINIMUMNUMBEROFMESSAGEPARTS>1</MINIMUMNUMBEROFMESSAGEPARTS>",
      "<MAXIMUMNUMBEROFMESSAGEPARTS> 8\n</MAXIMUMNUMBEROFMESSAGEPARTS>",
      "<CUSTOMGROUPING>one</CUSTOMGROUPING><CUSTOMGROUPING2>two</CUSTOMGROUPING2><CUSTOMGROUPING3>3</CUSTOMGROUPING3>",
      "<ALLOWEDCHANNELS>SMS, Viber</ALLOWEDCHANNELS>",
    ].join("");
    const body = '<BODY TYPE="AUTO"><![CDATA[ text & more ]]></BODY>';
    const { token, old, msgs } = readXml(around(aMsgXml(" 0044001 </TO><TO>+44 2", { body, more })));
    expect({ token, old }).toEqual({ token: TOKEN, old: undefined });
    expect(msgs).toEqual([
      {
        from: "Shop",
        to: ["0044001", "+44 2"],
        body: { content: " text & more ", type: "AUTO" },
        dcs: "08",
        reference: " order_7 ",
        appKey: "a-key",
        validity: "2h",
        minimumNumberOfMessageParts: "1",
        maximumNumberOfMessageParts: "8",
        customGrouping: "one",
        customGrouping2: "two",
        customGrouping3: "3",
        allowedChannels: ["SMS", "Viber"],
      },
    ]);
  });

  it("is nothing where an element is empty, or not there", () => {
    const more = "<DCS/><REFERENCE></REFERENCE><APPKEY> </APPKEY><VALIDITY/><ALLOWEDCHANNELS/>";
    expect(readXml(around(aMsgXml("0044", { from: "<FROM> </FROM>", body: "<BODY/>", more }))).msgs).toEqual([
      { to: ["0044"], body: { content: "" } },
    ]);
    expect(readXml(around("<MSG/>")).msgs).toEqual([{ to: [""] }]);
    expect(readXml("<MESSAGES/>")).toEqual({ token: undefined, old: undefined, msgs: [] });
  });

  it("is who calls, as the first years had it", () => {
    const { token, old, msgs } = readXml(
      `<MESSAGES PID="25"><CUSTOMER ID="4"/><USER LOGIN="shop" PASSWORD=" &quot;x&amp;"/><TARIFF>25</TARIFF>
       <MSG><FROM>Shop</FROM><BODY TYPE="TEXT">Hi</BODY><TO>0044</TO></MSG></MESSAGES>`,
    );
    expect({ token, old }).toEqual({ token: undefined, old: { id: "4", login: "shop", password: ' "x&' } });
    expect(msgs).toEqual([{ from: "Shop", to: ["0044"], body: { content: "Hi", type: "TEXT" } }]);
  });

  const channels = [
    "<ALLOWEDCHANNELS><CHANNEL>SMS</CHANNEL><CHANNEL> Viber</CHANNEL></ALLOWEDCHANNELS>",
    "<ALLOWEDCHANNELS>SMS,Viber</ALLOWEDCHANNELS>",
    "<CHANNEL>SMS</CHANNEL><CHANNEL>Viber</CHANNEL>",
    "<ALLOWEDCHANNELS>SMS</ALLOWEDCHANNELS><ALLOWEDCHANNELS>Viber</ALLOWEDCHANNELS>",
  ];
  it.each(channels)("is the channels in %s", (more) => {
    expect(readXml(around(aMsgXml("0044", { more }))).msgs).toMatchObject([{ allowedChannels: ["SMS", "Viber"] }]);
  });

  const texts = [
    { name: "the five names", body: "&lt;&gt;&amp;&quot;&apos;", is: "<>&\"'" },
    { name: "numbers, decimal and hex", body: "&#8364;&#x20AC;&#x20ac;&#0000233;", is: "€€€é" },
    { name: "half and half of a pair", body: "&#xD83D;&#xDE00; &#55357;&#56832;", is: "😀 😀" },
    { name: "a whole pair at once", body: "&#x1F600;&#128512;", is: "😀😀" },
    { name: "line breaks and tabs", body: "a&#10;b&#xD;&#9;c", is: "a\nb\r\tc" },
    { name: "what was escaped twice, once", body: "&amp;lt;&#38;amp;", is: "&lt;&amp;" },
    { name: "nothing, in CDATA", body: "<![CDATA[&amp;&#65;<b>&nbsp;]]>", is: "&amp;&#65;<b>&nbsp;" },
    { name: "a declaration that is only text", body: "<![CDATA[<!DOCTYPE html>]]>", is: "<!DOCTYPE html>" },
    { name: "all pieces in order", body: "a<![CDATA[b]]>c<!-- no -->d<b>e</b>f<![CDATA[]]>", is: "abcdef" },
    { name: "no space that was not there", body: " a  b\n", is: " a  b\n" },
    { name: "lines as XML has them", body: "a\r\nb\rc<![CDATA[\r\n]]>", is: "a\nb\nc\n" },
    { name: "letters as they are", body: "æøå €你好😀", is: "æøå €你好😀" },
    { name: "what looks like a number", body: "007", is: "007" },
    { name: "what looks like a number with more of it", body: "0x1F", is: "0x1F" },
    { name: "what looks like a truth", body: "true", is: "true" },
    { name: "a closing of CDATA without one", body: "]]", is: "]]" },
  ];
  it.each(texts)("in a text is $name", ({ body, is }) => {
    expect(readBody(`<BODY>${body}</BODY>`)).toMatchObject({ body: { content: is } });
  });

  it("is the numbers with all their digits", () => {
    const { msgs } = readXml(around(aMsgXml("0044123456789012345678</TO><TO>1e5</TO><TO>+1.0")));
    expect(msgs).toMatchObject([{ to: ["0044123456789012345678", "1e5", "+1.0"] }]);
  });

  const prologs = [
    "",
    '<?xml version="1.0"?>',
    '<?xml version="1.0" encoding="UTF-8"?>\n',
    "<?xml version='1.0' encoding='utf-8' standalone='no'?>\r\n",
    '\n  <?xml version = "1.0" ?>\n<!-- made by hand -->\n',
    "\n",
  ];
  it.each(prologs)("may begin with %j", (prolog) => {
    expect(readXml(`${prolog}${around(aMsgXml("0044"))}\n`).msgs).toHaveLength(1);
  });

  it("passes over elements and attributes that nobody knows, and those in small letters", () => {
    const more = "<from>Other</from><X Y='1'><TO>0099</TO></X><toString/><hasOwnProperty>1</hasOwnProperty>";
    expect(readXml(around(aMsgXml("0044", { more, body: "<BODY LANG='en' valueOf='1'>Hi</BODY>" }))).msgs).toEqual([
      { from: "Shop", to: ["0044"], body: { content: "Hi" } },
    ]);
  });
});

describe("what is no request", () => {
  const declared = '<!DOCTYPE MESSAGES [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>';
  const cases: [string, string][] = [
    ["nothing", ""],
    ["white space", " \n"],
    ["a text", "Hello"],
    ["JSON", '{"messages":{}}'],
    ["a form", "xml=%3CMESSAGES%3E"],
    ["another root", "<MSGS></MSGS>"],
    ["a root in small letters", "<messages><msg/></messages>"],
    ["two roots", "<MESSAGES/><MESSAGES/>"],
    ["text before the root", "x<MESSAGES/>"],
    ["text after the root", "<MESSAGES></MESSAGES>x"],
    ["CDATA beside the root", "<![CDATA[x]]><MESSAGES/>"],
    ["a root that does not end", "<MESSAGES>"],
    ["elements that cross", "<MESSAGES><MSG><TO></MSG></TO></MESSAGES>"],
    ["an end without a beginning", "</MESSAGES>"],
    ["a tag that does not end", "<MESSAGES><MSG"],
    ["a value that does not end", '<MESSAGES PID="1></MESSAGES>'],
    ["an attribute without a value", "<MESSAGES PID></MESSAGES>"],
    ["an attribute that is there twice", '<MESSAGES PID="1" PID="2"/>'],
    ["a tag in a value", '<MESSAGES PID="<MSG>"/>'],
    ["a comment that does not end", "<MESSAGES/><!-- "],
    ["CDATA that does not end", "<MESSAGES><![CDATA[x</MESSAGES>"],
    ["an & by itself", around(aMsgXml("0044", { body: "<BODY>R&D</BODY>" }))],
    ["an & before a space", around(aMsgXml("0044", { body: "<BODY>a & b</BODY>" }))],
    ["an entity of HTML", around(aMsgXml("0044", { body: "<BODY>&nbsp;</BODY>" }))],
    ["an entity that is not there", around(aMsgXml("0044", { body: "<BODY>&x;</BODY>" }))],
    ["an entity in capitals", around(aMsgXml("0044", { body: "<BODY>&AMP;</BODY>" }))],
    ["an entity in a value", `<MESSAGES PID="&x;"/>`],
    ["a reference to nothing", around(aMsgXml("0044", { body: "<BODY>&#0;</BODY>" }))],
    ["a reference to a control character", around(aMsgXml("0044", { body: "<BODY>&#x1;</BODY>" }))],
    ["a reference beyond the last character", around(aMsgXml("0044", { body: "<BODY>&#x110000;</BODY>" }))],
    ["a reference without a number", around(aMsgXml("0044", { body: "<BODY>&#;</BODY>" }))],
    ["a reference with a large X", around(aMsgXml("0044", { body: "<BODY>&#X41;</BODY>" }))],
    ["a reference to half a pair", around(aMsgXml("0044", { body: "<BODY>&#xD83D;</BODY>" }))],
    ["a reference to the wrong half first", around(aMsgXml("0044", { body: "<BODY>&#xDE00;&#xD83D;</BODY>" }))],
    ["a control character", around(aMsgXml("0044", { body: "<BODY>a\u0000b</BODY>" }))],
    ["no character", around(aMsgXml("0044", { body: "<BODY>\uffff</BODY>" }))],
    ["a type that is declared", `<!DOCTYPE MESSAGES><MESSAGES/>`],
    ["a type in small letters", `<!doctype MESSAGES><MESSAGES/>`],
    ["a type after the prolog and a comment", `<?xml version="1.0"?> <!-- x --> <!DOCTYPE MESSAGES><MESSAGES/>`],
    ["a type after the root", "<MESSAGES/><!DOCTYPE MESSAGES>"],
    ["a type within the root", "<MESSAGES><!DOCTYPE MESSAGES></MESSAGES>"],
    ["a type behind what looks like a comment", `<MESSAGES PID="<!--"><!DOCTYPE a><B C="-->"/></MESSAGES>`],
    ["a type behind an instruction", `<?a '?><!--' ?><!DOCTYPE a> --><MESSAGES/>`],
    ["entities of its own", `${declared}${around(aMsgXml("0044", { body: "<BODY>&b;</BODY>" }))}`],
    [
      "an entity from elsewhere",
      `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>${around(aMsgXml("0044", { body: "<BODY>&x;</BODY>" }))}`,
    ],
    ["a type from elsewhere", `<!DOCTYPE a SYSTEM "https://example.com/a.dtd">${around(aMsgXml("0044"))}`],
    ["an entity without a type", '<MESSAGES><!ENTITY x "y"></MESSAGES>'],
    ["an instruction", "<?php echo 1; ?><MESSAGES/>"],
    ["a stylesheet", '<?xml version="1.0"?><?xml-stylesheet href="x"?><MESSAGES/>'],
    ["an element named __proto__", "<MESSAGES><__proto__><MSG/></__proto__></MESSAGES>"],
    ["an element named constructor", "<MESSAGES><constructor/></MESSAGES>"],
    ["an attribute named __proto__", '<MESSAGES __proto__="1"/>'],
    ["an element that is named like a text", "<MESSAGES><#text>x</#text></MESSAGES>"],
    ["more levels than there are", "<MESSAGES>".repeat(20) + "</MESSAGES>".repeat(20)],
  ];
  it.each(cases)("is %s", (_, xml) => {
    expect(() => readXml(xml)).toThrow(expect.objectContaining({ refusal: "bad-request" }));
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  // None of them takes long: what is too much is seen before anything is made of it.
  const MEGABYTES = 10 * 1024 * 1024;
  const filled = (piece: string, length = MEGABYTES) => piece.repeat(Math.floor(length / piece.length));
  const bombs: [string, () => string, refusal?: string][] = [
    ["elements in elements", () => filled("<a>")],
    ["elements side by side", () => `<MESSAGES>${filled("<a/>")}</MESSAGES>`, "too-large"],
    ["attributes", () => `<MESSAGES ${filled('a="1" ')}/>`],
    [
      "attributes that are all different",
      () => `<MESSAGES ${[...Array(1e6).keys()].map((n) => `a${n}=""`).join(" ")}/>`,
    ],
    ["quotes", () => `<MESSAGES ${filled("'")}`],
    ["spaces", () => `<MESSAGES${filled(" ")}/>`],
    ["space before anything", () => `${filled("\n")}<MESSAGES/>`],
    ["brackets", () => filled("<")],
    ["beginnings of comments", () => filled("<!--")],
    ["beginnings of CDATA", () => filled("<![CDATA[")],
    ["comments", () => `<MESSAGES>${filled("<!---->")}</MESSAGES>`, "too-large"],
    ["pieces of CDATA", () => `<MESSAGES>${filled("<![CDATA[]]>")}</MESSAGES>`, "too-large"],
    ["a text without an end", () => `<MESSAGES>${filled("x")}`],
    ["an endless prolog", () => `<?xml ${filled(' a="1"')}`],
    ["instructions", () => filled("<?a ?>")],
    ["declarations", () => filled("<!DOCTYPE ")],
    ["references", () => `<MESSAGES>${filled("&#38;<b/>")}</MESSAGES>`, "too-large"],
    ["names", () => `<${filled("a")}/>`],
    ["ampersands", () => `<MESSAGES>${filled("&", 900_000)}</MESSAGES>`],
    ["ends that do not fit", () => `<MESSAGES>${filled("<a></b>", 600_000)}</MESSAGES>`],
  ];
  it.each(bombs)("is ten megabytes of %s", (_, make, refusal = "bad-request") => {
    expect(() => readXml(make())).toThrow(expect.objectContaining({ refusal }));
  });
});

describe("a message in XML", () => {
  const gateway = useGateway();
  let account: TokenAccount;
  beforeAll(async () => {
    account = await openTokenAccount(gateway);
  });

  const taken = { status: 200, text: "", type: null };
  /** As bytes, so that no type is said for them. */
  const bytesOf = (text: string) => new Uint8Array(new TextEncoder().encode(text));
  const shown = (gsm: string) => gateway.handset(gsm.replace("00", "+"), { wait: 20 });

  it("is taken with an empty answer, and arrives", async () => {
    const to = newGsm();
    const answer = await gateway.fetch("/gateway.ashx", { method: "POST", body: aDocument(account, aMsgXml(to)) });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-length")).toBe("0");
    expect(answer.headers.get("content-type")).toBe(null);
    expect((await answer.arrayBuffer()).byteLength).toBe(0);
    expect(await shown(to)).toMatchObject([{ from: "Shop", text: "Your parcel is here", parts: 1, encoding: "gsm7" }]);
  });

  const NAMED = "Bus & bil <3 \"quoted\" 'single'";
  const clients: {
    name: string;
    type?: string | undefined;
    body: (to: string, token: string) => string;
    is: Record<string, unknown>;
  }[] = [
    {
      name: "the Ruby gem",
      type: "application/xml",
      body: (to, token) =>
        `<?xml version="1.0" encoding="UTF-8"?><MESSAGES><AUTHENTICATION><PRODUCTTOKEN>${token}</PRODUCTTOKEN></AUTHENTICATION><MSG><FROM>Shop</FROM><TO>${to}</TO><DCS>8</DCS><BODY>lorem ipsum &amp; 你好</BODY><REFERENCE>Ref:123</REFERENCE></MSG></MESSAGES>`,
      is: { text: "lorem ipsum & 你好", encoding: "ucs2" },
    },
    {
      name: "Apache Camel, whose transformer breaks pairs",
      type: "text/plain; charset=UTF-8",
      body: (to, token) =>
        [
          `<?xml version="1.0" encoding="UTF-8" standalone="no"?>`,
          `<MESSAGES>\n    <AUTHENTICATION>\n        <PRODUCTTOKEN>${token}</PRODUCTTOKEN>\n    </AUTHENTICATION>`,
          `    <MSG>\n        <FROM>Shop</FROM>\n        <BODY>Smile &#55357;&#56832;${"!".repeat(70)}</BODY>`,
          `        <TO>${to.replace("00", "+")}</TO>\n        <DCS>8</DCS>\n        <REFERENCE>af23</REFERENCE>`,
          `        <MINIMUMNUMBEROFMESSAGEPARTS>1</MINIMUMNUMBEROFMESSAGEPARTS>`,
          `        <MAXIMUMNUMBEROFMESSAGEPARTS>2</MAXIMUMNUMBEROFMESSAGEPARTS>\n    </MSG>\n</MESSAGES>\n`,
        ].join("\r\n"),
      is: { text: `Smile 😀${"!".repeat(70)}`, parts: 2, encoding: "ucs2" },
    },
    {
      name: "PHP's SimpleXML",
      type: "application/xml",
      body: (to, token) =>
        `<?xml version="1.0"?>\n<MESSAGES><AUTHENTICATION><PRODUCTTOKEN>${token}</PRODUCTTOKEN></AUTHENTICATION><MSG><FROM>Shop</FROM><TO>${to.replace("00", "")}</TO><MINIMUMNUMBEROFMESSAGEPARTS>1</MINIMUMNUMBEROFMESSAGEPARTS><MAXIMUMNUMBEROFMESSAGEPARTS>8</MAXIMUMNUMBEROFMESSAGEPARTS><BODY>Costs &#x20AC;5 &#xE0; vous</BODY></MSG></MESSAGES>\n`,
      is: { text: "Costs €5 à vous", encoding: "gsm7" },
    },
    {
      name: "a plugin that puts everything into CDATA",
      type: "text/xml; charset=utf-8",
      body: (to, token) =>
        `<MESSAGES><AUTHENTICATION><PRODUCTTOKEN><![CDATA[${token}]]></PRODUCTTOKEN></AUTHENTICATION><MSG><FROM><![CDATA[Shop]]></FROM><DCS><![CDATA[0]]></DCS><TO><![CDATA[${to}]]></TO><BODY><![CDATA[${NAMED}]]></BODY><REFERENCE><![CDATA[r_1]]></REFERENCE></MSG></MESSAGES>`,
      is: { text: NAMED },
    },
    {
      name: "curl, which says that it is a form",
      type: "application/x-www-form-urlencoded",
      body: (to, token) =>
        `<MESSAGES>\n <AUTHENTICATION>\n  <PRODUCTTOKEN>\n   ${token}\n  </PRODUCTTOKEN>\n </AUTHENTICATION>\n <MSG>\n  <FROM>\n   Shop\n  </FROM>\n  <TO>\n   ${to}\n  </TO>\n  <BODY>1 + 1 = 2%20</BODY>\n </MSG>\n</MESSAGES>`,
      is: { text: "1 + 1 = 2%20" },
    },
    {
      name: "a script that says that it is JSON",
      type: "application/json;charset=UTF-8",
      body: (to, token) =>
        `<MESSAGES><MSG><REFERENCE>7</REFERENCE><BODY TYPE="AUTO">Ça va? ж</BODY><TO>${to}</TO><FROM>Shop</FROM></MSG><AUTHENTICATION><PRODUCTTOKEN>${token.toUpperCase()}</PRODUCTTOKEN></AUTHENTICATION></MESSAGES>`,
      is: { text: "Ça va? ж", encoding: "ucs2" },
    },
    {
      name: "a device that says nothing of it, and begins with a mark",
      type: undefined,
      body: (to, token) => `\ufeff<?xml version="1.0"?>${aDocument({ token }, aMsgXml(to))}`,
      is: { text: "Your parcel is here" },
    },
    {
      name: "a client that sends what its alphabet has not",
      body: (to, token) => aDocument({ token }, aMsgXml(to, { body: "<BODY>Привет, Bob</BODY>" })),
      is: { text: "??????, Bob", encoding: "gsm7" },
    },
  ];
  it.each(clients)("arrives as $name writes it", async ({ type, body, is }) => {
    const to = newGsm();
    expect(await postXml(gateway, bytesOf(body(to, account.token)), { type })).toEqual(taken);
    expect(await shown(to)).toMatchObject([{ from: "Shop", ...is }]);
  });

  it("goes to everybody it names, and so do the others beside it", async () => {
    const [one, two, three] = [newGsm(), newGsm(), newGsm()];
    const other = aMsgXml(three, { body: "<BODY>Another</BODY>" });
    expect(await postXml(gateway, aDocument(account, aMsgXml(`${one}</TO><TO>${two}`), other))).toEqual(taken);
    for (const to of [one, two]) expect(await shown(to)).toMatchObject([{ text: "Your parcel is here" }]);
    expect(await shown(three)).toMatchObject([{ text: "Another" }]);
  });

  it("may be one of a thousand", async () => {
    const all = Array.from({ length: 1000 }, () => aMsgXml(newGsm()));
    expect(await postXml(gateway, aDocument(account, ...all))).toEqual(taken);
  });

  it("may have as many recipients as are taken all or none, who all get it", async () => {
    const to = Array.from({ length: 10_000 }, (_, n) => `0047920${String(n).padStart(5, "0")}`);
    expect(await postXml(gateway, aDocument(account, aMsgXml(to.join("</TO><TO>"))))).toEqual(taken);
    for (const gsm of [to[0], to[9_999]]) expect(await shown(gsm as string)).toHaveLength(1);
  });

  it("is sent for a customer of the first years", async () => {
    const { id: owner } = await gateway.account("A shop of old");
    await gateway.operator("POST", `/admin/v1/accounts/${owner}/credentials`, {
      dialect: "cm",
      kind: "product-token",
      name: "of-old",
      secret: "25:shop:s3cret",
    });
    const to = newGsm();
    const old = (password: string) =>
      `<MESSAGES PID="25"><CUSTOMER ID="25" /><USER LOGIN="shop" PASSWORD="${password}" /><TARIFF>0</TARIFF>${aMsgXml(to)}</MESSAGES>`;
    expect((await postXml(gateway, old("guess"))).text).toBe(
      "Error: ERROR No account found for the given authentication",
    );
    expect(await postXml(gateway, old("s3cret"))).toEqual(taken);
    expect(await shown(to)).toHaveLength(1);
  });

  const paths = [
    "/gateway.ashx",
    "/Gateway.ashx",
    "/GATEWAY.ASHX",
    "/gateway.ashx/",
    "/cm/gateway.ashx",
    "/CM/Gateway.ashx",
    "/smssgateway/cm/gateway.ashx",
    "/SmssGateway/CM/gateway.ashx/",
  ];
  it.each(paths)("may be sent to %s", async (path) => {
    const to = newGsm();
    expect(await postXml(gateway, aDocument(account, aMsgXml(to)), { path })).toEqual(taken);
    expect(await shown(to)).toHaveLength(1);
  });

  it("may be sent twice, under the same reference: each is a message of its own", async () => {
    const to = newGsm();
    const document = aDocument(account, aMsgXml(to, { more: "<REFERENCE>again</REFERENCE>" }));
    for (const _ of [1, 2]) expect(await postXml(gateway, document)).toEqual(taken);
    await gateway.advance(1);
    expect(await shown(to)).toHaveLength(2);
  });
});
