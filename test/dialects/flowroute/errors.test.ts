/** What a client is told when it is turned away, and when something breaks on our side: always JSON. */

import { Hono } from "hono";
import { beforeAll, describe, expect, it } from "vitest";
import { GatewayError, REFUSALS, type Refusal } from "../../../src/core/kernel/errors.ts";
import type { DialectEnv } from "../../../src/dialects/dialect.ts";
import { toErrorResponse } from "../../../src/dialects/flowroute/errors.ts";
import { useGateway } from "../../support/gateway.ts";
import { basic, call, type KeyAccount, newPerson, openAccessKey, type Refused, sendText } from "./support.ts";

const VERSIONS = ["v2", "v2.1", "v2.2"];
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** An app that fails with whatever a test wants. */
function failing(error: unknown, path: string, faults: unknown[] = []) {
  const app = new Hono<DialectEnv>();
  app.use(async (c, next) => {
    c.set("fault", (unplanned) => `fault-${faults.push(unplanned)}`);
    await next();
  });
  app.onError(toErrorResponse as never);
  app.all("*", () => {
    throw error;
  });
  return app.request(path, { headers: { accept: "application/vnd.api+json" } });
}

describe("a refusal", () => {
  const STATUS: Record<Refusal, [v2: number, later: number, title: string]> = {
    "bad-request": [400, 400, "Bad Request"],
    "bad-number": [403, 422, "Forbidden"],
    "bad-sender": [403, 422, "Forbidden"],
    "bad-text": [422, 422, "Unprocessable Entity"],
    "too-large": [413, 413, "Payload Too Large"],
    unauthorised: [401, 401, "Unauthorized"],
    replayed: [401, 401, "Unauthorized"],
    "not-allowed": [403, 403, "Forbidden"],
    "not-found": [404, 404, "Not Found"],
    "wrong-method": [405, 405, "Method Not Allowed"],
    "already-exists": [409, 409, "Conflict"],
    repeated: [409, 409, "Conflict"],
    "too-late": [409, 409, "Conflict"],
    "too-many-requests": [429, 429, "Too Many Requests"],
    "no-carrier": [503, 503, "Service Unavailable"],
    "key-reused": [422, 422, "Unprocessable Entity"],
    "key-in-progress": [409, 409, "Conflict"],
    "opted-out": [400, 400, "Bad Request"],
    "quiet-hours": [400, 400, "Bad Request"],
    "country-closed": [403, 403, "Forbidden"],
  };

  it.each(REFUSALS)("for %s has a status, which stands in the body too", async (refusal) => {
    for (const version of VERSIONS) {
      const answer = await failing(new GatewayError(refusal, "the reason why"), `/${version}/messages`);
      const [v2, later, title] = STATUS[refusal];
      expect(answer.status).toBe(version === "v2" ? v2 : later);
      expect(answer.headers.get("content-type")).toBe(
        version === "v2" ? "application/json" : "application/vnd.api+json",
      );
      const body = (await answer.json()) as Refused;
      expect(Object.keys(body)).toEqual(["errors"]);
      const [error] = body.errors;
      expect(Object.keys(error ?? {})).toEqual(["id", "status", "title", "detail"]);
      expect(error).toMatchObject({ id: expect.stringMatching(UUID), status: answer.status });
      if (answer.status !== 422) expect(error?.title).toBe(title);
      expect(error?.detail).toEqual(expect.stringContaining("the reason why"));
    }
  });

  const fields: [string, string, string][] = [
    ["recipient", "to", "to"],
    ["sender", "from", "from"],
    ["text", "content", "body"],
    ["properties", "properties", "properties"],
  ];
  it.each(fields)("names %s as it is called on this wire", async (field, v2, later) => {
    for (const [version, name] of [
      ["v2", v2],
      ["v2.1", later],
      ["v2.2", later],
    ]) {
      const answer = await failing(new GatewayError("bad-text", "is wrong", field), `/${version}/messages`);
      expect(((await answer.json()) as Refused).errors).toMatchObject([
        { status: 422, detail: { data: { attributes: { [name ?? ""]: ["is wrong"] } } } },
      ]);
    }
  });

  it("for a field that could be read, and is wrong, is 422", async () => {
    expect((await failing(new GatewayError("bad-request", "is wrong", "to"), "/v2/messages")).status).toBe(422);
  });

  it("of a fault of ours is told by an id alone", async () => {
    const faults: unknown[] = [];
    const answer = await failing(new Error("SECRET no such column"), "/v2.1/messages", faults);
    expect(answer.status).toBe(500);
    const text = await answer.text();
    expect(JSON.parse(text)).toMatchObject({ errors: [{ status: 500, title: "Internal Server Error" }] });
    expect(text).toContain("fault-1");
    expect(text).not.toContain("SECRET");
    expect(faults).toHaveLength(1);
  });
});

