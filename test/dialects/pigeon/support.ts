/** A gateway that also speaks Pigeon Post. */

import { type TestGateway, useGateway } from "../../support/gateway.ts";

export type Loft = { account: string; ring: string };

export function usePigeons(): TestGateway {
  return useGateway({}, { replace: { "src/registry.ts": "test/dialects/pigeon/registry.ts" } });
}

let opened = 0;

/** Opens an account with a ring and a sender "Loft", as an operator does. */
export async function openLoft(gateway: TestGateway): Promise<Loft> {
  const account = `loft-${++opened}`;
  const at = `/admin/v1/accounts/${account}`;
  await gateway.operator("POST", "/admin/v1/accounts", { id: account, name: "A loft" });
  const { secret } = await gateway.operator<{ secret: string }>("POST", `${at}/credentials`, {
    dialect: "pigeon",
    kind: "ring",
    name: "ring",
  });
  await gateway.operator("PUT", `${at}/senders/Loft`, { kind: "alphanumeric", country: "NO" });
  return { account, ring: secret };
}
