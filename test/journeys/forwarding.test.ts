/** Where webhooks are forwarded to while a program listens: where that may be, and what a reset leaves of it. */

import { expect, it } from "vitest";
import { useGateway } from "../support/gateway.ts";

const gateway = useGateway({ ALLOW_PRIVATE_WEBHOOKS: "off" });
const ADDRESS = "/sandbox/v1/forwarding";
const forwarded = () => gateway.operator<{ forwarding?: { to: string } }>("GET", "/sandbox/v1/oddities");

it("is no address that webhooks themselves may not go to", async () => {
  const { detail } = await gateway.refusal("PUT", ADDRESS, { to: "http://127.0.0.1:3000", seconds: 60 });
  expect(detail).toMatch(/^to: /);
  expect(await forwarded()).not.toHaveProperty("forwarding");
});

it("stays as it is when the sandbox is reset: the program still listens", async () => {
  await gateway.operator("PUT", ADDRESS, { to: "https://listener.example", seconds: 60 });
  await gateway.operator("POST", "/sandbox/v1/reset");
  expect((await forwarded()).forwarding?.to).toMatch(/^https:\/\/listener\.example\/?$/);
});
