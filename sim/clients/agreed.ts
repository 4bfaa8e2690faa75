/** A program that charges whoever once agreed to it, over Target365 (`preAuthServiceId`), until they write STOP. */

import type { WantedCharge } from "../oracle/charges.ts";
import type { Customer } from "../setup.ts";
import type { Stage } from "../world.ts";
import { type Actor, idle } from "./clients.ts";
import { lookUntilItEnds, type StrexCharge, strex } from "./strex.ts";

const MINUTE = 60_000;
const MOST_CHARGES = 5;

/** What one person has agreed to, as far as the program can know. */
type Member = { recipient: string; mayHaveAgreed: boolean; hasAgreed: boolean; hasStopped: boolean; ids: string[] };

export const agreed: Actor = async (stage, name) => {
  const { random, accounts, judges } = stage;
  for (let n = 1; n <= Math.ceil(stage.deeds / 2) && !stage.isOver(); n++) {
    await idle(stage, name);
    const club = new Club(stage, random.pick(accounts), `${name}-${n}`);
    const recipient = judges.charges.newPerson();
    const member: Member = { recipient, mayHaveAgreed: false, hasAgreed: false, hasStopped: false, ids: [] };
    for (let times = random.int(1, MOST_CHARGES); times > 0; times--) await club.charge(member);
    if (random.chance(0.8)) await club.charge(member, "stops");
    if (member.hasStopped || random.chance(0.3)) await club.charge(member);
  }
};

class Club {
  readonly #stage: Stage;
  readonly #account: Customer;
  readonly #name: string;

  constructor(stage: Stage, account: Customer, name: string) {
    this.#stage = stage;
    this.#account = account;
    this.#name = name;
  }

  /** Charges a member once more. Who has not agreed yet is asked; some write STOP just then. */
  async charge(member: Member, meanwhile?: "stops"): Promise<void> {
    const { random, judges, timeline, oracle } = this.#stage;
    const { hasAgreed, hasStopped } = member;
    const order = this.#orderOf(member);
    const key = [this.#account.id, order.theirId] as const;
    const never = hasStopped ? "the person has written STOP" : "";
    // What is long over is not taken for something that just met on its way.
    if (hasStopped) await timeline.wait(random.wait(10 * MINUTE), `${member.recipient} has stopped`);
    const asByText = (hasAgreed || hasStopped) && random.chance(0.4);
    const asked = this.#ask(order, never, asByText);
    if (!member.mayHaveAgreed && !hasStopped) judges.charges.waits(...key, true);
    const stops = async () => {
      await timeline.wait(random.wait(random.pick([10, 100, 1_000])), `${member.recipient} has enough`);
      await this.#stop(member);
    };
    await Promise.all([asked, meanwhile === "stops" ? stops() : undefined]);
    if (!hasAgreed && !member.hasStopped && !(await this.#saysOk(member, order))) {
      // An OK to the next one would be one to this, as long as it is waited for.
      await timeline.wait(10 * MINUTE, `${member.recipient} does not answer`);
      return;
    }
    const said = await lookUntilItEnds(this.#stage, ...key, strex(this.#account).look(order.theirId));
    if (said === "billed" && !member.hasStopped) member.hasAgreed = true;
    const row = oracle.rows("txn").find(({ account_id, their_id }) => account_id === key[0] && their_id === key[1]);
    if (row && hasAgreed && !member.hasStopped && (row.reason === "no-consent" || row.waits_for !== null))
      oracle.report("P1", `${key.join(" ")} is ${row.state} (${row.reason}), though ${member.recipient} has agreed`);
  }

  #orderOf({ recipient, ids }: Member): StrexCharge {
    const theirId = `${this.#name}-${ids.length + 1}`;
    ids.push(theirId);
    const invoiceText = `Order ${this.#account.id} ${theirId}`;
    return { theirId, recipient, amount: 4_900, invoiceText, consent: `club ${this.#name}` };
  }

  async #ask(order: StrexCharge, never: string, asByText: boolean): Promise<void> {
    const { judges } = this.#stage;
    const { theirId, recipient, amount, invoiceText } = order;
    const text = `${this.#account.id} ${theirId} is for members.`;
    const wanted: WantedCharge = {
      account: this.#account.id,
      ...{ theirId, recipient, amount, invoiceText },
      ...(asByText && { text }),
      ...(never && { never }),
    };
    judges.charges.wanted(wanted);
    const call = asByText ? strex(this.#account).paidText(order, text) : strex(this.#account).charge(order);
    const { status, body } = await this.#stage.callUntilAnswered(call);
    judges.charges.told(wanted, status === 201, `${status} ${body}`);
  }

  /** The person is asked by a text, and agrees, or does not. */
  async #saysOk(member: Member, { theirId }: StrexCharge): Promise<boolean> {
    const { recipient } = member;
    const { random, network, timeline, judges } = this.#stage;
    const isAsked = () => network.inbox(recipient).some(({ at }) => at > timeline.now - 4 * MINUTE);
    for (let looks = 0; looks < 20 && !isAsked(); looks++) {
      await timeline.wait(random.wait(20_000), `${recipient} looks at their phone`);
    }
    if (!isAsked() || random.chance(0.2)) return false;
    member.mayHaveAgreed = true;
    judges.charges.waits(this.#account.id, theirId, false);
    await network.write(recipient, this.#account.shortNumber, "OK");
    return true;
  }

  /** Whatever was on its way may be billed until that is heard, and is then given back. */
  async #stop(member: Member): Promise<void> {
    const { network, judges, random } = this.#stage;
    for (const theirId of member.ids) judges.charges.reversal(this.#account.id, theirId);
    await network.write(member.recipient, this.#account.shortNumber, random.pick(["STOP", "Stopp!", "STOP ALLE"]));
    member.hasStopped = true;
    for (const theirId of member.ids) judges.charges.stopped(this.#account.id, theirId);
  }
}
