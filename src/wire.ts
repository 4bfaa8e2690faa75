/** Bindings become ports, ports become a gateway. Here, and only here, it is said which dialects and carriers there are. */

import { type NetworkLink, simulator } from "./carriers/simulator/simulator.ts";
import { realClock, sandboxClock } from "./clock.ts";
import { type Gateway, makeGateway } from "./core/gateway.ts";
import { makeIds } from "./core/ids.ts";
import type { Carrier } from "./core/messages/carrier.ts";
import type { Ports } from "./core/ports.ts";
import type { Dialect } from "./dialects/dialect.ts";
import { target365 } from "./dialects/target365/index.ts";
import { type Env, settingsOf } from "./env.ts";
import { intakeOf } from "./intake.ts";
import { makeLog } from "./log.ts";
import { makeHttp } from "./post.ts";
import { jobsOf } from "./queue.ts";
import { makeSigner } from "./signer.ts";
import { accountStore } from "./store/accounts.ts";
import { rememberCallers } from "./store/callers.ts";
import { inboundStore } from "./store/inbounds.ts";
import { messageStore } from "./store/messages.ts";
import { serverKeyStore } from "./store/server-keys.ts";
import { webhookStore } from "./store/webhooks.ts";

export const dialects: readonly Dialect[] = [target365];

const formats = new Map(dialects.map((dialect) => [dialect.name, dialect.webhooks]));
const credentialForms = new Map(dialects.map((dialect) => [dialect.name, dialect.credentials]));

/**
 * The database that an account's messages are written to. There is one; a second needs the stores in `portsOf` to be
 * chosen by account as well.
 */
export function databaseOf(env: Env, _account: string): D1Database {
  return env.DB;
}

/** Made once for each isolate, so nothing in them may belong to a request. */
const made = new WeakMap<Env, { ports: Ports; gateway: Gateway }>();

/** What the domain needs, made of what this Worker is bound to. */
export function portsOf(env: Env): Ports {
  return wired(env).ports;
}

export function gatewayOf(env: Env): Gateway {
  return wired(env).gateway;
}

function wired(env: Env): { ports: Ports; gateway: Gateway } {
  let both = made.get(env);
  if (!both) {
    const ports = makePorts(env);
    both = { ports, gateway: makeGateway(ports) };
    made.set(env, both);
  }
  return both;
}

function makePorts(env: Env): Ports {
  const settings = settingsOf(env);
  const clock = settings.SANDBOX ? sandboxClock : realClock;
  const log = makeLog(clock.now);
  return {
    clock,
    ids: makeIds(clock, (bytes) => crypto.getRandomValues(bytes)),
    intake: intakeOf(env, clock.now),
    jobs: jobsOf(env, log),
    http: makeHttp({ allowPrivate: settings.ALLOW_PRIVATE_WEBHOOKS, wall: clock.wall }),
    log,
    signer: makeSigner(settings.SIGNING_KEY, serverKeyStore(env.DB), clock.wall),
    accounts: rememberCallers(accountStore(env.DB), clock.wall),
    messages: messageStore(env.DB, formats),
    inbounds: inboundStore(env.DB),
    webhooks: webhookStore(env.DB),
    carriers: carriersOf(env),
    formats,
    credentialForms,
    retention: settings.RETENTION_DAYS * 86_400_000,
  };
}

function carriersOf(env: Env): ReadonlyMap<string, Carrier> {
  const link: NetworkLink = {
    submit: (messages) => networkOf(env).submit(messages),
    query: (ids) => networkOf(env).query(ids),
  };
  return new Map(settingsOf(env).SANDBOX ? [["simulator", simulator(link)]] : []);
}

/** The simulated network, to be called by the request that asked: another's stub may not be used. */
export function networkOf(env: Env) {
  return env.SIMULATOR.get(env.SIMULATOR.idFromName("network"));
}
