/** Public keys: the server's, which forwards are signed with, and the account's own. */

import { type Context, Hono } from "hono";
import type { Credential } from "../../core/accounts/account.ts";
import { GatewayError } from "../../core/kernel/errors.ts";
import type { ServerKey } from "../../core/kernel/ports.ts";
import type { DialectEnv } from "../dialect.ts";
import { onlyOnce } from "./auth.ts";
import { toDate } from "./dates.ts";
import { JSON_TYPE } from "./schema.ts";

const app = new Hono<DialectEnv>();

async function serverKey(c: Context<DialectEnv>) {
  const name = c.req.param("name") ?? "";
  const key = await c.get("gateway").serverKey(name);
  if (!key) throw new GatewayError("not-found", `there is no server public key named ${name}`);
  return c.json(fromServer(key), 200, JSON_TYPE);
}

app.get("/server/public-keys/:name", onlyOnce, serverKey);
// The verifiers of Java and Node ask at the older address.
app.get("/public-key/:name", onlyOnce, serverKey);

app.get("/client/public-keys", onlyOnce, async (c) => {
  const keys = await c.get("gateway").credentials(c.get("caller"), "public-key");
  const answers = keys.map((key) => fromClient(key, c.get("caller").account.number));
  return c.json(answers, 200, JSON_TYPE);
});

app.get("/client/public-keys/:name", onlyOnce, async (c) => {
  return c.json(fromClient(await ownKey(c), c.get("caller").account.number), 200, JSON_TYPE);
});

app.delete("/client/public-keys/:name", onlyOnce, async (c) => {
  await c.get("gateway").withdraw(c.get("caller"), await ownKey(c));
  return c.body(null, 204);
});

export const publicKeys = app;

async function ownKey(c: Context<DialectEnv>): Promise<Credential> {
  const name = c.req.param("name");
  const keys = await c.get("gateway").credentials(c.get("caller"), "public-key");
  const key = keys.find((one) => one.name === name);
  if (!key) throw new GatewayError("not-found", `your account has no public key named ${name}`);
  return key;
}

/** The gateway itself has no account: account 0. */
function fromServer(key: ServerKey) {
  return {
    accountId: 0,
    name: key.name,
    publicKeyString: key.publicKey,
    signAlgo: "ECDsaP256",
    hashAlgo: "SHA256",
    created: toDate(key.createdAt),
    lastModified: toDate(key.createdAt),
    notUsableBefore: toDate(key.createdAt),
    expiry: toDate(key.expiresAt),
  };
}

function fromClient(key: Credential, accountId: number) {
  return {
    accountId,
    name: key.name,
    publicKeyString: key.publicKey,
    signAlgo: key.signAlgo,
    hashAlgo: "SHA256",
    created: toDate(key.createdAt),
    lastModified: toDate(key.changedAt),
    notUsableBefore: toDate(key.notBefore ?? key.createdAt),
    ...(key.expiresAt === undefined ? {} : { expiry: toDate(key.expiresAt) }),
  };
}
