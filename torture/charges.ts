/** Merchants who charge, and now and then give back. */

import { DEMO_API_KEY } from "../scripts/local-settings.ts";
import type { Charge } from "./book.ts";
import { ask, refused, type World } from "./calls.ts";
import type { Random } from "./random.ts";

export const PAYERS = Array.from({ length: 40 }, (_, index) => `+47980791${String(index + 10)}`);
/** One in ten has no money. */
export const POOR = PAYERS.filter((_, index) => index % 10 === 0);
const HEADERS = { "x-apikey": DEMO_API_KEY, "content-type": "application/json" };
const PATH = "/api/strex/transactions";

export class Charges {
  #world: World;
  #count = 0;

  constructor(world: World) {
    this.#world = world;
  }

  async charge(random: Random): Promise<void> {
    const id = `charge-${++this.#count}`;
    const charge: Charge = { id, recipient: random.one(PAYERS), isAcknowledged: false, isReversed: false };
    const { book } = this.#world;
    book.charges.push(charge);
    const body = JSON.stringify({
      transactionId: id,
      merchantId: "demo",
      shortNumber: "2002",
      recipient: charge.recipient,
      price: random.between(1, 7),
      serviceCode: "14002",
      invoiceText: "Tortured",
    });
    const answer = await ask(this.#world, { method: "POST", path: PATH, headers: HEADERS, body });
    if (answer.status !== 201) return refused(this.#world, `charge ${id}`, answer);
    charge.isAcknowledged = true;
    book.acknowledged++;
    if (random.chance(0.1)) await this.#giveBack(charge);
  }

  async #giveBack(charge: Charge): Promise<void> {
    const answer = await ask(this.#world, { method: "DELETE", path: `${PATH}/${charge.id}`, headers: HEADERS });
    if (answer.status === 201) {
      charge.isReversed = true;
      this.#world.book.acknowledged++;
    } else if (answer.status !== 409) refused(this.#world, `giving back ${charge.id}`, answer);
  }
}
