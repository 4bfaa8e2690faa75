/** Which dialects are spoken, and which carriers there are. A new one is a line here. */

import type { CarrierInUse, CarrierKind } from "./carriers/carrier.ts";
import { cm as cmCarrier } from "./carriers/cm/cm.ts";
import { flowroute as flowrouteCarrier } from "./carriers/flowroute/flowroute.ts";
import { http as httpCarrier, presets } from "./carriers/http/http.ts";
import { type NetworkLink, simulatorKind } from "./carriers/simulator/simulator.ts";
import { type BindLink, smppKind } from "./carriers/smpp/smpp.ts";
import { target365 as target365Carrier } from "./carriers/target365/target365.ts";
import { twilio as twilioCarrier } from "./carriers/twilio/twilio.ts";
import { txtnation as txtnationCarrier } from "./carriers/txtnation/txtnation.ts";
import { cm } from "./dialects/cm/index.ts";
import type { Dialect } from "./dialects/dialect.ts";
import { flowroute } from "./dialects/flowroute/index.ts";
import { target365 } from "./dialects/target365/index.ts";
import { txtnation } from "./dialects/txtnation/index.ts";
import { type Env, settingsOf } from "./env.ts";

export const dialects: readonly Dialect[] = [target365, txtnation, flowroute, cm];

/** The kinds of carrier. One that needs a binding is handed it by the wiring. */
export function carrierKinds({ network, binds }: { network: NetworkLink; binds: BindLink }): readonly CarrierKind[] {
  return [
    simulatorKind(network),
    target365Carrier,
    cmCarrier,
    flowrouteCarrier,
    txtnationCarrier,
    twilioCarrier,
    ...presets,
    httpCarrier,
    smppKind(binds),
  ];
}

/** The carriers that are part of the gateway, and how each is set. An operator sets up more of them. */
export function carriersInUse(env: Env): readonly CarrierInUse[] {
  const answers = settingsOf(env).SANDBOX ? "all" : "fake-numbers";
  return [{ name: "simulator", kind: "simulator", settings: { answers }, secrets: {} }];
}