describe("at the door", () => {
  const gateway = useGateway();
  let who: KeyAccount;
  let other: KeyAccount;
  beforeAll(async () => {
    who = await openAccessKey(gateway);
    other = await openAccessKey(gateway);
  });

  async function refused(answer: Response): Promise<Refused["errors"][number]> {
    expect(answer.headers.get("content-type")).toMatch(/^application\/(vnd\.api\+)?json$/);
    const { errors } = (await answer.json()) as Refused;
    expect(errors).toHaveLength(1);
    expect(errors[0]?.status).toBe(answer.status);
    return errors[0] as Refused["errors"][number];
  }

  const headers: [string, () => Record<string, string>][] = [
    ["without a credential", () => ({})],
    ["with another scheme", () => ({ authorization: `Bearer ${who.secretKey}` })],
    ["with an access key that nobody has", () => ({ authorization: basic({ ...who, accessKey: "99999999" }) })],
    ["with a wrong secret key", () => ({ authorization: basic({ ...who, secretKey: `${who.secretKey}x` }) })],
    ["with the secret key of another", () => ({ authorization: basic({ ...who, secretKey: other.secretKey }) })],
    ["without a secret key", () => ({ authorization: basic({ ...who, secretKey: "" }) })],
    ["with what is no base64", () => ({ authorization: "Basic ?" })],
    ["with a base64 of a length that cannot be", () => ({ authorization: "Basic abcde" })],
    ["with a pair that is none", () => ({ authorization: `Basic ${btoa(who.accessKey)}` })],
  ];
  it.each(headers)("nobody gets in %s, anywhere", async (_, credential) => {
    for (const version of VERSIONS) {
      for (const [method, path] of [
        ["POST", `/${version}/messages`],
        ["GET", `/${version}/messages?start_date=2020-01-01`],
        ["GET", `/${version}/messages/mdr2-00112233445566778899aabbccddeeff`],
        ["PUT", `/${version}/messages/sms_callback`],
        ["GET", `/${version}/nowhere`],
      ] as const) {
        const answer = await call(gateway, undefined, method, path, undefined, credential());
        expect([method, path, answer.status]).toEqual([method, path, 401]);
        expect(answer.headers.get("www-authenticate")).toBe('Basic realm="Flowroute"');
        expect((await refused(answer)).title).toBe("Unauthorized");
      }
    }
  });

  it("a secret key may have a colon in it, and the scheme any case", async () => {
    const at = `/admin/v1/accounts/${who.account}/credentials`;
    const secretKey = "a:secret:with:colons:and:32:char";
    await gateway.operator("POST", at, {
      dialect: "flowroute",
      kind: "access-key",
      name: "a1b2c3d4",
      secret: secretKey,
    });
    const authorization = basic({ accessKey: "a1b2c3d4", secretKey }).replace("Basic", "basic");
    const answer = await call(gateway, undefined, "GET", "/v2/messages?start_date=2020-01-01", undefined, {
      authorization,
    });
    expect(answer.status).toBe(200);
  });

  describe.each(VERSIONS)("of %s", (version) => {
    const path = `/${version}/messages`;
    const bodies: [string, string, number][] = [
      ["no JSON", "to=12065551234&from=12065551235", 400],
      ["nothing", "", 400],
      ["a list", "[]", 400],
      ["a hash as Ruby prints it", '{"to"=>"12065551234"}', 400],
    ];
    it.each(bodies)("a body that is %s is a bad request", async (_, body, status) => {
      const answer = await call(gateway, who, "POST", path, body);
      expect(answer.status).toBe(status);
      expect((await refused(answer)).detail).toEqual(expect.any(String));
    });

    const questions: [string, string][] = [
      ["without start_date", "limit=5"],
      ["with an empty start_date", "start_date="],
      ["with a start_date that is none", "start_date=yesterday"],
      ["with a day that no calendar has", "start_date=2017-02-30"],
      ["with a month that no calendar has", "start_date=2017-13-01"],
      ["with an hour that no clock has", "start_date=2017-12-01T25:00:00Z"],
      ["with an end_date that is none", "start_date=2017-12-01&end_date=now"],
      ["that ends before it begins", "start_date=2017-12-02&end_date=2017-12-01"],
      ["for none", "start_date=2017-12-01&limit=0"],
      ["for less than none", "start_date=2017-12-01&limit=-1"],
      ["for a part", "start_date=2017-12-01&limit=1.5"],
      ["for all", "start_date=2017-12-01&limit=all"],
      ["from before the first", "start_date=2017-12-01&offset=-1"],
      ["from beyond all counting", "start_date=2017-12-01&offset=99999999999999999999"],
    ];
    it.each(questions)("a list %s is refused", async (_, query) => {
      const answer = await call(gateway, who, "GET", `${path}?${query}`);
      expect(answer.status).toBe(version === "v2" ? 400 : 422);
      expect((await refused(answer)).detail).toEqual(expect.stringMatching(/^(start_date|end_date|limit|offset) /));
    });

    const ids = [
      "mdr2-00112233445566778899aabbccddeeff",
      "mdr1-00112233445566778899aabbccddeeff",
      "mdr2-00000000000000000000000000000000",
      "mdr1-cfab29a740129404a8ca794efc1359e12",
      "fab29a740129404a8ca794efc1359e12",
      "mdr3-00112233445566778899aabbccddeeff",
      "msg_000001",
      "%ff",
      "undefined",
    ];
    it.each(ids)("there is no record %s", async (id) => {
      expect((await refused(await call(gateway, who, "GET", `${path}/${id}`))).status).toBe(404);
    });

    it("another's record is as little there as nobody's", async () => {
      const id = await sendText(gateway, who, {}, version);
      const { id: _, ...theirs } = await refused(await call(gateway, other, "GET", `${path}/${id}`));
      const nobodys = "mdr2-00112233445566778899aabbccddeeff";
      const { id: __, ...none } = await refused(await call(gateway, other, "GET", `${path}/${nobodys}`));
      expect(theirs).toEqual({ ...none, detail: String(none.detail).replace(nobodys, id) });
    });

    const methods: [string, string, string][] = [
      ["PUT", "", "GET, POST"],
      ["DELETE", "", "GET, POST"],
      ["PATCH", "", "GET, POST"],
      ["POST", "/mdr2-00112233445566778899aabbccddeeff", "GET"],
      ["DELETE", "/mdr2-00112233445566778899aabbccddeeff", "GET"],
    ];
    it.each(methods)("%s messages%s is not known, and it says what is", async (method, rest, allow) => {
      const answer = await call(gateway, who, method, path + rest);
      expect(answer.headers.get("allow")).toBe(allow);
      expect((await refused(answer)).status).toBe(405);
    });

    it.each(["", "/", "/message", "/messages/a/b", "/messages//", "/numbers", "/accounts"])(
      "there is nothing at %j",
      async (rest) => {
        expect((await refused(await call(gateway, who, "GET", `/${version}${rest}`))).status).toBe(404);
      },
    );
  });

  it("the words of callbacks are no ids where they mean something", async () => {
    for (const version of ["v2.1", "v2.2"]) {
      const answer = await call(gateway, who, "POST", `/${version}/messages/sms_callback`, {});
      expect(answer.headers.get("allow")).toBe("GET, PUT, DELETE");
      expect((await refused(answer)).status).toBe(405);
    }
    expect((await refused(await call(gateway, who, "GET", "/v2/messages/sms_callback"))).status).toBe(404);
    const number = `/v2/numbers/${who.digits}/relationships/sms_callback`;
    const answer = await call(gateway, who, "GET", number);
    expect(answer.headers.get("allow")).toBe("POST, DELETE");
    expect((await refused(answer)).status).toBe(405);
  });

  it.each([
    ["PUT", "/v2.1/messages/callback"],
    ["DELETE", "/v2.2/messages/dlr"],
    ["PUT", "/v2/messages/sms_callback"],
    ["GET", "/v2.1/messages//"],
    ["POST", "/v2.1/messages//"],
    ["POST", "/v2/numbers/12065550100/relationships/callback"],
  ])("nobody is told that %s %s takes what was just refused", async (method, path) => {
    const answer = await call(gateway, who, method, path, method === "GET" ? undefined : {});
    expect([404, 405]).toContain(answer.status);
    const allowed = answer.headers.get("allow")?.split(", ") ?? [];
    expect(allowed).not.toContain(method);
    expect(allowed).toEqual(answer.status === 405 ? ["GET"] : []);
  });

  it("nobody is sent anything by a request that was refused", async () => {
    const to = newPerson();
    await call(gateway, undefined, "POST", "/v2/messages", { to: to.slice(1), from: who.digits, content: "Hello" });
    await call(gateway, other, "POST", "/v2/messages", { to: to.slice(1), from: who.digits, content: "Hello" });
    await gateway.advance(1);
    expect(await gateway.handset(to)).toEqual([]);
  });
});
