/** What is known of an account's own endpoint, and the addresses of its pages. */

import type { Item } from "../api.ts";
import type { C } from "../console-env.ts";
import { facts } from "../ui/facts.tsx";
import { when } from "../ui/words.tsx";
import { ORDER_WORDS } from "./endpoint-form.tsx";
import { accountOf, inSetup } from "./frame.tsx";

export type Endpoint = Item<"GET /admin/v1/accounts/{id}/endpoints">;

/** The endpoint's name, of the address. */
export function nameOf(c: C): string {
  return c.req.param("name") ?? "";
}

/** An address of theirs in the console. */
export function here(c: C, ...parts: string[]): string {
  return inSetup(c, "endpoints", ...parts);
}

/** The endpoint, as the API asks for it. */
export function which(c: C) {
  return { params: { id: accountOf(c), name: nameOf(c) } };
}

/** Whether it is on, and received. */
export function stateBadge({ isEnabled, failingSince }: Endpoint) {
  const state = isEnabled ? (failingSince ? "failing" : "on") : "off";
  return <span class={`badge ${state === "on" ? "good" : "bad"}`}>{state}</span>;
}

/** Which events it is told of. */
export function asked({ events, services, numbers, tags }: Endpoint): string {
  return [
    events.includes("*") ? "all events" : events.join(", "),
    ...(services ? [`of the services ${services.join(", ")}`] : []),
    ...(numbers ? [`of ${numbers.join(", ")}`] : []),
    ...(tags ? [`with the tags ${tags.join(", ")}`] : []),
  ].join(", ");
}

/** Since when it fails, and why it is off. */
export function troubleOf({ isEnabled, disabledAt, reason, failingSince, failures }: Endpoint) {
  return (
    <>
      {failingSince && (
        <>
          , {failures === 1 ? "failed once" : `failed ${failures} times`}, no success since {when(failingSince)}
        </>
      )}
      {!isEnabled && (
        <>
          , switched off {disabledAt && when(disabledAt)}: {reason}
        </>
      )}
    </>
  );
}

/** All of it, but its secrets. */
export function factsOf(one: Endpoint) {
  const { url, failoverUrl, orderedBy, headers, isEnabled, disabledAt, reason, failingSince, failures } = one;
  const { perSecond, description, publicKey, oldPublicKey, oldUntil, changedAt } = one;
  return facts([
    ["Description", description],
    ["URL", <span class="mono">{url}</span>],
    ["Failover URL", failoverUrl && <span class="mono">{failoverUrl}</span>],
    ["Events", asked(one)],
    ["Form", one.format === "standard" ? "Standard Webhooks" : `as ${one.format} does`],
    ["Order", ORDER_WORDS[orderedBy]],
    ["Calls in a second", perSecond],
    ["Headers", headers.join(", ")],
    ["Public key (v1a)", <span class="mono">{publicKey}</span>],
    [
      "Key before",
      oldPublicKey && (
        <>
          <span class="mono">{oldPublicKey}</span>
          {oldUntil && <>, signs until {when(oldUntil)}</>}
        </>
      ),
    ],
    [
      "Failing since",
      failingSince && (
        <>
          {when(failingSince)}, {failures === 1 ? "once" : `${failures} times`}
        </>
      ),
    ],
    [
      "Switched off",
      !isEnabled && (
        <>
          {disabledAt && when(disabledAt)}: {reason}
        </>
      ),
    ],
    ["Changed", when(changedAt)],
  ]);
}
