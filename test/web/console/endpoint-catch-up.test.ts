/** Sending an endpoint again what it missed: what was never sent is sent whole. */

import { expect, it } from "vitest";
import { ADMIN_TOKEN, useGateway } from "../../support/gateway.ts";

const gateway = useGateway();

it("refuses a span for events that were never sent, and keeps what was typed", async () => {
  const { id } = await gateway.account();
  const url = "http://127.0.0.1:9/hook";
  await gateway.operator("PUT", `/admin/v1/accounts/${id}/endpoints/shop`, { url, events: ["message.*"] });
  const send = (path: string, fields: Record<string, string>, cookie = "") =>
    gateway.fetch(path, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", cookie },
      body: String(new URLSearchParams(fields)),
    });
  const entered = await send("/console/login", { token: ADMIN_TOKEN });
  const cookie = entered.headers.getSetCookie()[0]?.split(";")[0] ?? "";
  const path = `/console/setup/${id}/endpoints/shop/catch-up`;
  const refused = await send(path, { state: "untold", since: "", until: "2026-11-22T12:00" }, cookie);
  expect(refused.status).toBe(400);
  const page = await refused.text();
  expect(page).toContain("vents that were never sent are sent of any time");
  expect(page).toContain("2026-11-22");
  expect((await send(path, { state: "untold", since: "", until: "" }, cookie)).status).toBe(303);
});
