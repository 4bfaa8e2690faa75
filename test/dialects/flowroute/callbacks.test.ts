/** Setting where people's texts and receipts go: in both envelopes, by account and by number, and what is refused. */

import { describe, expect, it } from "vitest";
import { WEB_URL } from "../../../src/core/kernel/web-url.ts";
import { useGateway } from "../../support/gateway.ts";
import { call, type KeyAccount, newOwnNumber, openAccessKey, type Refused } from "./support.ts";

const NAMES = ["sms_callback", "mms_callback", "sms_dlr_callback", "mms_dlr_callback", "dlr_callback"] as const;
const URL = "https://shop.example/hook?from=flowroute";

describe("an address", () => {
  const gateway = useGateway();
  const put = (who: KeyAccount | undefined, path: string, body: unknown, headers?: Record<string, string>) =>
    call(gateway, who, "PUT", path, body, headers);
  const get = (who: KeyAccount, path: string) => call(gateway, who, "GET", path);
  /** What the operator sees. */
  const kept = async ({ account }: KeyAccount) =>
    (await gateway.operator<{ items: Record<string, unknown>[] }>("GET", `/admin/v1/accounts/${account}/callbacks`))
      .items;

  const rows = NAMES.flatMap((name) => ["v2.1", "v2.2"].map((version) => ({ version, name })));

  it.each(rows)("is set, told and taken away: $name of $version", async ({ version, name }) => {
    const who = await openAccessKey(gateway);
    const path = `/${version}/messages/${name}`;
    expect((await get(who, path)).status).toBe(404);

    const set = await put(who, path, { callback_url: URL });
    expect(set.status).toBe(204);
    expect(await set.text()).toBe("");
    const told = await get(who, path);
    expect(told.status).toBe(200);
    expect(await told.json()).toEqual({
      data: {
        type: "callback",
        attributes: {
          ...(version === "v2.1" ? { api_version: "v2.1" } : {}),
          callback_url: URL,
          product: name.replace("_callback", ""),
        },
      },
    });

    const gone = await call(gateway, who, "DELETE", path);
    expect(gone.status).toBe(204);
    expect(await gone.text()).toBe("");
    expect((await get(who, path)).status).toBe(404);
    expect((await call(gateway, who, "DELETE", path)).status).toBe(204);
  });

  it.each(rows)("is set in JSON:API's envelope: $name of $version", async ({ version, name }) => {
    const who = await openAccessKey(gateway);
    const path = `/${version}/messages/${name}`;
    const body = { data: { attributes: { callback_url: URL } } };
    expect((await put(who, path, body, { "content-type": "application/vnd.api+json" })).status).toBe(204);
    expect(await (await get(who, path)).json()).toMatchObject({ data: { attributes: { callback_url: URL } } });
  });

  it("of texts and of pictures, of messages and of receipts are four, and the old name is one of them", async () => {
    const who = await openAccessKey(gateway);
    for (const name of NAMES) {
      await put(who, `/v2.1/messages/${name}`, { callback_url: `https://shop.example/${name}` });
    }
    expect(await kept(who)).toMatchObject([
      {
        dialect: "flowroute",
        messageUrl: "https://shop.example/sms_callback",
        mmsMessageUrl: "https://shop.example/mms_callback",
        reportUrl: "https://shop.example/dlr_callback",
        mmsReportUrl: "https://shop.example/mms_dlr_callback",
      },
    ]);
    await call(gateway, who, "DELETE", "/v2.1/messages/dlr_callback");
    expect((await get(who, "/v2.2/messages/sms_dlr_callback")).status).toBe(404);
    expect((await get(who, "/v2.2/messages/mms_dlr_callback")).status).toBe(200);
  });

  it.each(NAMES)("is set for a single number: %s", async (name) => {
    const who = await openAccessKey(gateway);
    for (const number of [who.digits, who.number]) {
      const set = await call(gateway, who, "POST", `/v2/numbers/${number}/relationships/${name}`, {
        data: { attributes: { callback_url: URL } },
      });
      expect(set.status).toBe(204);
      expect(await set.text()).toBe("");
    }
    expect(await kept(who)).toMatchObject([{ number: who.number }]);
    // The account's own stays unset.
    expect((await get(who, `/v2.1/messages/${name}`)).status).toBe(404);
  });

  it.each(NAMES)("of a single number is taken away, and the others stay: %s", async (name) => {
    const who = await openAccessKey(gateway);
    const at = (one: string) => `/v2/numbers/${who.digits}/relationships/${one}`;
    const rest = NAMES.find((one) => one !== name && !one.endsWith("dlr_callback")) ?? "sms_callback";
    await put(who, `/v2.1/messages/${name}`, { callback_url: URL });
    for (const one of [name, rest]) await call(gateway, who, "POST", at(one), { callback_url: URL });
    const gone = await call(gateway, who, "DELETE", at(name));
    expect([gone.status, await gone.text()]).toEqual([204, ""]);
    const [account, number, ...others] = await kept(who);
    expect(others).toEqual([]);
    expect(Object.values(account ?? {})).toContain(URL);
    expect(Object.values(number ?? {}).filter((value) => value === URL)).toHaveLength(1);
    expect((await call(gateway, who, "DELETE", at(name))).status).toBe(204);
    await call(gateway, who, "DELETE", at(rest));
    expect(await kept(who)).toHaveLength(1);
  });

  it("of a single number is taken away by the operator too, all at once", async () => {
    const who = await openAccessKey(gateway);
    const other = await openAccessKey(gateway);
    await put(who, "/v2.1/messages/sms_callback", { callback_url: URL });
    for (const name of ["sms_callback", "dlr_callback"]) {
      await call(gateway, who, "POST", `/v2/numbers/${who.digits}/relationships/${name}`, { callback_url: URL });
    }
    const at = ({ account }: KeyAccount, number = who.number) =>
      `/admin/v1/accounts/${account}/callbacks/flowroute/${encodeURIComponent(number)}`;
    await gateway.operator("DELETE", at(who));
    const [left, ...others] = await kept(who);
    expect(others).toEqual([]);
    expect(left).not.toHaveProperty("number");
    expect(await gateway.refusal("DELETE", at(who))).toMatchObject({ status: 404 });
    expect(await gateway.refusal("DELETE", at(other))).toMatchObject({ status: 404 });
    expect(await gateway.refusal("DELETE", at({ ...who, account: "nobody" }))).toMatchObject({ status: 404 });
  });

  it("is shown to the operator with the form in which it is told", async () => {
    const who = await openAccessKey(gateway);
    await gateway.operator("PUT", `/admin/v1/accounts/${who.account}/callbacks/flowroute`, {
      messageUrl: URL,
      form: "v2",
    });
    await put(who, "/v2.2/messages/mms_callback", { callback_url: URL });
    await call(gateway, who, "POST", `/v2/numbers/${who.digits}/relationships/dlr_callback`, { callback_url: URL });
    expect(await kept(who)).toMatchObject([
      { form: "v2", forms: { messageUrl: "v2", mmsMessageUrl: "v2.2" } },
      { number: who.number, forms: { reportUrl: "v2.1" } },
    ]);
  });

  it.each(["POST", "DELETE"])(
    "of a number that is another's, or nobody's, is refused in the same words: %s",
    async (method) => {
      const [who, other] = [await openAccessKey(gateway), await openAccessKey(gateway)];
      for (const number of [other.digits, newOwnNumber().slice(1), "Shop", "1", "%2B"]) {
        const path = `/v2/numbers/${number}/relationships/sms_callback`;
        const answer = await call(gateway, who, method, path, method === "POST" ? { callback_url: URL } : undefined);
        expect(answer.status).toBe(404);
        expect(((await answer.json()) as Refused).errors[0]).toMatchObject({ status: 404, title: "Not Found" });
      }
    },
  );

  const wrong = [
    { name: "no address", body: {}, status: 422 },
    { name: "null", body: { callback_url: null }, status: 422 },
    { name: "an empty one", body: { callback_url: "" }, status: 422 },
    { name: "a path", body: { callback_url: "/hook" }, status: 422 },
    { name: "a name without a scheme", body: { callback_url: "shop.example/hook" }, status: 422 },
    { name: "another scheme", body: { callback_url: "ftp://shop.example/hook" }, status: 422 },
    { name: "a script", body: { callback_url: "javascript:alert(1)" }, status: 422 },
    { name: "a file", body: { callback_url: "file:///etc/passwd" }, status: 422 },
    { name: "one with a password", body: { callback_url: "https://me:secret@shop.example/hook" }, status: 422 },
    { name: "a number", body: { callback_url: 7 }, status: 422 },
    {
      name: "an address of 3000 characters",
      body: { callback_url: `https://a.example/${"a".repeat(3_000)}` },
      status: 422,
    },
    { name: "an envelope of JSON:API with nothing in it", body: { data: { attributes: {} } }, status: 422 },
    { name: "the v3 Ruby client's printed hash", body: '{:callback_url=>"https://shop.example"}', status: 400 },
    { name: "an empty body", body: "", status: 400 },
    { name: "a list", body: [], status: 400 },
    { name: "a form", body: "callback_url=https", headers: { "content-type": "text/plain" }, status: 415 },
  ];
  it.each(wrong)("is not $name: $status", async ({ body, headers, status }) => {
    const who = await openAccessKey(gateway);
    for (const [method, path] of [
      ["PUT", "/v2.1/messages/sms_callback"],
      ["PUT", "/v2.2/messages/dlr_callback"],
      ["POST", `/v2/numbers/${who.digits}/relationships/sms_callback`],
    ] as const) {
      const answer = await call(gateway, who, method, path, body, headers);
      expect(answer.status, path).toBe(status);
      const [error] = ((await answer.json()) as Refused).errors;
      expect(error).toMatchObject({ id: expect.stringMatching(/^[0-9a-f-]{36}$/), status });
      if (status === 422)
        expect(error?.detail).toMatchObject({ data: { attributes: { callback_url: [expect.any(String)] } } });
    }
    expect(await kept(who)).toEqual([]);
  });

  const told = [
    { url: `https://a.example/${"a".repeat(2_500)}`, because: "must have at most 2000 characters" },
    { url: "ftp://a.example", because: WEB_URL },
    { url: 1, because: WEB_URL },
  ];
  it.each(told)("is refused with the reason: $because", async ({ url, because }) => {
    const answer = await put(await openAccessKey(gateway), "/v2.1/messages/sms_callback", { callback_url: url });
    expect(((await answer.json()) as Refused).errors[0]?.detail).toEqual({
      data: { attributes: { callback_url: [because] } },
    });
  });

  it("is nobody's who does not say who they are", async () => {
    const who = await openAccessKey(gateway);
    const paths: [string, string][] = [
      ["PUT", "/v2.1/messages/sms_callback"],
      ["GET", "/v2.2/messages/sms_callback"],
      ["DELETE", "/v2.1/messages/dlr_callback"],
      ["POST", `/v2/numbers/${who.digits}/relationships/dlr_callback`],
      ["DELETE", `/v2/numbers/${who.digits}/relationships/dlr_callback`],
    ];
    for (const [method, path] of paths) {
      const body = method === "PUT" || method === "POST" ? { callback_url: URL } : undefined;
      expect((await call(gateway, undefined, method, path, body)).status).toBe(401);
      expect((await call(gateway, { ...who, secretKey: "wrong" }, method, path, body)).status).toBe(401);
    }
  });

  it("is not set by another verb, nor on v2", async () => {
    const who = await openAccessKey(gateway);
    const post = await call(gateway, who, "POST", "/v2.1/messages/sms_callback", { callback_url: URL });
    expect([post.status, post.headers.get("allow")]).toEqual([405, "GET, PUT, DELETE"]);
    const of = `/v2/numbers/${who.digits}/relationships/sms_callback`;
    const putNumber = await put(who, of, { callback_url: URL });
    expect([putNumber.status, putNumber.headers.get("allow")]).toEqual([405, "POST, DELETE"]);
    const onV2 = await put(who, "/v2/messages/sms_callback", { callback_url: URL });
    expect(onV2.status).toBeGreaterThanOrEqual(404);
    expect(onV2.status).toBeLessThanOrEqual(405);
    expect((await put(who, "/v2.1/messages/fax_callback", { callback_url: URL })).status).toBe(405);
    for (const name of ["fax", "callback"]) {
      const path = `/v2/numbers/${who.digits}/relationships/${name}`;
      expect((await call(gateway, who, "POST", path, { callback_url: URL })).status).toBe(404);
    }
    expect(await kept(who)).toEqual([]);
  });

  it("set by the operator is told like any other, and each account has its own", async () => {
    const [who, other] = [await openAccessKey(gateway), await openAccessKey(gateway)];
    await gateway.operator("PUT", `/admin/v1/accounts/${who.account}/callbacks/flowroute`, { messageUrl: URL });
    expect(await (await get(who, "/v2.2/messages/sms_callback")).json()).toMatchObject({
      data: { attributes: { callback_url: URL } },
    });
    expect((await get(other, "/v2.2/messages/sms_callback")).status).toBe(404);
  });
});
