/** The Swagger document: what generators of clients find in it, and whether it is true. */

import { describe, expect, it } from "vitest";
import { useGateway } from "../../support/gateway.ts";
import { newGsm, openTokenAccount, send } from "./support.ts";

type Schema = {
  $ref?: string;
  type?: string;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
};
type Example = { messages: { msg: Record<string, unknown>[] } };
type Operation = {
  tags: string[];
  operationId: string;
  parameters: { name: string; in: string; schema?: Schema & { example: Example } }[];
  responses: Record<string, { schema: Schema }>;
};
type Document = {
  swagger: string;
  info: { title: string; version: string };
  host: string;
  basePath: string;
  schemes: string[];
  paths: { "/v1.0/message": { post: Operation } };
  definitions: Record<string, Schema>;
};

const gateway = useGateway({ PUBLIC_URL: "https://sms.example:8443/gw" });

const read = async (path = "/docs.json") => {
  const answer = await gateway.fetch(path);
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/json"]);
  return (await answer.json()) as Document;
};

describe("the Swagger document", () => {
  it("has the names that generated clients have", async () => {
    const { swagger, info, paths } = await read();
    expect({ swagger, info }).toEqual({ swagger: "2.0", info: { title: "Bulk SMS API", version: "v1" } });
    expect(Object.keys(paths)).toEqual(["/v1.0/message"]);
    expect(paths["/v1.0/message"].post).toMatchObject({ tags: ["Messages"], operationId: "Messages_SendMessage" });
  });

  it("says where we are", async () => {
    expect(await read("/Docs.json")).toMatchObject({ host: "sms.example:8443", basePath: "/gw", schemes: ["https"] });
  });

  it("refers to nothing that it does not have, and has nothing that nobody refers to", async () => {
    const document = await read();
    const referred = [...JSON.stringify(document).matchAll(/"#\/definitions\/(\w+)"/g)].map(([, name]) => name);
    expect([...new Set(referred)].sort()).toEqual(Object.keys(document.definitions).sort());
  });

  it("has an example that is accepted, and tells how it is answered", async () => {
    const { paths, definitions } = await read();
    const { parameters, responses } = paths["/v1.0/message"].post;
    const body = parameters.find(({ in: place }) => place === "body");
    const example = body?.schema?.example as Example;
    const msg = example.messages.msg.map((one) => ({ ...one, to: [{ number: newGsm() }] }));
    const { status, ...answer } = await send(gateway, await openTokenAccount(gateway), ...msg);
    expect([status, answer.errorCode]).toEqual([200, 0]);
    const [whole, each] = ["MessagesResponse", "MessageResponse"].map((name) => definitions[name]?.properties ?? {});
    expect(responses[String(status)]?.schema).toEqual({ $ref: "#/definitions/MessagesResponse" });
    expect(Object.keys(answer)).toEqual(Object.keys(whole ?? {}));
    expect(Object.keys(answer.messages[0] ?? {})).toEqual(Object.keys(each ?? {}));
  });
});

describe("the Swagger document of a gateway at the root of its host", () => {
  const atRoot = useGateway({ PUBLIC_URL: "https://sms.example" });

  it("has no base path, to which clients would add another slash", async () => {
    const document = (await (await atRoot.fetch("/docs.json")).json()) as Partial<Document>;
    expect(document.host).toBe("sms.example");
    expect(document).not.toHaveProperty("basePath");
  });
});
