/** The commands of /docs/api, run as they are printed, with nothing but the two variables that the page names. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { docsOrKept } from "../../scripts/docs.ts";
import { DEMO_API_KEY } from "../../scripts/local-settings.ts";
import { curlOf } from "../../site/curl.ts";
import type { OpenApi, Operation } from "../../src/doors/openapi.ts";
import { ADMIN_TOKEN, useGateway } from "../support/gateway.ts";

const run = promisify(execFile);
const gateway = useGateway({ DEMO_API_KEY });

/** Each command by its operation: `POST /api/out-messages`. */
let curls: Map<string, string>;
let operations: Map<string, Operation>;
beforeAll(async () => {
  await gateway.runtime.tick("@reboot");
  const document = (await (await gateway.fetch("/openapi.json")).json()) as OpenApi;
  operations = new Map(
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, one]) => [`${method.toUpperCase()} ${path}`, one] as const),
    ),
  );
  curls = new Map(
    [...operations].map(([name, operation]) => {
      const [method = "", path = ""] = name.split(" ");
      return [name, curlOf({ method: method.toLowerCase(), path, operation, document })];
    }),
  );
});

describe("the commands of the reference", () => {
  it("are on the pages, one for each operation", async () => {
    const texts = (await docsOrKept()).filter(({ path }) => /^docs\/api\/.*\.md$/.test(path)).map(({ text }) => text);
    const printed = texts.join("\n").replaceAll("http://127.0.0.1:8787", gateway.url);
    expect([...curls].filter(([, curl]) => !printed.includes(curl)).map(([name]) => name)).toEqual([]);
  });

  it("have the right credential, and fill in what is required", { timeout: 300_000 }, async () => {
    const wrong: string[] = [];
    // In the order of the page, the sandbox last: what is done to the demo account there, and its reset, come at the end.
    for (const [name, curl] of curls) {
      const { status, body } = await answerTo(curl);
      // txtNation, and CM's XML, tell of a wrong credential with status 200.
      const isRefused =
        status === 401 || status >= 500 || /IR-103|IR-41[45]|No account found|Invalid product/.test(body);
      if (isRefused || /parameter .* is required|is missing from the query/.test(body)) {
        wrong.push(`${name}: ${status} ${body.slice(0, 200)}\n${curl}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it("send a text in every dialect, each as it stands", async () => {
    const sending = {
      "POST /api/out-messages": 201,
      "POST /api/out-messages/batch": 201,
      "POST /gateway.php": 200,
      "GET /gateway.php": 200,
      "POST /v2/messages": 200,
      "POST /v2.1/messages": 202,
      "POST /v2.2/messages": 202,
      "POST /v1.0/message": 200,
      "POST /gateway.ashx": 200,
      "GET /gateway.ashx": 200,
    };
    await gateway.operator("POST", "/sandbox/v1/reset");
    for (const [name, status] of Object.entries(sending)) {
      const answer = await answerTo(curls.get(name) ?? "");
      expect(answer, name).toMatchObject({ status });
      expect(answer.body, name).not.toMatch(/ERROR|IR-|E-1|Rejected/);
    }
    await gateway.advance(1);
    const texts = (await gateway.handset("+4798079008")).map(({ text }) => text);
    expect(texts.filter((text) => text === "Hello")).toHaveLength(7);
    expect(await gateway.handset("+12065550199")).toHaveLength(3);
  });

  it("that have an example of their body are taken by the demo account", { timeout: 120_000 }, async () => {
    await gateway.operator("POST", "/sandbox/v1/reset");
    // These name a thing that is not there yet, an address that has to answer first, or what a browser made.
    const refused: string[] = [];
    const needsMore = /\{\w+\}|\/otp\/verify|\/passkeys\//;
    for (const [name, operation] of operations) {
      const content = Object.values(operation.requestBody?.content ?? {})[0];
      if (content?.example === undefined || needsMore.test(curls.get(name) ?? "")) continue;
      const { status, body } = await answerTo(curls.get(name) ?? "");
      if (![200, 201, 202, 204].includes(status)) refused.push(`${name}: ${status} ${body}`);
    }
    expect(refused).toEqual([]);
  });
});

async function answerTo(curl: string): Promise<{ status: number; body: string }> {
  const { stdout } = await run("bash", ["-c", `${curl} -s -w '\\n%{http_code}' --max-time 30`], {
    env: { ...process.env, API_KEY: DEMO_API_KEY, ADMIN_TOKEN },
  });
  const at = stdout.lastIndexOf("\n");
  return { status: Number(stdout.slice(at + 1)), body: stdout.slice(0, at) };
}
