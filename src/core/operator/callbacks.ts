/** Callbacks: where an account's inbound texts and reports go, for dialects that set it by account. */

import { normalSender } from "../accounts/account.ts";
import type { Callback, CallbackStore } from "../accounts/callback.ts";
import { GatewayError } from "../kernel/errors.ts";
import { given } from "../kernel/given.ts";
import type { AccountId } from "../kernel/ids.ts";
import type { Http } from "../kernel/ports.ts";
import type { FormatPorts, WebhookFormat } from "../webhooks/format.ts";
import { isSession } from "../webhooks/session.ts";
import { type AccountPorts, findAccount } from "./accounts.ts";

type CallbackPorts = { callbacks: CallbackStore };
type ProbePorts = FormatPorts & { http: Http };
type PutPorts = CallbackPorts & AccountPorts & ProbePorts & { formats: ReadonlyMap<string, WebhookFormat> };

const URLS = ["messageUrl", "reportUrl", "mmsMessageUrl", "mmsReportUrl", "subscriptionUrl"] as const;

/** The addresses that an operator sets. An absent one gets no webhooks; other absent members are the dialect's defaults. */
export type CallbackWanted = Partial<Pick<Callback, (typeof URLS)[number] | "method" | "template">> & { form?: string };

/** One without an address is as good as none. */
function isSet(callback: Callback | undefined): callback is Callback {
  return URLS.some((url) => callback?.[url] !== undefined);
}

/**
 * Sets the addresses for an account's inbound texts and reports; replaces all that were set before, except those that a customer
 * set for a single number. If the dialect promises a test call, the address for reports is called once before it is stored.
 * @throws GatewayError not-found; bad-request where the dialect is not spoken, has no such form, refuses the template, or
 * the test call failed
 */
export async function putCallback(
  ports: PutPorts,
  accountId: AccountId,
  dialect: string,
  wanted: CallbackWanted,
): Promise<Callback> {
  const account = await findAccount(ports, accountId);
  const format = formatOf(ports, dialect);
  const { form = format.forms?.[0], template, method, ...urls } = wanted;
  checkForm(dialect, format, form);
  checkTemplate(dialect, format, template);
  checkSession(dialect, format, urls);
  const callback: Callback = {
    account: account.id,
    dialect,
    ...given({ ...urls, template }),
    method: methodOf(format, template, method),
    forms: form === undefined ? {} : { message: form, report: form },
  };
  await tryOut(ports, format, callback);
  await ports.callbacks.put(callback);
  return callback;
}

function formatOf({ formats }: Pick<PutPorts, "formats">, dialect: string): WebhookFormat {
  const format = formats.get(dialect);
  if (format) return format;
  const spoken = [...formats.keys()].join(", ");
  throw new GatewayError("bad-request", `dialect: ${dialect} is not spoken here; ${spoken} are`, "dialect");
}

function methodOf(format: WebhookFormat, template: string | undefined, wanted: Callback["method"] | undefined) {
  if (template === undefined) return wanted ?? format.method ?? "POST";
  if (wanted !== "GET") return "POST";
  throw new GatewayError("bad-request", "method: a template is a body, and a GET has none: use POST", "method");
}

function checkForm(dialect: string, { forms = [] }: WebhookFormat, form: string | undefined): void {
  if (form === undefined || forms.includes(form)) return;
  const known = forms.length > 0 ? `it knows ${forms.join(", ")}` : "it knows one only, without a name";
  throw new GatewayError("bad-request", `form: ${dialect} has no ${form}; ${known}`, "form");
}

function checkTemplate(dialect: string, { checkTemplate }: WebhookFormat, template: string | undefined): void {
  if (template === undefined) return;
  const fault = checkTemplate ? checkTemplate(template) : `the reports of ${dialect} are always the same`;
  if (fault) throw new GatewayError("bad-request", `template: ${fault}`, "template");
}

/** Texts that come in may be told in a session of the customer's; nothing else has an address of that kind. */
function checkSession(dialect: string, { hasSessions }: WebhookFormat, urls: Partial<Record<string, string>>): void {
  for (const [name, url] of Object.entries(urls)) {
    if (url === undefined || !isSession(url)) continue;
    if (hasSessions && name === "messageUrl") continue;
    const why = hasSessions ? "only messageUrl may be one" : `${dialect} has no sessions`;
    throw new GatewayError("bad-request", `${name}: ${url} is an SMPP session, and ${why}`, name);
  }
}

/** Some dialects promise that an address is called once before it is kept. */
async function tryOut(ports: ProbePorts, format: WebhookFormat, { reportUrl, ...style }: Callback): Promise<void> {
  if (!format.probe || !reportUrl) return;
  const answer = await ports.http.send(await format.probe({ url: reportUrl, style }, ports));
  if (format.isReceived(answer)) return;
  const said = answer.outcome === "answered" ? `it answered ${answer.status}` : answer.error;
  throw new GatewayError(
    "bad-request",
    `reportUrl: a test call to it did not succeed (${said}), so it was not stored`,
    "reportUrl",
  );
}

/**
 * Every callback of the account that has an address, by dialect; those of single numbers too.
 * @throws GatewayError not-found
 */
export async function listCallbacks(ports: CallbackPorts & AccountPorts, id: AccountId): Promise<Callback[]> {
  const account = await findAccount(ports, id);
  return (await ports.callbacks.callbacks(account.id)).filter(isSet);
}

/** @throws GatewayError not-found */
export async function findCallback(ports: CallbackPorts, account: AccountId, dialect: string): Promise<Callback> {
  const callback = await ports.callbacks.callback(account, dialect);
  if (!isSet(callback)) throw new GatewayError("not-found", `account ${account} has no callback for ${dialect}`);
  return callback;
}

/**
 * Sends an account's inbound texts and reports nowhere. Addresses of single numbers stay.
 * @throws GatewayError not-found
 */
export async function clearCallback(ports: CallbackPorts, account: AccountId, dialect: string): Promise<void> {
  const known = await findCallback(ports, account, dialect);
  await ports.callbacks.put({ account: known.account, dialect, method: "POST", forms: {} });
}

/**
 * Takes away the addresses that a customer set for one number: the account's count there again.
 * @throws GatewayError not-found
 */
export async function clearCallbackOfNumber(
  ports: CallbackPorts & AccountPorts,
  id: AccountId,
  dialect: string,
  asked: string,
): Promise<void> {
  const { id: account } = await findAccount(ports, id);
  const number = `+${normalSender(asked)}`;
  if (await ports.callbacks.removeNumber({ account, dialect, number })) return;
  throw new GatewayError("not-found", `account ${id} has no callback for ${number} in ${dialect}`);
}
