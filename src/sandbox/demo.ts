/** The demo account: there from the first start, so that the first minute needs no setting up. */

import type { CredentialForm } from "../core/accounts/credential-form.ts";
import { REPEAT_GUARD } from "../core/billing/service.ts";
import type { Ports } from "../core/ports.ts";
import { type Env, settingsOf } from "../env.ts";

export const DEMO = "demo";
/** The numbers of the vendor's examples. If another account claims one, the demo's services move to the other number. */
const SHORT_NUMBERS = ["2002", "0000"] as const;

/** Makes whatever is missing. An operator's changes stay. */
export async function makeDemo(env: Env, ports: Ports): Promise<void> {
  const secret = settingsOf(env).DEMO_API_KEY;
  if (!secret) return;
  const at = ports.clock.wall();
  await ports.accounts.add({ id: DEMO, name: "Demo", settings: ports.demoSettings, at });
  for (const [dialect, forms] of ports.credentialForms) {
    for (const [kind, form] of Object.entries(forms)) {
      const { demoName: name } = form;
      if (name) await addCredential(ports, { dialect, kind, name, form }, secret, at);
    }
  }
  await addSenders(ports);
  await addService(ports, at);
}

async function addCredential(
  ports: Ports,
  { dialect, kind, name, form }: { dialect: string; kind: string; name: string; form: CredentialForm },
  secret: string,
  at: number,
): Promise<void> {
  const { secret: _, ...kept } = await form.make({
    name,
    secret: form.demoSecret?.(secret) ?? secret,
    settings: ports.demoSettings,
    random: ports.ids.bytes,
  });
  await ports.accounts.addCredential({
    id: `crd_demo_${dialect}_${kind}`,
    account: DEMO,
    dialect,
    kind,
    name,
    foundBy: form.foundBy,
    ...kept,
    createdAt: at,
    changedAt: at,
  });
}

async function addSenders(ports: Ports): Promise<void> {
  for (const sender of ["Stafett", "Target365"]) {
    await ports.accounts.putSender(DEMO, { sender, kind: "alphanumeric", country: "NO" });
  }
  for (const sender of ["+12065550100", "+18445550100"]) {
    await ports.accounts.offerSender(DEMO, { sender, kind: "long-number", country: "US" });
  }
  for (const sender of SHORT_NUMBERS) {
    await ports.accounts.offerSender(DEMO, {
      sender,
      kind: "short-number",
      country: "NO",
      shortNumberId: `NO-${sender}`,
    });
  }
}

/** A merchant, and a subscription of his that anybody can buy at /demo-games. */
async function addService(ports: Ports, at: number): Promise<void> {
  const own = (await ports.accounts.senders(DEMO)).map(({ sender }) => sender);
  const shortNumber = SHORT_NUMBERS.find((number) => own.includes(number));
  if (!shortNumber) return;
  const merchant = { account: DEMO, id: "demo", name: "Stafett Games", shortNumberIds: [`NO-${shortNumber}`] };
  if (!(await ports.services.merchant(DEMO, merchant.id))) {
    await ports.services.putMerchant({ ...merchant, createdAt: at, changedAt: at });
  }
  if (await ports.services.service(DEMO, "demo-games")) return;
  await ports.services.putService({
    account: DEMO,
    id: "demo-games",
    merchant: merchant.id,
    shortNumber,
    serviceCode: "03003",
    invoiceText: "Stafett Games",
    price: 4_900,
    currency: "NOK",
    keyword: "GAMES",
    redirectUrl: "", // The merchant has no site: whoever has paid stays on our page, which says so.
    recurring: true,
    interval: "monthly",
    autoRebill: true,
    startSms: `Velkommen til Stafett Games! 49 kr i måneden. Send STOP GAMES til ${shortNumber} for å avslutte.`,
    age: 0,
    timeZone: "Europe/Oslo",
    stopStyle: "raw",
    repeatGuardSeconds: REPEAT_GUARD,
    echo: {},
    createdAt: at,
    changedAt: at,
  });
}
