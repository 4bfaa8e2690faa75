/** An OpenID provider, asked by oauth4webapi: authorization code with PKCE, state and nonce, and the ID token's signature checked. */

import * as oauth from "oauth4webapi";
import type { Http, HttpAnswer } from "../core/kernel/ports.ts";
import {
  type Begun,
  type Claims,
  type IdentityProvider,
  SignInRefused,
  type SignInRules,
} from "../core/operator/sign-in.ts";

/** What of the settings says which provider it is, and who we are there. */
export type OidcSettings = {
  issuer: string;
  clientId: string;
  /** Absent: a public client, by PKCE alone. */
  clientSecret?: string | undefined;
  scopes: string;
  rules: SignInRules;
};

/** How long what a provider says of itself is believed. Milliseconds. */
const METADATA_MS = 10 * 60_000;
/** Of an answer of the provider's: its keys, or a token. Bytes. */
const ANSWER_CAP = 256 * 1024;
const PROVIDER_LIMIT_MS = 8_000;

/** @param wall real time, epoch ms */
export function oidcProvider(settings: OidcSettings, http: Pick<Http, "send">, wall: () => number): IdentityProvider {
  const issuer = new URL(settings.issuer);
  const client: oauth.Client = { client_id: settings.clientId };
  const { clientSecret } = settings;
  const options = {
    [oauth.customFetch]: (url: string, sent: oauth.CustomFetchOptions<string, BodyInit | undefined>) =>
      call(http, url, sent),
    // The settings take http: for this machine alone.
    [oauth.allowInsecureRequests]: issuer.protocol === "http:",
  };
  let known: { server: oauth.AuthorizationServer; at: number } | undefined;

  async function server(): Promise<oauth.AuthorizationServer> {
    if (known && wall() - known.at < METADATA_MS) return known.server;
    const answer = await oauth.discoveryRequest(issuer, options);
    known = { server: await oauth.processDiscoveryResponse(issuer, answer), at: wall() };
    return known.server;
  }

  /** By the way that the provider knows; Basic is what it must know where it says nothing. */
  function authentication(at: oauth.AuthorizationServer): oauth.ClientAuth {
    if (clientSecret === undefined) return oauth.None();
    const ways = at.token_endpoint_auth_methods_supported;
    const isPostOnly = ways?.includes("client_secret_post") && !ways.includes("client_secret_basic");
    return isPostOnly ? oauth.ClientSecretPost(clientSecret) : oauth.ClientSecretBasic(clientSecret);
  }

  async function claims(answer: URL, { state, nonce, verifier }: Begun, redirectUri: string): Promise<Claims> {
    const at = await server();
    const parameters = oauth.validateAuthResponse(at, client, answer, state);
    const given = await oauth.authorizationCodeGrantRequest(
      ...([at, client, authentication(at), parameters, redirectUri, verifier, options] as const),
    );
    const expected = { expectedNonce: nonce, requireIdToken: true };
    const tokens = await oauth.processAuthorizationCodeResponse(at, client, given, expected);
    // It came over TLS from the provider itself, and is checked by its keys all the same.
    await oauth.validateApplicationLevelSignature(at, given, options);
    const found = oauth.getValidatedIdTokenClaims(tokens);
    if (!found) throw new SignInRefused("no-id-token");
    return found;
  }

  return {
    name: issuer.hostname,
    rules: settings.rules,
    async begin(redirectUri) {
      const { authorization_endpoint: endpoint } = await server();
      if (endpoint === undefined) throw new Error("the provider names no authorization endpoint");
      const verifier = oauth.generateRandomCodeVerifier();
      const begun = { state: oauth.generateRandomState(), nonce: oauth.generateRandomNonce(), verifier };
      const url = new URL(endpoint);
      const asked = {
        client_id: settings.clientId,
        redirect_uri: redirectUri,
        response_type: "code",
        scope: settings.scopes,
        state: begun.state,
        nonce: begun.nonce,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
      };
      for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
      return { ...begun, url: url.href };
    },
    async end(answer, begun, redirectUri) {
      try {
        return await claims(answer, begun, redirectUri);
      } catch (error) {
        if (error instanceof SignInRefused) throw error;
        throw new SignInRefused(codeOf(error));
      }
    },
  };
}

/** A word for what was wrong, with nothing of what the provider sent. */
function codeOf(error: unknown): string {
  if (error instanceof oauth.AuthorizationResponseError || error instanceof oauth.ResponseBodyError) {
    return /^[a-z_]{1,60}$/.test(error.error) ? error.error : "refused";
  }
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "failed";
}

/** By our own way out: with its limits, and no redirects. */
async function call(
  http: Pick<Http, "send">,
  url: string,
  { method, headers, body }: oauth.CustomFetchOptions<string, BodyInit | undefined>,
): Promise<Response> {
  const answer = await http.send({
    method: method === "POST" ? "POST" : "GET",
    url,
    headers: { ...headers },
    answerCap: ANSWER_CAP,
    timeLimit: PROVIDER_LIMIT_MS,
    ...(body === undefined ? {} : { body: String(body) }),
  });
  if (answer.outcome === "failed") throw new Error(`the provider does not answer: ${answer.error}`);
  return toResponse(answer);
}

function toResponse({ status, headers = {}, body }: Extract<HttpAnswer, { outcome: "answered" }>): Response {
  const type = headers["content-type"];
  const isBare = [101, 204, 205, 304].includes(status);
  return new Response(isBare ? null : body, { status, headers: type === undefined ? {} : { "content-type": type } });
}
