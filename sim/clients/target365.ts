/** A program that sends texts over Target365: single, in batches, later, changed, taken back, and again and again. */

import type { Answer, Call } from "../ground/cloud.ts";
import { Deed, type Text, type Thing, type Verdict, verdictOf } from "../oracle/texts.ts";
import { BASE, type Customer } from "../setup.ts";
import type { Stage } from "../world.ts";
import { type Actor, idle } from "./clients.ts";
import { carryOut, lookUp } from "./deeds.ts";
import { isTooOld, signed } from "./signer.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;
const OUT_MESSAGES = `${BASE}/api/out-messages`;

export const target365: Actor = async (stage, name) => {
  const { random, accounts } = stage;
  const used = new Map<Customer, number>();
  const going: Promise<void>[] = [];
  for (let n = 1; n <= stage.deeds && !stage.isOver(); n++) {
    await idle(stage, name);
    const customer = random.pick(accounts);
    // Both count from one, so that both have the same ids.
    const next = () => {
      used.set(customer, (used.get(customer) ?? 0) + 1);
      return `${name}-${used.get(customer)}`;
    };
    const program = new Program(stage, customer, name);
    const does = random.pick(["single", "single", "later", "later", "later", "batch", "nameless"] as const);
    going.push(
      does === "nameless" ? program.nameless(next()) : does === "batch" ? program.batch(next) : program[does](next()),
    );
  }
  await Promise.all(going);
};

class Program {
  readonly #stage: Stage;
  readonly #customer: Customer;
  readonly #name: string;
  #texts = 0;

  constructor(stage: Stage, customer: Customer, name: string) {
    this.#stage = stage;
    this.#customer = customer;
    this.#name = name;
  }

