/** Rich content: what a person is shown of it, what is refused, and what SDKs write that is not. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Bubble, Button } from "../../../src/core/messages/rich.ts";
import { MessageError } from "../../../src/dialects/cm/errors.ts";
import { toRich } from "../../../src/dialects/cm/rich.ts";

/** As the JSON gateway hands it over, whatever it is. */
const read = (given: unknown, settings = {}) => toRich(given as Record<string, never>, settings);
const bubblesOf = (...conversation: unknown[]) => read({ conversation }).bubbles;
const buttonsOf = (...suggestions: unknown[]) => read({ suggestions }).buttons;

const MEDIA = { mediaName: "A cat", mediaUri: "https://cat.example/1.jpg", mimeType: "image/jpeg" };
const SHOWN_MEDIA = { url: "https://cat.example/1.jpg", type: "image/jpeg", name: "A cat" };
const REPLY = { action: "Reply", label: "Yes", postbackdata: "YES" };
const YES: Button = { label: "Yes", action: "reply", value: "YES" };

describe("a conversation", () => {
  const kinds: { name: string; item: unknown; bubbles: Bubble[] }[] = [
    { name: "a text", item: { text: "Hello" }, bubbles: [{ text: "Hello" }] },
    {
      name: "a text with buttons under it",
      item: { text: "Coming?", suggestions: [REPLY], tag: "x", context: null },
      bubbles: [{ text: "Coming?", buttons: [YES] }],
    },
    { name: "a picture", item: { media: MEDIA }, bubbles: [{ media: SHOWN_MEDIA }] },
    { name: "a picture without a name", item: { media: { mediaUri: "u" } }, bubbles: [{ media: { url: "u" } }] },
    {
      name: "a card",
      item: { header: "Cat", text: "A cat", media: MEDIA, suggestions: [REPLY] },
      bubbles: [{ header: "Cat", text: "A cat", media: SHOWN_MEDIA, buttons: [YES] }],
    },
    {
      name: "a carousel, each of its cards",
      item: { carousel: { cardWidth: "medium", cards: [{ header: "1", suggestions: [REPLY] }, { header: "2" }] } },
      bubbles: [{ header: "1", buttons: [YES] }, { header: "2" }],
    },
    {
      name: "a location",
      item: { location: { latitude: 59.9139, longitude: "10.7522", label: "Oslo", radius: 5 } },
      bubbles: [{ text: "Oslo", buttons: [{ label: "Oslo", action: "locate", value: "59.9139,10.7522" }] }],
    },
    {
      name: "a place that is searched for",
      item: { location: { searchQuery: "Oslo S" } },
      bubbles: [{ text: "Oslo S", buttons: [{ label: "Oslo S", action: "locate", value: "Oslo S" }] }],
    },
    {
      name: "contacts, by name and numbers",
      item: {
        contacts: [
          { name: { formatted_name: "Kari Nordmann" }, phones: [{ phone: "+4798079008" }, { phone: "+4722000000" }] },
          { name: { first_name: "Ola", last_name: "Nordmann" }, phones: null },
          { org: { company: "Sild AS" }, phones: [{ phone: "+4722000001" }] },
        ],
      },
      bubbles: [{ text: "Kari Nordmann: +4798079008, +4722000000\nOla Nordmann\nSild AS: +4722000001" }],
    },
    {
      name: "a payment",
      item: {
        payment: { merchantName: "Shop", description: "Shoes", total: 499.5, currencyCode: "NOK", lineItems: [] },
      },
      bubbles: [{ header: "Shop", text: "Shoes, 499.5 NOK", buttons: [{ label: "Pay", action: "other" }] }],
    },
    {
      name: "a list to pick from, beside its text",
      item: {
        text: "Which?",
        listPicker: { label: "Sizes", media: MEDIA, options: [{ label: "38" }, { label: "39" }] },
      },
      bubbles: [
        { text: "Which?" },
        {
          text: "Sizes",
          media: SHOWN_MEDIA,
          buttons: [
            { label: "38", action: "other" },
            { label: "39", action: "other" },
          ],
        },
      ],
    },
    {
      name: "times to pick from",
      item: { calendarPicker: { options: [{ title: "Early" }, { startTime: "08:00", endTime: "09:00" }] } },
      bubbles: [
        {
          text: "Choose a time",
          buttons: [
            { label: "Early", action: "other" },
            { label: "08:00 – 09:00", action: "other" },
          ],
        },
      ],
    },
    {
      name: "a sign-in",
      item: { oauth2: { responseType: "code", scope: ["mail"] } },
      bubbles: [{ text: "Sign in", buttons: [{ label: "Sign in", action: "other" }] }],
    },
    { name: "what nobody knows, as nothing", item: { hologram: { of: "a cat" }, $type: "x" }, bubbles: [] },
    { name: "what is all null, as nothing", item: { text: null, media: null, carousel: null }, bubbles: [] },
  ];
  it.each(kinds)("shows $name", ({ item, bubbles }) => {
    expect(bubblesOf(item)).toEqual(bubbles);
  });

  it("shows each item in its order, and the buttons under all of them apart", () => {
    const given = { conversation: [{ text: "1" }, null, { text: "2" }], suggestions: [REPLY] };
    expect(read(given)).toEqual({ bubbles: [{ text: "1" }, { text: "2" }], buttons: [YES], given });
  });

  it("reads keys of any case, at every level", () => {
    const given = {
      CONVERSATION: [{ Text: "1", MEDIA: { MediaUri: "u" }, Suggestions: [{ ACTION: "reply", LABEL: "x" }] }],
    };
    expect(read(given).bubbles).toEqual([
      { text: "1", media: { url: "u" }, buttons: [{ label: "x", action: "reply" }] },
    ]);
  });

  it.each([{}, { conversation: null, suggestions: null }, { conversation: [], suggestions: [] }])(
    "may be left away: %j",
    (given) => {
      expect(read(given)).toEqual({ bubbles: [], buttons: [], given });
    },
  );
});

