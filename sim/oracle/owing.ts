/** What is owed to whom: of each thing that customers asked to hear about, what it came to, and where that is to be told. */

import type { CallbackBody } from "../callbacks.ts";
import type { Answer, Call } from "../ground/cloud.ts";
import type { Timeline } from "../ground/timeline.ts";
import { BASE, hookOf } from "../setup.ts";
import { Book } from "./book.ts";
import { customOf } from "./customs.ts";
import type { Subject } from "./news.ts";
import type { Row, Watched } from "./oracle.ts";

type Product = "messageUrl" | "reportUrl" | "subscriptionUrl";

export class Owing {
  /** Where an account is called back, by account and dialect. */
  readonly callbacks: Book<CallbackBody>;
  /** Messages, charges, texts and subscriptions, with the states they were ever in. */
  readonly #subjects = new Map<string, Subject>();
  /** What is to be told, and where. */
  readonly #expected = new Map<string, string>();
  readonly #begun = new Set<string>();
  /** Where reports of a text were asked for with the text itself, by its number and their id, if always at one place. */
  readonly #asked = new Map<string, { url: string | null; isTaken: boolean }>();

  constructor(timeline: Timeline) {
    this.callbacks = new Book(timeline);
  }

  /** What a webhook tells of; undefined if that was never there. */
  subject(webhook: Row): Subject | undefined {
    return this.#subjects.get(String(webhook.subject));
  }

  /** Something is to be told: `${subject} ${kind} ${state} ${dialect}`. */
  expect(key: string, where: string): void {
    this.#expected.set(key, where);
  }

  /** A webhook that tells this was written down. */
  begun(webhook: Row, state: string): void {
    this.#begun.add(`${webhook.subject} ${webhook.kind} ${state} ${webhook.dialect}`);
  }

  /** When all is at rest: what is wrong. */
  faults(): string[] {
    const never = [...this.#expected].filter(([key]) => !this.#begun.has(key));
    const astray = [...this.#subjects.values()].filter(({ row }) => {
      const asked = row.dialect === "target365" ? this.#asked.get(`${row.sender} ${row.their_id}`) : undefined;
      return asked?.isTaken && "report_url" in row && row.report_url !== asked.url;
    });
    return [
      ...never.map(([key, where]) => `nothing was ever written down to tell ${where}: ${key}`),
      ...astray.map(({ row }) => `reports of ${row.id} were asked for, and not at ${row.report_url}`),
    ];
  }

  answered({ method, url, body = "{}" }: Call, { status }: Answer): void {
    const [, account, dialect] = /\/admin\/v1\/accounts\/([^/]+)\/callbacks\/([^/]+)$/.exec(url) ?? [];
    if (method === "PUT" && url.startsWith(BASE) && account && dialect && status === 200) {
      this.callbacks.told(`${account} ${dialect}`, JSON.parse(body) as CallbackBody);
    }
    if (/\/api\/out-messages(\/[^/]+)?$/.test(url) && method !== "GET" && method !== "DELETE")
      this.#askedFor(body, status);
  }

  /** A text for Target365, sent or changed. Under a used id it may have been changed, and whoever signed may have done it. */
  #askedFor(body: string, status: number): void {
    const { transactionId, sender, deliveryReportUrl = null } = JSON.parse(body || "{}");
    const key = `${sender} ${transactionId}`;
    const before = this.#asked.get(key);
    if (!before) this.#asked.set(key, { url: deliveryReportUrl, isTaken: status === 201 });
    else if (before.url !== deliveryReportUrl) before.isTaken = false;
  }

  /** What becomes of messages, charges, texts and subscriptions: what they were, and what is to be told of it. */
  follow(table: Watched, before: Row | undefined, row: Row): void {
    const id = String(row.id);
    const state = table === "inbound" ? "received" : String(row.state);
    const subject = this.#subjects.get(id) ?? { row, states: new Set<string>() };
    this.#subjects.set(id, { row, states: subject.states.add(state) });
    if (before?.state === row.state && before !== undefined) return;
    const account = String(row.account_id);
    if (table === "message" && row.report_url && customOf(row.dialect).reports.includes(state)) {
      this.expect(`${id} report ${state} ${row.dialect}`, String(row.report_url));
    }
    if (table === "txn" && before && row.message_id === null && customOf(row.dialect).charges.includes(state)) {
      this.#expectAt(`${id} charge ${state} ${row.dialect}`, account, String(row.dialect), "reportUrl");
    }
    // What the operator opens has begun when its first period is billed.
    if (table === "subscription" && ((!before && row.txn_id !== null) || state === "cancelled")) {
      const event = before ? "cancelled" : "started";
      this.#expectAt(`${id} subscription ${event} stafett`, account, "stafett", "subscriptionUrl");
    }
    if (table === "inbound" && !before && row.account_id !== null) this.#expectText(row);
  }

  /** What is wrong with where a webhook goes. */
  faultInAddress(webhook: Row, event: { message?: { reportUrl?: string } }): string | undefined {
    const { kind, url, dialect, account_id: account } = webhook;
    if (kind === "event") {
      const wanted = hookOf(String(account), String(webhook.endpoint));
      return url === wanted ? undefined : `goes to ${url}, and not to ${wanted}`;
    }
    const subject = this.subject(webhook)?.row;
    if (kind === "report") {
      const asked = subject ? subject.report_url : event.message?.reportUrl;
      return url === asked ? undefined : `goes to ${url}, and was asked for at ${asked}`;
    }
    const forward = subject?.forward ? JSON.parse(String(subject.forward)) : undefined;
    if (forward?.dialect === dialect) {
      return url === forward.url ? undefined : `goes to ${url}, and its keyword says ${forward.url}`;
    }
    const product = kind === "charge" ? "reportUrl" : kind === "subscription" ? "subscriptionUrl" : "messageUrl";
    const isAsked = this.#addresses(String(account), String(dialect), product).includes(String(url));
    return isAsked ? undefined : `goes to ${url}, which ${account} did not ask for`;
  }

  /** A text is told of in each dialect that has an address for it; in its keyword's, at the keyword's. */
  #expectText(row: Row): void {
    const keyworded = row.forward === null ? undefined : JSON.parse(String(row.forward)).dialect;
    for (const dialect of ["txtnation", "cm", "flowroute", "stafett"] as const) {
      if (dialect === keyworded) continue;
      if (customOf(dialect).inbound === "long-numbers" && !String(row.recipient).startsWith("+")) continue;
      this.#expectAt(`${row.id} inbound received ${dialect}`, String(row.account_id), dialect, "messageUrl");
    }
  }

  #expectAt(key: string, account: string, dialect: string, product: Product): void {
    const where = this.#addresses(account, dialect, product);
    if (!where.includes(undefined)) this.expect(key, where.join(" or "));
  }

  #addresses(account: string, dialect: string, product: Product): (string | undefined)[] {
    return this.callbacks.possible(`${account} ${dialect}`).map((body) => body?.[product]);
  }
}
