/** CM.com over SMPP 3.4: guide, "SMPP". */

import type { Caller } from "../../../core/accounts/account.ts";
import type { Scope } from "../../../core/accounts/rules.ts";
import { requireScope } from "../../../core/accounts/scopes.ts";
import { GatewayError } from "../../../core/kernel/errors.ts";
import { type Pdu, respond } from "../../../smpp/pdu.ts";
import type { Heard, SmppPorts, SmppRequest, SmppSpeech } from "../../smpp.ts";
import { networksIn, settingsOf } from "../settings.ts";
import { statusOf } from "./errors.ts";
import { cancel, query, replace } from "./find.ts";
import { toPdus } from "./news.ts";
import { isPassword } from "./password.ts";
import { passOnLate, submit } from "./submit.ts";

/** Providers allow two to four binds and windows of 10; CM.com publishes none. */
const USUAL = { binds: 4, window: 100, perSecond: 200 } as const;

/** What a credential must be allowed, to make each of these requests. */
const NEEDS = {
  submit_sm: "send",
  data_sm: "send",
  cancel_sm: "send",
  replace_sm: "send",
  query_sm: "read",
} as const satisfies Record<SmppRequest["command"], Scope>;

export const smpp: SmppSpeech = {
  credential: "smpp",
  isPassword,
  limits(settings) {
    const { binds, window, perSecond, networks } = settingsOf(settings).smpp ?? {};
    return {
      binds: binds ?? USUAL.binds,
      window: window ?? USUAL.window,
      perSecond: perSecond ?? USUAL.perSecond,
      ...(networks ? { networks: networksIn(networks) } : {}),
    };
  },
  async answer(request, caller, ports, heard) {
    try {
      requireScope(caller.credential, NEEDS[request.command], request.command);
      return await answerOf(request, caller, ports, heard);
    } catch (error) {
      if (!(error instanceof GatewayError)) ports.fault(error);
      return respond(request, statusOf(error));
    }
  },
  passOnLate,
  toPdus,
};

function answerOf(request: SmppRequest, caller: Caller, ports: SmppPorts, heard: Heard): Promise<Pdu> {
  switch (request.command) {
    case "submit_sm":
    case "data_sm":
      return submit(request, caller, ports, heard);
    case "query_sm":
      return query(request, caller, ports);
    case "cancel_sm":
      return cancel(request, caller, ports);
    case "replace_sm":
      return replace(request, caller, ports);
    default:
      return request satisfies never;
  }
}