describe("a WhatsApp template", () => {
  const parameters = (...given: unknown[]) => [{ type: "body", parameters: given }];
  const text = (value: string) => ({ type: "text", text: value });

  const cases: { name: string; whatsapp: Record<string, unknown>; bubble: Bubble }[] = [
    { name: "its name", whatsapp: {}, bubble: { text: "order" } },
    {
      name: "what it is filled with, in order",
      whatsapp: {
        components: [{ type: "header", parameters: [text("Shop")] }, ...parameters(text("Kari"), text("two"))],
      },
      bubble: { text: "order: Shop, Kari, two" },
    },
    {
      name: "money and times in their words",
      whatsapp: {
        components: parameters(
          { type: "currency", currency: { fallback_value: "kr 99", code: "NOK", amount_1000: 99_000 } },
          { type: "currency", currency: { code: "NOK", amount_1000: "1500" } },
          { type: "date_time", date_time: { fallback_value: "Friday" } },
          { type: "date_time", date_time: { component: { day_of_month: 1, hour: 9 } } },
        ),
      },
      bubble: { text: "order: kr 99, 1.50 NOK, Friday, 1 9" },
    },
    {
      name: "the older parameters",
      whatsapp: { localizable_params: [{ default: "one" }, { currency: { currency_code: "EUR", amount_1000: 5000 } }] },
      bubble: { text: "order: one, 5.00 EUR" },
    },
    {
      name: "media, as PHP, Java and .NET write it",
      whatsapp: {
        components: [{ type: "header", parameters: [{ type: "image", media: MEDIA }] }, ...parameters(text("Kari"))],
      },
      bubble: { text: "order: Kari", media: SHOWN_MEDIA },
    },
    {
      name: "media, as JS writes it",
      whatsapp: { components: [{ type: "header", parameters: [{ type: "document", document: MEDIA }] }] },
      bubble: { text: "order", media: SHOWN_MEDIA },
    },
    {
      name: "quick replies, and links of which nobody knows where they lead",
      whatsapp: {
        components: [
          { type: "button", sub_type: "quick_reply", index: 0, parameters: [{ type: "payload", payload: "STOP" }] },
          { type: "button", sub_type: "url", index: "1", parameters: [text("42")] },
        ],
      },
      bubble: {
        text: "order",
        buttons: [
          { label: "STOP", action: "reply", value: "STOP" },
          { label: "42", action: "other", value: "42" },
        ],
      },
    },
  ];
  it.each(cases)("shows $name", ({ whatsapp, bubble }) => {
    const given = {
      namespace: "n",
      element_name: "order",
      language: { code: "en", policy: "deterministic" },
      ...whatsapp,
    };
    expect(bubblesOf({ template: { whatsapp: given } })).toEqual([bubble]);
  });
});

