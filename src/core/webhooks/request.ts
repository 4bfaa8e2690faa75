/** The request of a webhook: by the dialect that it is of, or by the form that its endpoint asks for. */

import type { HttpRequest } from "../kernel/ports.ts";
import type { FormatPorts, WebhookFormat } from "./format.ts";
import { inFormOf } from "./in-form.ts";
import { formatOf, headersOf, STANDARD, type StandardPorts, standardCall, urlOf } from "./standard.ts";
import type { ClaimedWebhook } from "./store.ts";

type WayPorts = FormatPorts & StandardPorts & { formats: ReadonlyMap<string, WebhookFormat> };

/**
 * What counts as received and when it is tried again; `request` makes the call, and is undefined where there is nothing to call.
 * `signedBy`: the header of its signature, in small letters, where a dialect signs it.
 */
export type Ways = {
  signedBy?: string | undefined;
  format?: Pick<WebhookFormat, "isReceived" | "retryAfter"> | undefined;
  request?: (() => Promise<HttpRequest>) | undefined;
};

/** @param count of the attempt, from 1 */
export function waysOf(ports: WayPorts, claimed: ClaimedWebhook, count: number): Ways {
  const { webhook, named } = claimed;
  if (webhook.kind !== "event") {
    const format = ports.formats.get(webhook.dialect);
    return { format, request: format && requestFor(ports, format, claimed, count) };
  }
  if (!named) return {};
  if (named.form !== STANDARD) return inItsForm(ports, claimed, named.form, count);
  return { format: formatOf(named), request: () => standardCall(ports, named, webhook.event, count) };
}

/** An event in the form of a dialect: its writers make the call and say what is received; the schedule is the endpoint's. */
function inItsForm(ports: WayPorts, claimed: ClaimedWebhook, form: string, count: number): Ways {
  const { webhook, named } = claimed;
  const format = ports.formats.get(form);
  const told = format && webhook.kind === "event" && inFormOf(format, claimed);
  if (!format || !named || !told) return {};
  const url = urlOf(named, count);
  const make = requestFor(ports, format, { ...claimed, webhook: { ...webhook, ...told, url } }, count);
  return {
    format: { ...formatOf(named), isReceived: (answer) => format.isReceived(answer, told.kind) },
    signedBy: format.signature?.header,
    request:
      make &&
      (async () => {
        const { headers, ...request } = await make();
        return { ...request, headers: { ...(await headersOf(ports.sealer, named)), ...headers } };
      }),
  };
}

/** How to make the call, when it is its turn; undefined if the dialect has no such webhook, or the message is deleted. */
export function requestFor(
  ports: FormatPorts,
  format: WebhookFormat,
  { webhook, message: stored, settings, style }: ClaimedWebhook,
  attempt: number,
): (() => Promise<HttpRequest>) | undefined {
  const { id, url } = webhook;
  const { report, charge, inbound, subscription } = format;
  switch (webhook.kind) {
    case "report": {
      const { event } = webhook;
      const message = stored ?? event.message;
      return message && (() => report({ url, event, message, attempt, style }, ports));
    }
    case "charge": {
      const { event } = webhook;
      return charge && (() => charge({ id, url, event }, ports));
    }
    case "inbound": {
      const { event } = webhook;
      return inbound && (() => inbound({ id, url, event, attempt, settings }, ports));
    }
    case "subscription": {
      const { event } = webhook;
      return subscription && (() => subscription({ id, url, event }, ports));
    }
    case "event":
      return undefined;
    default:
      return webhook satisfies never;
  }
}
