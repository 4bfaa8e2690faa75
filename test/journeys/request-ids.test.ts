/** One id for a request: in its answer, in every line of the log about it, in a refusal, and with the request that is kept. */

import { describe, expect, it } from "vitest";
import { ADMIN_TOKEN, newNumber, useGateway } from "../support/gateway.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe("the id of a request", () => {
  const gateway = useGateway({ KEEP_REQUESTS: "on" });
  const operators = { authorization: `Bearer ${ADMIN_TOKEN}` };
  const idOf = (answer: Response) => answer.headers.get("x-request-id");
  const ask = (path: string, init: RequestInit & { json?: unknown } = {}, id?: string) => {
    const headers = {
      ...(init.headers as Record<string, string>),
      ...(id === undefined ? {} : { "x-request-id": id }),
    };
    return gateway.fetch(path, { redirect: "manual", ...init, headers });
  };

  it.each([
    "/health",
    "/assets/none.css",
    "/docs",
    "/openapi.json",
    "/api/keywords",
    "/no/nothing",
    "/v2/messages",
    "/otp/v2/nothing",
    "/gateway.ashx",
    "/admin/v1/accounts",
    "/sandbox/v1/clock",
    "/metrics",
    "/console/messages",
    "/carriers/none/receipts",
    "/no-such-service",
  ])("stands in each answer: %s", async (path) => {
    expect(idOf(await ask(path))).toMatch(UUID);
    expect(idOf(await ask(path, {}, "order-7.retry:2"))).toBe("order-7.retry:2");
  });

  it.each(["", " ", "a b", "x".repeat(129), "-begins-so", "{}", "æ", "4798079008", "20261129-0001"])(
    "is ours where the client's is none: %j",
    async (id) => {
      expect(idOf(await ask("/health", {}, encodeURI(id) === id ? id : "%"))).toMatch(UUID);
    },
  );

  it("stands in every line of the log about it, and in no other's", async () => {
    const account = await gateway.account();
    const send = (id: string) =>
      ask(
        "/api/out-messages",
        {
          method: "POST",
          headers: { "x-apikey": account.apiKey },
          json: { sender: "Shop", recipient: newNumber(), content: "Hello" },
        },
        id,
      );
    const [first, second] = await Promise.all([send("log-1"), send("log-2")]);
    const lines = () =>
      gateway.log
        .flatMap((piece) => piece.split("\n"))
        .filter((line) => line.includes('"message.accepted"'))
        .map((line) => JSON.parse(line) as { requestId?: string; theirId: string });
    const known = (answer: Response) => answer.headers.get("location")?.split("/").at(-1);
    await expect.poll(() => lines().filter(({ requestId }) => requestId?.startsWith("log-")).length).toBe(2);
    const idsOf = new Map(lines().map(({ theirId, requestId }) => [theirId, requestId]));
    expect([idsOf.get(known(first) ?? ""), idsOf.get(known(second) ?? "")]).toEqual(["log-1", "log-2"]);
  });

  it("stands in a refusal of ours, and with the request that is kept", async () => {
    const refused = await ask("/admin/v1/accounts/none", { headers: operators }, "refused-1");
    expect(await refused.json()).toMatchObject({ status: 404, requestId: "refused-1" });
    const wrong = await ask("/api/keywords", { headers: { "x-apikey": "no-such-key-1234" } }, "kept-1");
    expect(wrong.status).toBe(401);
    type Kept = { items: { requestId?: string; status: number }[] };
    const { items } = await gateway.operator<Kept>("GET", "/admin/v1/exchanges?refused=true");
    expect(items).toContainEqual(expect.objectContaining({ requestId: "kept-1", status: 401 }));
  });

  it("is one for all that a page of the console asks for", async () => {
    const login = await ask("/console/login", { method: "POST", body: new URLSearchParams({ token: ADMIN_TOKEN }) });
    const cookie = (login.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
    const answer = await ask("/console/setup/none", { headers: { cookie } }, "page-1");
    expect(idOf(answer)).toBe("page-1");
  });

  it("is a new one for an answer that is given again", async () => {
    const account = await gateway.account();
    const json = { sender: "Shop", recipient: newNumber(), content: "Once" };
    const headers = { "x-apikey": account.apiKey, "idempotency-key": "once" };
    const first = await ask("/api/out-messages", { method: "POST", headers, json }, "first");
    const again = await ask("/api/out-messages", { method: "POST", headers, json }, "again");
    expect([idOf(first), idOf(again), again.headers.get("idempotency-replayed")]).toEqual(["first", "again", "true"]);
  });
});
