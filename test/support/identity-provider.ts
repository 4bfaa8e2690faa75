/** An OpenID provider for tests: it signs real tokens, and lies as it is told. */

import { createHash, createSign, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { afterAll, beforeAll } from "vitest";

type Asked = { nonce: string; challenge: string; redirectUri: string };

/** What is different from an honest answer. `header` and `claims` are put over its own; `key` signs; `changed` is done to the text. */
export type Lie = {
  header?: Record<string, unknown>;
  claims?: Record<string, unknown>;
  key?: KeyObject;
  changed?: (token: string) => string;
};

export type IdentityProvider = {
  issuer: string;
  /** Who is there when a browser comes. */
  person: Record<string, unknown>;
  lie: Lie;
  /** How often a code was exchanged for tokens. */
  exchanged: number;
  /** What happens in a browser that is sent to `url`: the address that it is sent back to. */
  visit(url: string): string;
};

export const CLIENT = { id: "stafett", secret: "the-client's-secret" } as const;

export function useIdentityProvider(port: number): IdentityProvider {
  const issuer = `http://127.0.0.1:${port}`;
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const jwk = { ...publicKey.export({ format: "jwk" }), kid: "first", alg: "RS256", use: "sig" };
  const asked = new Map<string, Asked>();
  let server: Server;

  const provider: IdentityProvider = {
    issuer,
    person: {},
    lie: {},
    exchanged: 0,
    visit(url) {
      const given = new URL(url).searchParams;
      const code = randomBytes(16).toString("hex");
      const redirectUri = given.get("redirect_uri") ?? "";
      asked.set(code, { redirectUri, nonce: given.get("nonce") ?? "", challenge: given.get("code_challenge") ?? "" });
      const back = new URL(redirectUri);
      back.searchParams.set("code", code);
      back.searchParams.set("state", given.get("state") ?? "");
      return back.href;
    },
  };

  function tokenFor({ nonce }: Asked): string {
    const now = Math.floor(Date.now() / 1000);
    const times = { iat: now, exp: now + 60 };
    const claims = {
      iss: issuer,
      aud: CLIENT.id,
      sub: "u-1",
      nonce,
      ...times,
      ...provider.person,
      ...provider.lie.claims,
    };
    const header = { alg: "RS256", kid: "first", ...provider.lie.header };
    const text = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
    const signature = createSign("sha256")
      .update(text)
      .sign(provider.lie.key ?? privateKey, "base64url");
    return (provider.lie.changed ?? ((token) => token))(`${text}.${signature}`);
  }

  function exchange(form: URLSearchParams, authorization: string | undefined): [number, unknown] {
    provider.exchanged++;
    const one = asked.get(form.get("code") ?? "");
    asked.delete(form.get("code") ?? "");
    const [user, password] = Buffer.from((authorization ?? "").replace("Basic ", ""), "base64")
      .toString()
      .split(":");
    const isClient =
      decodeURIComponent(user ?? "") === CLIENT.id && decodeURIComponent(password ?? "") === CLIENT.secret;
    const challenge = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    const isRight = one && challenge === one.challenge && form.get("redirect_uri") === one.redirectUri;
    if (!isRight || !isClient) return [400, { error: "invalid_grant" }];
    return [200, { access_token: "a", token_type: "Bearer", expires_in: 60, id_token: tokenFor(one) }];
  }

  const pages: Record<string, unknown> = {
    "/.well-known/openid-configuration": {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/keys`,
      id_token_signing_alg_values_supported: ["RS256"],
      token_endpoint_auth_methods_supported: ["client_secret_basic"],
    },
    "/keys": { keys: [jwk] },
  };

  beforeAll(async () => {
    server = createServer(async (request, response) => {
      const [status, json] =
        request.method === "POST"
          ? exchange(new URLSearchParams(await bodyOf(request)), request.headers.authorization)
          : [200, pages[request.url ?? ""]];
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(json));
    });
    await new Promise<void>((listening) => server.listen(port, "127.0.0.1", listening));
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  return provider;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const piece of request) body += piece;
  return body;
}
