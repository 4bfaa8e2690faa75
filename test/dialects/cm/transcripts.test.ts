/** Each kind of JSON request that the guide shows, in texts of our own, with the answer that it is to get. */

import { readdirSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { useGateway } from "../../support/gateway.ts";
import { openTokenAccount } from "./support.ts";

const gateway = useGateway();
const folder = new URL("transcripts/", import.meta.url);
let token = "";

beforeAll(async () => {
  ({ token } = await openTokenAccount(gateway));
});

type Transcript = {
  request: { path: string; headers: Record<string, string>; body: string };
  answer: { status: number; type: string; body: unknown };
};

function read(file: string): Transcript {
  const text = readFileSync(new URL(file, folder), "utf8").replaceAll("<token>", token);
  const [asked = "", answered = ""] = text.split(/^(?=< HTTP)/m);
  const [, path = ""] = /^> POST (\S+) HTTP/m.exec(asked) ?? [];
  const headers = [...asked.matchAll(/^> ([\w-]+): (.*)$/gm)].map(
    ([, name = "", value = ""]) => [name, value] as const,
  );
  const [, status = ""] = /^< HTTP\/1\.1 (\d+)/m.exec(answered) ?? [];
  const [, type = ""] = /^< Content-Type: (.*)$/m.exec(answered) ?? [];
  return {
    request: {
      path,
      headers: Object.fromEntries(headers.filter(([name]) => name !== "Host")),
      body: asked.replace(/^>.*\n/gm, ""),
    },
    answer: { status: Number(status), type, body: JSON.parse(answered.replace(/^<.*\n/gm, "")) },
  };
}

describe("the guide's example", () => {
  const files = readdirSync(folder).filter((file) => file.endsWith(".http"));

  it.each(files)("of %s is answered to the letter", async (file) => {
    const { request, answer } = read(file);
    const { path, headers, body } = request;
    const got = await gateway.fetch(path, { method: "POST", headers, body });
    expect({ status: got.status, type: got.headers.get("content-type"), body: await got.json() }).toEqual(answer);
  });
});
