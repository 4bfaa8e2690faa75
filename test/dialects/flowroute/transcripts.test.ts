/** The guides' own examples, played back: the same request gets an answer of the same form. */

import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { useGateway } from "../../support/gateway.ts";
import { basic, openAccessKey } from "./support.ts";

/** The number that the examples send from. */
const NUMBER = "+18444205700";

const gateway = useGateway();
const values: Record<string, string> = {};

type Lines = { start: string; headers: Record<string, string> };
type Transcript = { request: Lines & { body?: string }; answer: Lines & { body: Read } };
type Read = Record<string, unknown>;

function read(name: string): Transcript {
  const text = readFileSync(new URL(`transcripts/${name}.http`, import.meta.url), "utf8");
  const [, sent = "", answered = ""] = /^(> .*?)\n(?=<)(.*)$/s.exec(text) ?? [];
  const [head = "", body] = sent.replaceAll(/^> ?/gm, "").split(/\n\n/);
  return {
    request: { ...linesOf(head), ...(body ? { body } : {}) },
    answer: {
      ...linesOf(answered.slice(0, answered.indexOf("\n<\n")).replaceAll(/^< /gm, "")),
      body: JSON.parse(answered.slice(answered.indexOf("\n{"))) as Read,
    },
  };
}

function linesOf(head: string): Lines {
  const [start = "", ...headers] = head.trim().split("\n");
  return { start, headers: Object.fromEntries(headers.map((line) => line.split(/: (.*)/s).slice(0, 2))) };
}

/** What differs from one call to the next is compared by its form. */
const FORMS = [
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  /^mdr1-[0-9a-f]{32}$/,
  /^mdr2-[0-9a-f]{32}$/,
  /^\d{4}(-\d\d){2}T(\d\d:){2}\d\d\.\d{6}\+00:00$/,
  /^\d{4}(-\d\d){2}T(\d\d:){2}\d\d\.\d\dZ$/,
  /^https?:\/\/[^/]+\/v2\.1\/messages\/mdr2-[0-9a-f]{32}$/,
  /^https?:\/\/[^/]+\/v2\.1\/messages\?limit=\d+&start_date=2017-12-01T00%3A00%3A00%2B00%3A00&end_date=[^&:+]+&offset=1$/,
];

/** With members in their order. */
function formOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(formOf);
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).map(([name, inner]) => [name, formOf(inner)]);
  }
  return FORMS.find((form) => typeof value === "string" && form.test(value))?.source ?? value;
}

async function play({ request }: Transcript): Promise<{ answer: Response; body: Read }> {
  const here = (text: string) => text.replace(/<\w+>/g, (name) => values[name] ?? name);
  const [method = "", path = ""] = request.start.split(" ");
  const { Host: _, ...headers } = request.headers;
  const answer = await gateway.fetch(here(path), {
    method,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, here(value)])),
    ...(request.body ? { body: request.body } : {}),
  });
  return { answer, body: (await answer.json()) as Read };
}

async function expectAsPrinted(name: string): Promise<Read> {
  const transcript = read(name);
  const { answer, body } = await play(transcript);
  expect(`${answer.status}`).toBe(transcript.answer.start.split(" ")[1]);
  for (const [header, value] of Object.entries(transcript.answer.headers)) {
    expect(answer.headers.get(header)).toBe(value);
  }
  expect(formOf(body)).toEqual(formOf(transcript.answer.body));
  return body;
}

const idOf = ({ data }: Read) => (data as { id: string }).id;

describe("the guides' example", () => {
  beforeAll(async () => {
    const who = await openAccessKey(gateway, { number: NUMBER });
    values["<credential>"] = basic(who).slice("Basic ".length);
  });

  it("of a text over v2, and of its record, is answered as it is printed", async () => {
    values["<id>"] = idOf(await expectAsPrinted("v2-send"));
    expect(idOf(await expectAsPrinted("v2-record"))).toBe(values["<id>"]);
  });

  it("of a wrong key is answered as it is printed", async () => {
    await expectAsPrinted("v2-wrong-key");
  });

  it("of a text over v2.1, and of a list, is answered as it is printed", async () => {
    const id = idOf(await expectAsPrinted("v2.1-send"));
    await vi.waitFor(async () => {
      const listed = await expectAsPrinted("v2.1-list");
      expect(listed.data).toMatchObject([{ id }]);
    }, 20_000);
  });

  it("of a number that is none is answered as it is printed", async () => {
    await expectAsPrinted("v2.1-unfit");
  });
});
