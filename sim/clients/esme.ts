/** A customer's SMPP program that sends texts, short ones and long ones, and wants to be told what became of them. */

import { ESM, REGISTERED } from "../../src/smpp/fields.ts";
import { piecesOf } from "../../src/smpp/parts.ts";
import { type Pdu, pdu, toTlvs } from "../../src/smpp/pdu.ts";
import { Deed } from "../oracle/texts.ts";
import { Program } from "../smpp/program.ts";
import type { Stage } from "../world.ts";
import { type Actor, idle } from "./clients.ts";

const HOUR = 3_600_000;
const SECOND = 1_000;

/** One of each customer, in each world: programs share their connections among those who play it. */
const programs = new WeakMap<Stage["network"], Map<string, Program>>();

export const esme: Actor = async (stage, name) => {
  const { random, accounts } = stage;
  const customer = random.pick(accounts);
  const program = programOf(stage, customer.id);
  // The others' do not send, and are told what people write.
  for (const { id } of accounts) programOf(stage, id);
  for (let n = 1; n <= stage.deeds * 2 && !stage.isOver(); n++) {
    if (random.chance(0.5)) await idle(stage, name);
    if (random.chance(0.15)) program.storm();
    if (random.chance(0.1)) stage.drain(program.systemId);
    const sent = Array.from({ length: random.int(1, 3) }, (_, index) => send(stage, program, `${name}-${n}-${index}`));
    await Promise.all(sent);
  }
};

function programOf(stage: Stage, account: string): Program {
  const all = programs.get(stage.network) ?? new Map<string, Program>();
  programs.set(stage.network, all);
  const customer = stage.accounts.find(({ id }) => id === account) ?? stage.accounts[0];
  const program = all.get(account) ?? (customer && new Program(stage, customer));
  if (!program) throw new Error("there are no customers");
  if (!all.has(account)) {
    const kinds = [
      ["bind_transceiver"],
      ["bind_transceiver", "bind_transceiver"],
      ["bind_transmitter", "bind_receiver"],
    ] as const;
    program.keep(stage.random.pick(kinds));
  }
  all.set(account, program);
  return program;
}

/** Sends a text, part by part and in any order, and waits until it knows whether it was taken. */
async function send(stage: Stage, program: Program, words: string): Promise<void> {
  const { random, judges, timeline } = stage;
  const { customer } = program;
  const recipient = `+47980900${random.int(10, 12)}`;
  const parts = random.pick([1, 1, 2, 3]);
  const whole = Array.from({ length: parts === 1 ? 1 : parts * 5 }, (_, n) => `${customer.id} ${words} line ${n}.`);
  const text = whole.join(" ");
  const thing = judges.messages.thing(customer.id, "cm");
  const deed = new Deed(thing, "post", { recipient, text, isAtMostOnce: true, lives: 4 * HOUR });
  const by = random.pick(["udh", "sar"] as const);
  const pieces = piecesOf(text, { by, reference: program.nextReference() });
  const asks = random.pick([REGISTERED.always, REGISTERED.always, REGISTERED.onFailure, REGISTERED.none]);
  judges.messages.begun(deed);
  judges.sessions.begun(customer.id, deed);
  const sent = pieces.map(async (piece) => {
    await timeline.wait(random.wait(random.pick([1, 100, 5 * SECOND])), `${program.systemId} sends a part`);
    const request = pdu("submit_sm", {
      body: {
        source: customer.shortNumber,
        sourceTon: 3,
        destination: recipient.slice(1),
        destinationTon: 1,
        esmClass: pieces.length > 1 ? piece.esmClass & ESM.udh : 0,
        registeredDelivery: asks,
        dataCoding: piece.coding,
        shortMessage: piece.shortMessage,
      },
      tlvs: toTlvs(piece.tlvs),
    }) as Pdu;
    const id = await program.submit(request, pieces.length > 1);
    if (id !== undefined) judges.sessions.acknowledged(customer.id, id, deed, asks);
    return id;
  });
  const ids = await Promise.all(sent);
  // Where a part was sent for longer than its others were waited for, they went without it.
  const isTaken = ids.every((id) => id !== undefined) && judges.sessions.isOne(ids);
  deed.hear(isTaken ? "yes" : "unknown", timeline.now);
  if (isTaken) judges.messages.heard(deed);
}
