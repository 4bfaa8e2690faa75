/** What an empty list says: what would fill it, as a command that can be run as it stands where there is a demo account. */

import type { Child } from "hono/jsx";
import { ask } from "../api.ts";
import type { C } from "../console-env.ts";
import { isShown } from "../rights.ts";
import { handsetOf } from "../ui/links.tsx";

/** What is sent for a trial, to a handset that the documents use, too. */
export const TRIAL = { sender: "Stafett", recipient: "+4798079008", text: "Hello from Stafett" };
const DEMO = "demo";

/** @param said why the list is empty @param ways what else can be done about it */
function nothing(said: Child, command?: string, ways?: Child) {
  return (
    <div class="empty">
      <p>{said}</p>
      {command && (
        <pre class="command">
          <code>{command}</code>
        </pre>
      )}
      {ways}
    </div>
  );
}

export async function noMessageYet(c: C) {
  return nothing(
    "No messages yet. Send one from a terminal:",
    await sendCommand(c),
    <p>
      or <a href="/console/send">compose one here</a>. Its delivery status appears on this page within a second.
    </p>,
  );
}

export async function noHandsetYet(c: C) {
  return nothing(
    "No handset has received a message yet. Send one to any number, and its phone appears here:",
    await sendCommand(c),
    <p>
      or <a href="/console/send">compose one here</a>, or enter any number above to open its phone.{" "}
      <a href="/console/tour">Take the one-minute tour</a>.
    </p>,
  );
}

export function noInboundYet(c: C) {
  if (!c.get("hasSandbox")) {
    return nothing("No inbound messages yet. A text to one of your numbers appears here when its carrier delivers it.");
  }
  return nothing(
    "No inbound messages yet. Have a handset write to one of your numbers:",
    [
      `curl ${baseOf(c)}/sandbox/v1/handsets/${TRIAL.recipient}/messages \\`,
      `  -H "Authorization: Bearer $ADMIN_TOKEN" -H 'Content-Type: application/json' \\`,
      `  -d '{"to": "2001", "text": "Hello"}'`,
    ].join("\n"),
    <p>
      or <a href={handsetOf(TRIAL.recipient)}>reply from the handset</a>.
    </p>,
  );
}

export async function noChargeYet(c: C) {
  return nothing(
    "No charges yet.",
    undefined,
    c.get("hasSandbox") ? (
      <p>
        Open <a href={handsetOf(TRIAL.recipient)}>a handset</a> and buy something, or send a message with a price.
      </p>
    ) : (
      <p>
        A charge appears here when a program asks for one, or when a person buys a service. Services are set up under{" "}
        <a href="/console/setup">Setup</a>.
      </p>
    ),
  );
}

export function noSubscriptionYet(c: C) {
  return nothing(
    "No subscriptions yet.",
    undefined,
    c.get("hasSandbox") ? (
      <p>
        Open <a href={handsetOf(TRIAL.recipient)}>a handset</a> and buy a subscription; then advance the clock under{" "}
        <a href="/console/controls">Sandbox</a> and watch it renew.
      </p>
    ) : (
      <p>One appears here when a person buys a recurring service.</p>
    ),
  );
}

export function noWebhookYet(c: C) {
  return nothing(
    "No webhooks yet.",
    undefined,
    <p>
      They are sent to the address that a message names for its report, or that an account has under{" "}
      <a href={c.get("demoKey") ? `/console/setup/${DEMO}/callbacks` : "/console/setup"}>Callbacks</a>.{" "}
      <a href="/docs">The docs</a> show a receiver in ten lines.
    </p>,
  );
}

/** Where nothing went through in a time that is looked at: no empty plots. */
export async function noTrafficYet(c: C, range: string) {
  return nothing(
    `No traffic in the ${range.toLowerCase()}. Send a message, and the plots appear here:`,
    await sendCommand(c),
    <p>
      or <a href="/console/send">compose one here</a>.
    </p>,
  );
}

/** The trial in the first dialect, as the preview has it: with the demo account's secret, if there is such an account. */
export async function sendCommand(c: C): Promise<string | undefined> {
  if (!isShown(c.get("may"), "POST", "/console/send/check")) return undefined;
  const demo = c.get("demoKey") ? { account: DEMO, secret: c.get("demoKey") } : {};
  const json = { ...TRIAL, ...demo, url: baseOf(c) };
  const previewed = await ask(c, "POST /admin/v1/preview", { json }).catch(() => undefined);
  return previewed?.dialects[0]?.calls[0]?.code;
}

/** Where programs reach this gateway: as it is set, or as this page was asked for. */
function baseOf(c: C): string {
  return (c.get("publicUrls")[0] || new URL(c.req.url).origin).replace(/\/+$/, "");
}
