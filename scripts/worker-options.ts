/**
 * The bindings of wrangler.toml as Miniflare takes them, and migrations as statements: what wrangler would make of both, which is
 * 15 MB and takes a start two seconds to load. A test holds them against wrangler's own.
 */

import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "smol-toml";
import { root } from "./root.ts";

/** So much of wrangler.toml as a local gateway has a use for. */
type Config = {
  compatibility_date: string;
  compatibility_flags: string[];
  triggers: { crons: string[] };
  assets: { directory: string; binding: string };
  d1_databases: { binding: string; database_id: string }[];
  durable_objects: { bindings: { name: string; class_name: string }[] };
  queues: {
    producers: { queue: string; binding: string }[];
    consumers: { queue: string; max_batch_size: number; max_batch_timeout: number; max_retries: number }[];
  };
};

/** @throws TomlError that names the line of wrangler.toml that is no TOML */
export function workerOptions(): Record<string, unknown> {
  const config = parse(readFileSync(join(root, "wrangler.toml"), "utf8")) as unknown as Config;
  const { compatibility_date: compatibilityDate, compatibility_flags: compatibilityFlags, queues, assets } = config;
  return {
    rootPath: resolve(root),
    compatibilityDate,
    compatibilityFlags,
    cronTriggers: config.triggers.crons,
    d1Databases: byName(config.d1_databases, ({ binding, database_id: id }) => [binding, { id }]),
    queueProducers: byName(queues.producers, ({ binding, queue: queueName }) => [binding, { queueName }]),
    queueConsumers: byName(queues.consumers, (one) => [
      one.queue,
      { maxBatchSize: one.max_batch_size, maxBatchTimeout: one.max_batch_timeout, maxRetries: one.max_retries },
    ]),
    durableObjects: byName(config.durable_objects.bindings, ({ name, class_name: className }) => [
      name,
      { className, useSQLite: true },
    ]),
    assets: {
      directory: join(root, assets.directory),
      binding: assets.binding,
      routerConfig: { has_user_worker: true },
      assetConfig: { compatibility_date: compatibilityDate, compatibility_flags: compatibilityFlags },
    },
  };
}

function byName<One>(all: readonly One[], entry: (one: One) => [string, unknown]): Record<string, unknown> {
  return Object.fromEntries(all.map(entry));
}

/** A quoted text or name, a comment, a word, the end of a statement, or anything else. */
const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\w+|;|[\s\S]/g;

/** The statements of a migration. A semicolon ends one, unless it stands in a text, a comment, or between BEGIN and END. */
export function statementsOf(sql: string): string[] {
  const statements: string[] = [];
  let statement = "";
  let depth = 0;
  for (const [token] of sql.matchAll(TOKEN)) {
    const isEnd = token === ";" && depth === 0;
    if (isEnd) statements.push(statement);
    statement = isEnd ? "" : statement + token;
    if (/^(BEGIN|CASE)$/i.test(token)) depth++;
    if (/^END$/i.test(token)) depth--;
  }
  return [...statements, statement].map((one) => one.trim()).filter((one) => withoutComments(one) !== "");
}

function withoutComments(statement: string): string {
  return statement.replace(TOKEN, (token) => (/^(--|\/\*)/.test(token) ? "" : token)).trim();
}
