/** A database that fails: nobody is told how. */

import { beforeAll, expect, it } from "vitest";
import { DEMO_API_KEY } from "../../scripts/local-settings.ts";
import { ADMIN_TOKEN, useGateway } from "../support/gateway.ts";

const gateway = useGateway({ DEMO_API_KEY }, { isBroken: true });

beforeAll(async () => {
  const db = await gateway.runtime.miniflare.getD1Database("DB");
  for (const table of ["sandbox", "account", "credential"]) {
    await db.prepare(`ALTER TABLE ${table} RENAME TO ${table}_gone`).run();
  }
});

const operator = { authorization: `Bearer ${ADMIN_TOKEN}` };

it.each([
  { path: "/health", status: 503 },
  { path: "/admin/v1/accounts", headers: operator, status: 500 },
  { path: "/sandbox/v1/handsets", headers: operator, status: 500 },
  { path: "/metrics", headers: operator, status: 500 },
  { path: "/api/out-messages/x", headers: { "x-apikey": DEMO_API_KEY }, status: 500 },
  { path: "/v2.1/messages/x", headers: { authorization: `Basic ${btoa(`1:${DEMO_API_KEY}`)}` }, status: 500 },
  { path: `/no/status/view?campaign_name=demo&api_key=${DEMO_API_KEY}&service_id=x&transaction_id=x`, status: 500 },
  { path: `/gateway.ashx?producttoken=${DEMO_API_KEY}&from=Shop&to=004798079008&body=Hi`, status: 500 },
  { path: "/console/messages", status: 500 },
  { path: "/demo-games", status: 500 },
  { path: "/openapi.json", status: 500 },
])("says nothing of its fault at $path", async ({ path, headers, status }) => {
  const answer = await gateway.fetch(path, headers ? { headers } : {});
  const said = await answer.text();
  expect(said).not.toMatch(/D1_|SQL|no such table|at .*\.ts|_gone/i);
  expect(said).toMatch(/Fault [0-9a-f]{8}|does not answer/);
  expect(answer.status).toBe(status);
});

it("tells the log all of it", async () => {
  await gateway.fetch("/openapi.json");
  expect(gateway.log.join("\n")).toMatch(/no such table/);
});
