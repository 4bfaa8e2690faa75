/** What `npm run reseal` says at its end: whether an old key can be removed. */

import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";

const SCRIPT = fileURLToPath(new URL("../../scripts/reseal.ts", import.meta.url));
const piece = { sealedWith: "2", table: "message", read: 1_000, moved: 10, changed: 0, unreadable: 0 };
const LAST = { ...piece, table: "exchange", read: 5, moved: 0 };

/** Runs the script against a gateway that gives these answers in turn. */
async function reseal(answers: readonly object[], ...given: string[]) {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const some of request) body += some;
    asked.push(body);
    response.setHeader("content-type", "application/json").end(JSON.stringify(answers[asked.length - 1]));
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const env = { ...process.env, GATEWAY_URL: `http://127.0.0.1:${port}`, ADMIN_TOKEN: "token" };
  return new Promise<{ code: unknown; said: string; asked: string[] }>((done) => {
    const args = ["--disable-warning=ExperimentalWarning", SCRIPT, ...given];
    execFile(process.execPath, args, { env }, (error, out, err) =>
      done({ code: error ? error.code : 0, said: out + err, asked }),
    );
  });
}

it("a whole run says that other keys can be removed", async () => {
  const { code, said, asked } = await reseal([{ ...piece, next: "there" }, LAST]);
  expect(asked).toEqual(["{}", '{"after":"there"}']);
  expect(said).toContain("up to exchange: 1005 rows read, 10 sealed with key 2\n");
  expect(said).toContain("All rows are sealed with key 2. Other keys can be removed from DATA_KEY.");
  expect(code).toBe(0);
});

it("a run that goes on at a place does not: the one before it may have left rows", async () => {
  const { code, said, asked } = await reseal([LAST], "there");
  expect(asked).toEqual(['{"after":"there"}']);
  expect(said).toContain("Before you remove an old key, run `npm run reseal` once without a place.");
  expect(said).not.toContain("can be removed");
  expect(code).toBe(0);
});

it.each([
  [{ changed: 3 }, "3 rows were changed meanwhile: run `npm run reseal` again"],
  [{ unreadable: 2 }, "No key opens 2 rows"],
])("a run that left rows (%j) says so, and fails", async (left, words) => {
  const { code, said } = await reseal([{ ...piece, ...left, next: "there" }, LAST]);
  expect(said).toContain(words);
  expect(said).not.toContain("can be removed");
  expect(code).toBe(1);
});