describe("a WhatsApp interactive message", () => {
  const words = { body: { text: "Which?" }, footer: { text: "Shop" } };
  const cases: { name: string; interactive: Record<string, unknown>; bubble: Bubble }[] = [
    {
      name: "buttons",
      interactive: {
        type: "button",
        action: {
          buttons: [
            { type: "reply", reply: { id: "a", title: "A" } },
            { id: "b", title: "B" },
          ],
        },
      },
      bubble: {
        buttons: [
          { label: "A", action: "reply", value: "a" },
          { label: "B", action: "reply", value: "b" },
        ],
      },
    },
    {
      name: "the rows of a list",
      interactive: {
        type: "list",
        header: { type: "text", text: "Sizes" },
        action: {
          button: "Choose",
          sections: [{ title: "S", rows: [{ id: "38", title: "Small", description: "d" }] }],
        },
      },
      bubble: { header: "Sizes", buttons: [{ label: "Small", action: "reply", value: "38" }] },
    },
    {
      name: "a header's media, which Python puts in lists",
      interactive: {
        header: {
          type: "image",
          Media: { mediaName: ["A cat"], mediaUri: ["https://cat.example/1.jpg"], mimeType: "image/jpeg" },
        },
      },
      bubble: { media: SHOWN_MEDIA },
    },
    {
      name: "products, by their numbers",
      interactive: { type: "product_list", action: { sections: [{ product_items: [{ product_retailer_id: "p1" }] }] } },
      bubble: { buttons: [{ label: "p1", action: "other", value: "p1" }] },
    },
    {
      name: "one product",
      interactive: { type: "product", action: { catalog_id: "c", product_retailer_id: 7 } },
      bubble: { buttons: [{ label: "7", action: "other", value: "7" }] },
    },
  ];
  it.each(cases)("shows $name", ({ interactive, bubble }) => {
    expect(bubblesOf({ interactive: { ...words, ...interactive } })).toEqual([
      { text: "Which?", footer: "Shop", ...bubble },
    ]);
  });
});

