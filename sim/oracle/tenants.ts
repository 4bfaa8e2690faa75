/** P10: one account never sees, or touches, what is another's. Whatever a customer writes has its own id in it. */

import type { Answer, Call } from "../ground/cloud.ts";
import type { Submission } from "../network.ts";
import type { Received } from "../receivers.ts";
import type { Customer } from "../setup.ts";
import type { Oracle, Watch } from "./oracle.ts";

export class Tenants implements Watch {
  readonly #oracle: Oracle;
  #customers: readonly Customer[] = [];

  constructor(oracle: Oracle) {
    this.#oracle = oracle;
  }

  /** Who the customers are. */
  meet(customers: readonly Customer[]): void {
    this.#customers = customers;
  }

  answered(call: Call, answer: Answer): void {
    const caller = this.#callerOf(call);
    if (!caller) return;
    const told = `${answer.headers.get("location") ?? ""} ${answer.body}`;
    for (const other of this.#customers) {
      // What it wrote itself may be said again.
      if (other === caller || !told.includes(other.id) || says(call, other.id)) continue;
      this.#oracle.report(
        "P10",
        `${caller.id} asked ${call.method} ${call.url}, and was told of ${other.id}: ${told.slice(0, 300)}`,
      );
    }
  }

  received({ host, path, query, body }: Received): void {
    const receiver = this.#customers.find((customer) => customer.host === host);
    for (const other of this.#customers) {
      if (!receiver || other === receiver || !`${path} ${query} ${body}`.includes(other.id)) continue;
      this.#oracle.report("P10", `${host} was told of ${other.id}: ${path} ${query} ${body.slice(0, 300)}`);
    }
  }

  handed({ sender, text }: Submission): void {
    const writer = this.#customers.find(({ id }) => text.includes(id));
    const owner = this.#customers.find(({ shortNumber, longNumber }) =>
      [shortNumber, longNumber, longNumber.slice(1)].includes(sender),
    );
    if (writer && owner && owner !== writer && !text.includes(owner.id)) {
      this.#oracle.report("P10", `${writer.id} wrote from ${sender}, which is ${owner.id}'s: ${text}`);
    }
  }

  /** Somebody asked for what is another's, and for what nobody has: there must be no difference. */
  alike(call: Call, anothers: Answer, nobodys: Answer, names: { anothers: string; nobodys: string }): void {
    const plain = ({ status, body }: Answer) =>
      `${status} ${body.replaceAll(names.anothers, "…").replaceAll(names.nobodys, "…").replace(UUID, "")}`;
    if (anothers.status >= 500 || nobodys.status >= 500 || plain(anothers) === plain(nobodys)) return;
    this.#oracle.report(
      "P10",
      `${call.method} ${call.url} of another is answered ${plain(anothers)}, of nobody ${plain(nobodys)}`,
    );
  }

  /** Somebody tried what nobody may. */
  mustRefuse(what: string, isRefused: boolean, answer: Answer): void {
    if (!isRefused) this.#oracle.report("P10", `${what} is answered ${answer.status} ${answer.body.slice(0, 200)}`);
  }

  /** Whose credential it has, if any. */
  #callerOf({ url, headers = {}, body = "" }: Call): Customer | undefined {
    const { authorization = "", "x-apikey": apiKey, "x-cm-producttoken": token } = headers;
    return this.#customers.find(
      (customer) =>
        apiKey === customer.apiKey ||
        authorization.includes(` ${customer.keyName}:`) ||
        authorization === basic(customer) ||
        token === customer.productToken ||
        body.includes(customer.productToken) ||
        url.includes(customer.campaignKey) ||
        body.includes(customer.campaignKey),
    );
  }
}

/** Errors of some dialects have an id of their own. */
const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** HTTP Basic, as Flowroute has it. */
export function basic({ accessKey, secretKey }: Pick<Customer, "accessKey" | "secretKey">): string {
  return `Basic ${Buffer.from(`${accessKey}:${secretKey}`).toString("base64")}`;
}

function says({ url, body = "" }: Call, word: string): boolean {
  return url.includes(word) || body.includes(word);
}
