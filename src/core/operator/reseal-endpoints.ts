/** Sealing endpoints anew, once another key seals. */

import type { Clock } from "../kernel/clock.ts";
import { given } from "../kernel/given.ts";
import type { Log, Sealer } from "../kernel/ports.ts";
import type { NamedEndpoint, NamedEndpointStore } from "../webhooks/named.ts";
import { openEndpoint, sealEndpoint } from "../webhooks/standard.ts";

type ResealPorts = { sealer: Sealer; clock: Clock; namedEndpoints: NamedEndpointStore; log: Log };

/**
 * The keys before the last rotation, while they sign too. They are sealed with the key that seals now, as `sealedWith` says of all of it:
 * by it the operator knows when an older one can go.
 */
export async function oldKeysOf(
  { sealer, clock }: Pick<ResealPorts, "sealer" | "clock">,
  known: NamedEndpoint,
): Promise<Pick<NamedEndpoint, "oldSealed" | "oldPublicKey" | "oldUntil">> {
  const { oldSealed, oldPublicKey, oldUntil = 0 } = known;
  if (oldSealed === undefined || oldUntil <= clock.now()) return {};
  const again = await sealEndpoint(sealer, known, await openEndpoint(sealer, known, oldSealed));
  return { oldSealed: again, oldUntil, ...given({ oldPublicKey }) };
}

/** So many are sealed anew in a minute, once another key seals. */
const RESEALED_AT_ONCE = 100;
/** And so many times as many are looked at for them. */
const RESEALED_PAGES = 50;

/** Seals endpoints with the key that seals now. Logs `named_endpoint.resealed`, and `named_endpoint.unreadable`. */
export async function resealEndpoints(ports: ResealPorts): Promise<void> {
  const { sealer, namedEndpoints } = ports;
  if (!sealer.key) return;
  let after: NamedEndpoint | undefined;
  // Those that no key opens stay as they are: the others behind them are not to wait for that.
  for (let page = 0, resealed = 0; page < RESEALED_PAGES && resealed < RESEALED_AT_ONCE; page++) {
    const some = await namedEndpoints.sealedOtherwise(sealer.key, RESEALED_AT_ONCE, after);
    for (const known of some) resealed += (await reseal(ports, sealer.key, known)) ? 1 : 0;
    after = some.at(-1);
    if (some.length < RESEALED_AT_ONCE) return;
  }
}

/** Whether it is sealed with the key that seals now. */
async function reseal(ports: ResealPorts, key: string, known: NamedEndpoint): Promise<boolean> {
  const { sealer, namedEndpoints } = ports;
  const { account, name } = known;
  try {
    const { oldSealed: _, oldPublicKey: __, oldUntil: ___, ...rest } = known;
    const resealed: NamedEndpoint = {
      ...rest,
      ...(await oldKeysOf(ports, known)),
      sealed: await sealEndpoint(sealer, known, await openEndpoint(sealer, known, known.sealed)),
      sealedWith: key,
      version: known.version + 1,
    };
    if (!(await namedEndpoints.change(resealed, known.version))) return false;
    ports.log.event("named_endpoint.resealed", { account, endpoint: name, sealedWith: key });
    return true;
  } catch (error) {
    ports.log.event("named_endpoint.unreadable", { account, endpoint: name, error: String(error) });
    return false;
  }
}