describe("a suggestion", () => {
  const ofJs = "Thu Jan 01 1970 00:00:00 GMT+0000 (Coordinated Universal Time)";
  const event = {
    startTime: "2026-12-01T10:00:00",
    endTime: "2026-12-01T11:00:00",
    title: "Haircut",
    description: "Bring hair",
  };

  const cases: { name: string; suggestion: unknown; button: Button }[] = [
    { name: "replies", suggestion: REPLY, button: YES },
    {
      name: "replies with another case",
      suggestion: { action: "reply", label: "Yes", postbackData: "YES" },
      button: YES,
    },
    {
      name: "replies with its label",
      suggestion: { action: "Reply", label: "No" },
      button: { label: "No", action: "reply" },
    },
    {
      name: "replies without a label, as Java's",
      suggestion: { action: "Reply", postbackdata: "YES", media: null },
      button: { label: "YES", action: "reply", value: "YES" },
    },
    {
      name: "opens an address without a scheme",
      suggestion: { action: "openUrl", label: "Look", url: "www.cm.example" },
      button: { label: "Look", action: "open", value: "www.cm.example" },
    },
    {
      name: "calls",
      suggestion: { action: "Dial", label: "Call", dial: { phoneNumber: "+47 980 79 008" } },
      button: { label: "Call", action: "call", value: "+47 980 79 008" },
    },
    {
      name: "calls as PHP's, without a label as Java's",
      suggestion: { action: "Dial", dial: { PhoneNumber: "004798079008" } },
      button: { label: "004798079008", action: "call", value: "004798079008" },
    },
    {
      name: "shows a place",
      suggestion: {
        action: "viewLocation",
        label: "Here",
        viewLocation: { latitude: "59.9", longitude: 0, label: "Oslo", searchQuery: null },
      },
      button: { label: "Here", action: "locate", value: "59.9,0" },
    },
    {
      name: "shows a place that is searched for, as Java's",
      suggestion: { action: "ViewLocation", location: { searchQuery: "Oslo" } },
      button: { label: "Oslo", action: "locate", value: "Oslo" },
    },
    {
      name: "makes an appointment",
      suggestion: { action: "CreateCalendarEvent", label: "Save", calendar: event },
      button: { label: "Save", action: "calendar", value: "Haircut, 2026-12-01T10:00:00 – 2026-12-01T11:00:00" },
    },
    {
      name: "makes an appointment at times as JS writes them",
      suggestion: { action: "CreateCalendarEvent", calendar: { ...event, startTime: ofJs, endTime: ofJs } },
      button: { label: "Haircut", action: "calendar", value: `Haircut, ${ofJs} – ${ofJs}` },
    },
    {
      name: "asks for a location",
      suggestion: { action: "ShareLocation", shareLocation: { RequestLocation: true } },
      button: { label: "Share your location", action: "other" },
    },
    {
      name: "asks for a time",
      suggestion: { action: "CalendarPicker", label: "When?", calendarPicker: { options: [] } },
      button: { label: "When?", action: "other" },
    },
    {
      name: "asks for money, without an action as JS's may be",
      suggestion: { payment: { merchantIdentifier: "m" } },
      button: { label: "Pay", action: "other" },
    },
    {
      name: "asks for money, whatever its action is called",
      suggestion: { action: "constructor", label: "Build", payment: {} },
      button: { label: "Build", action: "other" },
    },
  ];
  it.each(cases)("$name", ({ suggestion, button }) => {
    expect(buttonsOf(suggestion)).toEqual([button]);
  });

  const faults: { name: string; suggestion: unknown; why: RegExp }[] = [
    { name: "opens nothing", suggestion: { action: "OpenUrl", label: "x", url: "" }, why: /OpenUrl.*url is missing/ },
    { name: "calls nobody", suggestion: { action: "Dial", label: "x" }, why: /Dial.*dial is missing/ },
    {
      name: "calls no number",
      suggestion: { action: "Dial", dial: { phoneNumber: null, x: 1 } },
      why: /phoneNumber is missing/,
    },
    { name: "calls a name", suggestion: { action: "dial", dial: { phoneNumber: "Kari" } }, why: /not a number/ },
    { name: "shows no place", suggestion: { action: "ViewLocation" }, why: /viewLocation is missing/ },
    {
      name: "shows half a place",
      suggestion: { action: "ViewLocation", viewLocation: { latitude: 1, label: "x" } },
      why: /searchQuery, or latitude and longitude is missing/,
    },
    { name: "makes no appointment", suggestion: { action: "CreateCalendarEvent" }, why: /calendar is missing/ },
    ...(["startTime", "endTime", "title"] as const).map((member) => ({
      name: `makes an appointment without ${member}`,
      suggestion: { action: "CreateCalendarEvent", calendar: { ...event, [member]: null } },
      why: new RegExp(`${member} is missing`),
    })),
    { name: "is a text", suggestion: "Reply", why: /SUGGESTIONS must have objects only/ },
    {
      name: "has an action that nobody knows",
      suggestion: { action: "OpenUri", label: "Look", url: "https://cm.example" },
      why: /'OpenUri' is not an ACTION: use OpenUrl, CreateCalendarEvent, Dial, ViewLocation or Reply/,
    },
    { name: "has no action", suggestion: { label: "Yes" }, why: /ACTION of a suggestion is missing: use OpenUrl/ },
  ];
  describe.each(faults)("is refused where it $name", ({ suggestion, why }) => {
    it.each([
      ["under all", { suggestions: [suggestion] }],
      ["under a bubble", { conversation: [{ text: "x", suggestions: [suggestion] }] }],
      ["under a card", { conversation: [{ carousel: { cards: [{ suggestions: [suggestion] }] } }] }],
    ])("%s", (_, given) => {
      expect(() => read(given)).toThrow(expect.objectContaining({ name: "MessageError", code: 305 }));
      expect(() => read(given)).toThrow(why);
    });
  });
});

