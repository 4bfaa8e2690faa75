/**
 * What holds at purchase pages, whoever comes: nobody who proved nothing ends a purchase, or reads what it is about; an
 * address stays the account's that published it first (P10); and no more PINs are sent in an hour than there are budgets
 * for (P8). What was forgotten leaves its id used (P11).
 */

import { PIN_BUDGETS } from "../services.ts";
import type { Oracle, Row, Watch, Watched } from "./oracle.ts";

const HOUR = 3_600_000;
/** A PIN of the first moments of an hour may have been counted in the hour before: clocks differ, and calls take time. */
const TAKES = 180_000;

export class Pages implements Watch {
  readonly #oracle: Oracle;
  /** Prepared purchases, by account and id: whether one was taken. */
  readonly #prepared = new Map<string, boolean>();
  /** Who published each name first. */
  readonly #owners = new Map<string, string>();
  /** From which network the browser of a purchase came, where it is one alone. */
  readonly #networks = new Map<string, string>();
  readonly #windows = new Map<string, Row>();
  readonly #sent = new Map<string, number>();

  constructor(oracle: Oracle) {
    this.#oracle = oracle;
  }

  /** A shop is about to prepare a purchase under an id that could be guessed. Answers what is to be told its answer. */
  prepares(account: string, theirId: string): (status: number) => void {
    const key = `${account} ${theirId}`;
    const isThere = () =>
      this.#oracle.rows("txn").some((row) => row.account_id === account && row.their_id === theirId);
    const [wasTaken, wasThere] = [this.#prepared.get(key) === true, isThere()];
    this.#prepared.set(key, wasTaken);
    return (status) => {
      if (status === 201) this.#prepared.set(key, true);
      // The same request may come again after the purchase is forgotten.
      if (wasTaken && !wasThere && status === 201)
        this.#oracle.report("P11", `${key} was forgotten, and is taken again`);
      if (status !== 201 && wasThere && isThere())
        this.#oracle.report("P11", `${key} is there, and is answered ${status}`);
    };
  }

  /** A browser that gave no number yet saw the page of such a purchase. */
  sawUnproved(theirId: string, html: string): void {
    if (html.includes(`secret ${theirId}`))
      this.#oracle.report("P10", `what ${theirId} is about is told to a stranger`);
  }

  /** The operator was answered when it published a page in the name of an account. */
  published(name: string, account: string, status: number): void {
    if (status !== 200 && status !== 409) this.#oracle.report("P11", `/${name} of ${account} is answered ${status}`);
    if (status === 200) this.#isOf(name, account, "is published by");
  }

  /** The page was seen, and sells what is this account's. */
  sold(name: string, account: string): void {
    this.#isOf(name, account, "sells what is");
  }

  #isOf(name: string, account: string, what: string): void {
    const owner = this.#owners.get(name) ?? account;
    this.#owners.set(name, owner);
    if (owner !== account) this.#oracle.report("P10", `/${name} is ${owner}'s, and ${what} ${account}'s`);
  }

  /** One browser, at this address, and no other is about to ask for PINs in this purchase. */
  asks(account: string, theirId: string, network: string): void {
    this.#networks.set(`${account} ${theirId}`, network);
  }

  changed(table: Watched, before: Row | undefined, after: Row | undefined): void {
    if (!after) return;
    if (table === "win") this.#windows.set(String(after.id), after);
    if (table === "txn") this.#ended(after);
    if (table === "message" && !before) this.#messageCame(after);
  }

  #ended({ account_id, their_id, state, reason }: Row): void {
    if (!this.#prepared.has(`${account_id} ${their_id}`)) return;
    const isEnded = state === "cancelled" || (state === "failed" && reason === "too-many-codes");
    if (isEnded) this.#oracle.report("P10", `${their_id} is ${state}, by a browser that proved nothing`);
  }

  #messageCame({ their_id, account_id }: Row): void {
    const [, id = "", time] = /^(win_\w+)-pin-(\d+)$/.exec(String(their_id)) ?? [];
    const window = this.#windows.get(id);
    if (time === undefined || !window) return;
    const hour = Math.floor(Number(time) / HOUR);
    if (Number(time) - hour * HOUR < TAKES) return;
    this.#count(`account ${account_id}`, hour, PIN_BUDGETS.account);
    if (window.service_id !== null) {
      this.#count(`service ${account_id} ${window.service_id}`, hour, PIN_BUDGETS.service);
    }
    const network = this.#networks.get(`${account_id} ${window.their_id}`);
    if (network) this.#count(`network ${network}`, hour, PIN_BUDGETS.address);
  }

  #count(whose: string, hour: number, most: number): void {
    const key = `${whose} ${hour}`;
    const sent = (this.#sent.get(key) ?? 0) + 1;
    this.#sent.set(key, sent);
    if (sent > most) this.#oracle.report("P8", `${whose}: ${sent} PINs in an hour, of ${most}`);
  }
}
