/** A database that fails: programs are told to come again, and connections stay. */

import { afterAll, beforeAll, expect, it } from "vitest";
import { STATUS } from "../../src/smpp/fields.ts";
import type { Esme } from "../support/esme.ts";
import { type Customer, useSmppGateway } from "../support/smpp.ts";

const smpp = useSmppGateway();
const TABLES = ["sandbox", "account", "credential"];
const rename = async (nameOf: (table: string) => string, to: (table: string) => string) => {
  const db = await smpp.gateway.runtime.miniflare.getD1Database("DB");
  for (const table of TABLES) await db.prepare(`ALTER TABLE ${nameOf(table)} RENAME TO ${to(table)}`).run();
};
const same = (table: string) => table;
const gone = (table: string) => `${table}_gone`;

/** Of whom the gateway has read nothing yet. */
let other: Customer;
let esme: Esme;
beforeAll(async () => {
  esme = await smpp.esme(await smpp.customer());
  other = await smpp.customer();
  await rename(same, gone);
});
afterAll(() => rename(gone, same));

it("a submit, a question whether we are there, and a bind are all answered", async () => {
  expect((await esme.ask("enquire_link")).status).toBe(STATUS.ok);
  const submit = await esme.ask("submit_sm", { source: "Shop", destination: "4791000001" });
  expect(submit.status).toBe(STATUS.systemError);
  const stranger = await smpp.stranger();
  expect((await stranger.bind(other.systemId, other.password)).status).toBe(STATUS.bindFailed);
  expect(esme.socket.destroyed).toBe(false);
});