describe("rich content", () => {
  const items = (count: number, item: unknown) => Array.from({ length: count }, () => item);

  const limits = [
    { name: "five items", given: { conversation: items(5, { text: "x" }) }, most: true },
    { name: "six items", given: { conversation: items(6, { text: "x" }) }, most: false },
    { name: "eleven suggestions", given: { suggestions: items(11, REPLY) }, most: true },
    { name: "twelve suggestions", given: { suggestions: items(12, REPLY) }, most: false },
    { name: "twelve under a bubble", given: { conversation: [{ suggestions: items(12, REPLY) }] }, most: false },
  ];
  it.each(limits)("of $name is within the limits: $most", ({ given, most }) => {
    if (most) read(given);
    else
      expect(() => read(given)).toThrow(
        expect.objectContaining({ code: 305, message: expect.stringMatching(/max is/) }),
      );
    expect(read(given, { richLimits: "none" }).given).toBe(given);
  });

  const wrong = [
    { name: "a text", given: "hello", why: /RICHCONTENT is an invalid type/ },
    { name: "a list", given: [], why: /RICHCONTENT is an invalid type/ },
    {
      name: "a conversation that is an object",
      given: { conversation: { text: "x" } },
      why: /CONVERSATION is an invalid type, must be an array/,
    },
    { name: "a conversation of texts", given: { conversation: ["x"] }, why: /CONVERSATION must have objects only/ },
    {
      name: "suggestions that are an object",
      given: { suggestions: REPLY },
      why: /SUGGESTIONS is an invalid type, must be an array/,
    },
    {
      name: "a bubble's suggestions that are a text",
      given: { conversation: [{ suggestions: "x" }] },
      why: /SUGGESTIONS is an invalid type/,
    },
  ];
  it.each(wrong)("is refused for $name", ({ given, why }) => {
    expect(() => read(given)).toThrow(why);
    expect(() => read(given)).toThrow(expect.objectContaining({ name: "MessageError", code: 305 }));
  });

  it("is kept as it was given, with what nobody knows", () => {
    const given = { conversation: [{ $type: "TextMessage", text: "x", context: null, later: [1] }], also: { a: null } };
    const before = structuredClone(given);
    expect(read(given).given).toBe(given);
    expect(given).toEqual(before);
  });

  it("of any kind is shown, or refused in their words, and kept as it is", () => {
    const names = [
      ...["conversation", "suggestions", "text", "media", "mediaUri", "carousel", "cards", "template", "whatsapp"],
      ...["components", "parameters", "interactive", "action", "buttons", "sections", "rows", "reply", "location"],
      ...[
        "contacts",
        "name",
        "phones",
        "payment",
        "listPicker",
        "options",
        "label",
        "url",
        "dial",
        "calendar",
        "__proto__",
      ],
    ];
    const actions = ["OpenUrl", "Dial", "ViewLocation", "CreateCalendarEvent", "Reply", "toString"];
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 7, depthSize: "medium" },
        fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.constant(null), fc.constantFrom(...actions)),
        fc.array(tie("value"), { maxLength: 6 }),
        fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), tie("value"), { maxKeys: 6 }),
      ),
    }));
    fc.assert(
      fc.property(value, (made) => {
        const text = JSON.stringify(made);
        const given: unknown = JSON.parse(text);
        try {
          const rich = read(given);
          expect(rich.given).toBe(given);
          for (const button of [...rich.buttons, ...rich.bubbles.flatMap(({ buttons = [] }) => buttons)]) {
            expect(button.label).not.toBe("");
          }
        } catch (error) {
          if (!(error instanceof MessageError)) throw error;
          expect(error.code).toBe(305);
        }
        expect(JSON.stringify(given)).toBe(text);
      }),
      { numRuns: 1_000 },
    );
  });
});
