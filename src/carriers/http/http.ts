/** The kinds that are described: `http`, which an operator describes, and those of well-known APIs, which are described here. */

import { z } from "zod";
import { BASE_URL, CALLERS, type CarrierKind, carrierKind } from "../carrier.ts";
import { Description, faultInDescription, openDescribed } from "./engine.ts";
import { EXAMPLE_SECRETS } from "./example.ts";
import { PRESETS, type Preset } from "./presets.ts";

const Secret = z.string().min(1).max(4_000);

export const http: CarrierKind = carrierKind({
  kind: "http",
  settings: z.strictObject({
    baseUrl: BASE_URL.describe("where the API lies; every path is put behind it"),
    callers: CALLERS,
    ...Description.shape,
  }),
  secrets: z
    .object({})
    .catchall(Secret)
    .meta({ examples: [EXAMPLE_SECRETS] }),
  bills: false,
  channels: [],
  lostAnswer: "waited-for",

  fault(settings, secrets) {
    const name = Object.keys(secrets).find((one) => !/^[A-Za-z]\w{0,39}$/.test(one));
    if (name !== undefined) return { field: `secrets.${name}`, why: "must have a name of letters, digits and _" };
    const fault = faultInDescription(Description.parse(withoutAddress(settings)), Object.keys(secrets));
    return fault && { ...fault, field: `settings.${fault.field}` };
  },

  open: ({ settings, secrets, ...ground }) =>
    openDescribed({
      ...ground,
      kind: "http",
      baseUrl: settings.baseUrl,
      callers: settings.callers,
      description: Description.parse(withoutAddress(settings)),
      settings: {},
      secrets,
    }),
});

function withoutAddress({ baseUrl: _, callers: __, ...description }: Record<string, unknown>): unknown {
  return description;
}

/** A well-known API, as if an operator had described it. */
function presetKind({ kind, baseUrl, about, settings, secrets, description, lostAnswer }: Preset): CarrierKind {
  const described = Description.parse(description);
  return carrierKind({
    kind,
    settings: z.strictObject({
      baseUrl: baseUrl === undefined ? BASE_URL.describe(about) : BASE_URL.default(baseUrl).describe(about),
      callers: CALLERS,
      ...Object.fromEntries(Object.entries(settings).map(([name, text]) => [name, Secret.describe(text)])),
    }),
    secrets: z.strictObject(
      Object.fromEntries(Object.entries(secrets).map(([name, text]) => [name, Secret.describe(text)])),
    ),
    bills: false,
    channels: [],
    lostAnswer,
    open: ({ settings: given, secrets: hidden, ...ground }) =>
      openDescribed({
        ...ground,
        kind,
        description: described,
        settings: given,
        secrets: hidden,
        baseUrl: given.baseUrl,
        callers: given.callers,
      }),
  });
}

export const presets: readonly CarrierKind[] = PRESETS.map(presetKind);