  /** A text for now, once or more often, and then perhaps another under the same id. */
  async single(theirId: string): Promise<void> {
    const { random, judges } = this.#stage;
    const thing = this.#thing(theirId);
    const deed = new Deed(thing, "post", this.#text(theirId));
    const rival = random.chance(0.3)
      ? random.chance(0.5)
        ? deed
        : new Deed(thing, "post", this.#text(theirId))
      : undefined;
    const [first] = await Promise.all([this.#post(deed), rival && this.#post(rival)]);
    await this.#pause();
    if (first && deed.yesAt !== undefined && random.chance(0.5)) {
      const again = await this.#post(deed);
      if (again) judges.answers.again(thing.name, outcomeOf(first.answer), outcomeOf(again.answer));
    }
    if (random.chance(0.3)) await this.#post(new Deed(thing, "post", this.#text(theirId)));
    if (random.chance(0.5)) await this.#look(thing);
    await this.#pause();
    if (random.chance(0.5)) await this.#look(thing);
  }

  /** A text for later, about which the client changes its mind; also just as it leaves. */
  async later(theirId: string): Promise<void> {
    const { random, timeline } = this.#stage;
    const thing = this.#thing(theirId);
    const sendAt = Math.floor(timeline.now + random.wait(random.pick([5 * SECOND, MINUTE, 30 * MINUTE, 5 * DAY])));
    const deed = new Deed(thing, "post", this.#text(theirId, sendAt));
    await this.#post(deed);
    for (let rounds = random.int(0, 3); rounds > 0; rounds--) {
      await this.#until(sendAt);
      await Promise.all(Array.from({ length: random.int(1, 2) }, () => this.#changeMind(thing, theirId)));
      if (random.chance(0.4)) await this.#look(thing);
    }
    if (random.chance(0.4)) await this.#postCancelled(deed);
    await this.#pause();
    if (random.chance(0.5)) await this.#look(thing);
  }

  /** A signed text without an id: whoever sends the very same bytes again sends nothing. */
  async nameless(theirId: string): Promise<void> {
    const { judges, random } = this.#stage;
    const thing = judges.messages.thing(this.#customer.id, "target365");
    const text = this.#text(theirId);
    const { transactionId: _, ...body } = this.#body(text, theirId);
    const deed = new Deed(thing, "post", text);
    const done = await this.#ask(deed, () => ({ method: "POST", url: OUT_MESSAGES, body: JSON.stringify(body) }), {
      isSigned: true,
      tries: 1,
    });
    if (done?.answer.status !== 201) return;
    judges.messages.name(thing, decodeURIComponent(done.answer.headers.get("location")?.split("/").at(-1) ?? ""));
    if (random.chance(0.8)) await this.#look(thing);
  }

  /** Several at once: new ones, a wrong one, one that was there before, and one with a used id. */
  async batch(next: () => string): Promise<void> {
    const { random } = this.#stage;
    const ids = Array.from({ length: random.int(1, 4) }, next);
    const deeds = ids.map(
      (theirId) =>
        new Deed(this.#thing(theirId), "post", this.#text(theirId, random.chance(0.2) ? this.#soon() : undefined)),
    );
    if (random.chance(0.5)) {
      const theirId = next();
      const wrong = random.pick([{ recipient: "12" }, { recipient: "+47" }]);
      deeds.push(new Deed(this.#thing(theirId), "post", { ...this.#text(theirId), ...wrong, isBad: true }));
    }
    for (const deed of deeds) deed.isListed = true;
    await this.#postBatch(deeds);
    await this.#pause();
    if (random.chance(0.4)) await this.#postBatch(deeds);
    if (random.chance(0.4)) await this.#usedIdsInBatch(deeds, next());
    if (random.chance(0.3)) await this.#repeatedIds(next());
    for (const { thing } of deeds) if (random.chance(0.3)) await this.#look(thing);
  }

  async #usedIdsInBatch(known: readonly Deed[], fresh: string): Promise<void> {
    const { random } = this.#stage;
    const used = random.pick(known).thing;
    const deeds = [used.theirId ?? "", fresh].map((id) => new Deed(this.#thing(id), "post", this.#text(id)));
    for (const deed of deeds) deed.isListed = true;
    await this.#postBatch(deeds);
  }

  /** A list with one id twice is refused as a whole. */
  async #repeatedIds(theirId: string): Promise<void> {
    const deeds = [1, 2].map(() => new Deed(this.#thing(theirId), "post", { ...this.#text(theirId), isBad: true }));
    const items = deeds.map(({ text }) => this.#body(text as Text, theirId));
    const done = await this.#ask(deeds, () => ({
      method: "POST",
      url: `${OUT_MESSAGES}/batch`,
      body: JSON.stringify(items),
    }));
    if (done)
      this.#stage.judges.answers.must(theirId, done.answer.status === 400, done.answer, "is there twice in a batch");
  }

  async #postBatch(deeds: readonly Deed[]): Promise<void> {
    const { judges, timeline } = this.#stage;
    const items = deeds.map(({ thing, text }) => this.#body(text as Text, thing.theirId ?? ""));
    const call = () => ({ method: "POST", url: `${OUT_MESSAGES}/batch`, body: JSON.stringify(items) });
    const begunAt = timeline.now;
    const done = await this.#ask(deeds, call, {
      read: ({ status }) => {
        if (status >= 500) return "unknown";
        // Whose id was used, is refused without a word here; if that is not certain, nobody knows.
        return deeds.map((deed) => {
          const others = deed.thing.deeds.filter((other) => other !== deed && other.begunAt !== undefined);
          if (status !== 201 || others.length === 0) return status === 201 ? "yes" : "no";
          return deed.thing.isThere(begunAt) && deed.yesAt === undefined
            ? "no"
            : deed.yesAt === undefined
              ? "unknown"
              : "yes";
        });
      },
      tries: 20,
    });
    if (done) judges.answers.must(`a batch of ${deeds.length}`, done.answer.status === 201, done.answer, "is refused");
  }

  async #changeMind(thing: Thing, theirId: string): Promise<void> {
    const { random, timeline } = this.#stage;
    const sendAt = random.pick([
      undefined,
      this.#soon(),
      this.#soon(),
      Math.floor(timeline.now + random.wait(30 * MINUTE)),
    ]);
    const url = `${OUT_MESSAGES}/${encodeURIComponent(theirId)}`;
    const does = random.pick(["put", "put", "post", "delete"] as const);
    if (does === "post") return void (await this.#post(new Deed(thing, "post", this.#text(theirId, sendAt))));
    if (does === "delete")
      return void (await this.#ask(new Deed(thing, "cancel", undefined), () => ({ method: "DELETE", url })));
    const text = this.#text(theirId, sendAt);
    const body = JSON.stringify(this.#body(text, theirId));
    await this.#ask(new Deed(thing, "edit", text), () => ({ method: "PUT", url, body }));
  }

  /** What was taken back is not taken up again by who asks for it again. */
  async #postCancelled({ thing, text }: Deed): Promise<void> {
    const { judges, timeline } = this.#stage;
    const now = timeline.now;
    const isGone =
      !thing.isForgotten &&
      thing.texts().length === 0 &&
      thing.deeds.some(({ kind, yesAt = now }) => kind === "cancel" && yesAt < now);
    if (!isGone || !text) return;
    const answer = await this.#stage.call(this.#signedOrNot(() => this.#postOf(text, thing))());
    if (answer && answer.status < 500 && !isTooOld(answer))
      judges.answers.must(thing.name, answer.status === 409, answer, "was taken back, and is asked for again");
  }

  #post(deed: Deed) {
    return this.#ask(deed, () => this.#postOf(deed.text as Text, deed.thing));
  }

  #postOf(text: Text, thing: Thing): Call {
    return { method: "POST", url: OUT_MESSAGES, body: JSON.stringify(this.#body(text, thing.theirId ?? "")) };
  }

  /** Asks, signed or with a key; and of what was signed and done, now and then sends the very same bytes again. */
  async #ask(
    given: Deed | readonly Deed[],
    plain: () => Call,
    {
      isSigned,
      read = readOne,
      tries,
    }: { isSigned?: boolean; read?: (answer: Answer) => Verdict | readonly Verdict[]; tries?: number } = {},
  ) {
    const { random } = this.#stage;
    const deeds = given instanceof Deed ? [given] : given;
    const again = new SameBytes(this.#stage, this.#signedOrNot(plain, isSigned));
    const done = await carryOut(this.#stage, {
      deeds,
      make: () => again.make(),
      read: (answer) => (again.didNothing(answer) || isTooOld(answer) ? "nothing" : read(answer)),
      ...(tries === undefined ? {} : { tries }),
    });
    if (done?.call.headers?.authorization && done.answer.status < 300 && random.chance(0.4))
      await this.#replay(done.call);
    return done;
  }

  /** Somebody who listened in sends it again, within the time in which it would be taken, or after that. */
  async #replay(call: Call): Promise<void> {
    const { random, timeline, judges } = this.#stage;
    await timeline.wait(
      random.pick([0, random.wait(20 * SECOND), random.int(0, 280) * SECOND, random.int(280, 570) * SECOND]),
      "somebody who listened in sends it again",
    );
    const answer = await this.#stage.call(call);
    if (!answer || answer.status >= 500) return;
    judges.answers.must(`${call.method} ${call.url}`, answer.status === 401, answer, "was signed once, and came again");
  }

  #signedOrNot(plain: () => Call, isSigned = this.#stage.random.chance(0.5)): () => Call {
    const { random, timeline } = this.#stage;
    const headers = { "x-apikey": this.#customer.apiKey, "content-type": "application/json" };
    // A client's clock may be ahead of ours; what it signs is then good for longer.
    const ahead = isSigned && random.chance(0.3) ? random.int(0, 280) * SECOND : 0;
    return () => (isSigned ? signed(plain(), this.#customer, random, timeline.now + ahead) : { ...plain(), headers });
  }

  async #look(thing: Thing): Promise<void> {
    const url = `${OUT_MESSAGES}/${encodeURIComponent(thing.theirId ?? "")}`;
    const again = new SameBytes(
      this.#stage,
      this.#signedOrNot(() => ({ method: "GET", url })),
    );
    const didNothing = (answer: Answer) => again.didNothing(answer) || isTooOld(answer);
    const { answer, begunAt } = await lookUp(this.#stage, () => again.make(), didNothing);
    const said = answer.status === 200 ? JSON.parse(answer.body) : undefined;
    this.#stage.judges.messages.looked(thing, begunAt, answer, said && { text: said.content, status: said });
  }

  #thing(theirId: string): Thing {
    return this.#stage.judges.messages.thing(this.#customer.id, "target365", theirId);
  }

  #text(theirId: string, sendAt?: number): Text {
    const { random, timeline } = this.#stage;
    return {
      recipient: `+479807${random.int(1000, 1005)}`,
      text: `${this.#customer.id} ${theirId} text ${++this.#texts} of ${timeline.step}.`,
      isAtMostOnce: random.chance(0.6),
      ...(sendAt === undefined ? {} : { sendAt }),
      lives: random.pick([5, 120, 120, 1440]) * MINUTE,
      ...(random.chance(0.7) ? { report: `https://${this.#customer.host}/reports` } : {}),
    };
  }

  #body({ recipient, text, isAtMostOnce, sendAt, lives, report }: Text, transactionId: string) {
    const { shortNumber } = this.#customer;
    return {
      transactionId,
      sender: shortNumber,
      recipient,
      content: text,
      deliveryMode: isAtMostOnce ? "AtMostOnce" : "AtLeastOnce",
      timeToLive: lives / MINUTE,
      ...(sendAt === undefined ? {} : { sendTime: new Date(sendAt).toISOString() }),
      ...(report ? { deliveryReportUrl: report } : {}),
      properties: { by: this.#name },
    };
  }

  #soon(): number {
    const { random, timeline } = this.#stage;
    return Math.floor(timeline.now + random.wait(random.pick([3 * SECOND, 30 * SECOND])));
  }

  #pause(): Promise<void> {
    const { random, timeline } = this.#stage;
    return timeline.wait(random.wait(random.pick([10, SECOND, MINUTE, 60 * MINUTE])), "a program waits");
  }

  /** Until a moment before then, or the very moment. */
  async #until(at: number): Promise<void> {
    const { random, timeline } = this.#stage;
    const left = at - timeline.now;
    const wait = random.chance(0.5) ? left + random.int(-150, 100) : random.next() * left;
    await timeline.wait(Math.max(0, wait), "a program changes its mind");
  }
}

/** A client that now and then does not sign anew after a fault of ours, but sends the very same bytes once more. */
class SameBytes {
  readonly #stage: Stage;
  readonly #make: () => Call;
  #sent: Call | undefined;
  /** Whether it is to be sent again; and whether what was sent last is that. */
  #isAgain = false;
  #isSent = false;
  /** Whether nothing is known to have gone wrong but the one call of the database that made the fault. */
  #wasOneTrouble = false;
  #troubles = 0;

  constructor(stage: Stage, make: () => Call) {
    this.#stage = stage;
    this.#make = make;
  }

  make(): Call {
    const { judges } = this.#stage;
    this.#troubles = judges.answers.troubles;
    this.#isSent = this.#isAgain;
    this.#isAgain = false;
    if (!this.#isSent || !this.#sent) this.#sent = this.#make();
    return this.#sent;
  }

  /** Whether a request was refused only because it came before. It must not be, if it failed by a fault of ours. */
  didNothing(answer: Answer): boolean {
    const { judges, random } = this.#stage;
    const { method, url, headers } = this.#sent as Call;
    const isReplayed = answer.status === 401 && answer.body.includes("made before");
    if (isReplayed) {
      const isFair = this.#isSent && !(this.#wasOneTrouble && method !== "POST");
      judges.answers.must(`${method} ${url}`, isFair, answer, "is told that it came before");
    }
    this.#isAgain = answer.status >= 500 && headers?.authorization !== undefined && random.chance(0.8);
    this.#wasOneTrouble = judges.answers.troubles - this.#troubles === 1;
    return isReplayed;
  }
}

function readOne(answer: Answer): Verdict {
  return answer.status === 401 ? "no" : verdictOf(answer);
}

/** What a repeated request must be answered again. */
function outcomeOf({ status, headers }: Answer): string {
  return `${status} ${headers.get("location")}`;
}
