/** A program that sends texts over CM.com: by JSON, where each recipient is taken for itself; by XML, where it is all or none. */

import type { Answer, Call } from "../ground/cloud.ts";
import { Deed, type Text, type Verdict } from "../oracle/texts.ts";
import { BASE, type Customer } from "../setup.ts";
import type { Stage } from "../world.ts";
import { type Actor, idle } from "./clients.ts";
import { carryOut } from "./deeds.ts";

const HOUR = 3_600_000;
const WRONG = "12";

/** One MSG: a text, and whom it goes to. */
type Msg = { reference: string; text: string; to: readonly string[]; hours: number };

export const cm: Actor = async (stage, name) => {
  const { random, accounts } = stage;
  for (let n = 1; n <= stage.deeds && !stage.isOver(); n++) {
    await idle(stage, name);
    const customer = random.pick(accounts);
    const send = random.chance(0.5) ? sendJson : sendXml;
    // There are no ids: who was not answered, and asks again, asks for another text.
    for (let tries = 1; tries <= 5; tries++) {
      const from = random.pick([customer.shortNumber, `${customer.id} shop`]);
      if (await send(stage, customer, msgsOf(stage, `${customer.id} ${name}-${n}, try ${tries}`), from)) break;
      await stage.timeline.wait(random.wait(5_000), `${name} tries once more`);
    }
  }
};

/** Up to three messages of up to three recipients, and now and then one that is none. */
function msgsOf({ random }: Stage, words: string): Msg[] {
  return Array.from({ length: random.int(1, 3) }, (_, index) => {
    const to = random.pick([
      ["+4798071000"],
      ["+4798071001", "+4798071002"],
      ["+4798071003", "+4798071004", "+4798071005"],
    ]);
    return {
      reference: `order-${index}`,
      text: `${words}, message ${index}.`,
      to: random.chance(0.15) ? [...to, WRONG] : to,
      hours: random.pick([1, 4, 48]),
    };
  });
}

function deedsOf({ judges }: Stage, account: string, msgs: readonly Msg[]): Deed[] {
  return msgs.flatMap(({ to, text, hours }) =>
    to.map((recipient) => {
      const wanted: Text = {
        recipient,
        text,
        isAtMostOnce: true,
        lives: hours * HOUR,
        ...(recipient === WRONG ? { isBad: true } : {}),
      };
      return new Deed(judges.messages.thing(account, "cm"), "post", wanted);
    }),
  );
}

async function sendJson(stage: Stage, customer: Customer, msgs: readonly Msg[], from: string): Promise<boolean> {
  const { judges, random } = stage;
  const deeds = deedsOf(stage, customer.id, msgs);
  const isHeader = random.chance(0.3);
  const msg = msgs.map(({ reference, text, to, hours }) => {
    return {
      from,
      to: to.map((number) => ({ number })),
      body: { content: text, type: "AUTO" },
      reference,
      validity: `${hours}h`,
    };
  });
  const call: Call = {
    method: "POST",
    url: `${BASE}/v1.0/message`,
    headers: {
      "content-type": "application/json",
      ...(isHeader ? { "x-cm-producttoken": customer.productToken } : {}),
    },
    body: JSON.stringify({
      messages: { ...(isHeader ? {} : { authentication: { productToken: customer.productToken } }), msg },
    }),
  };
  const done = await carryOut(stage, { deeds, make: () => call, read: readJson, tries: 1 });
  if (!done) return false;
  const { details, messages } = JSON.parse(done.answer.body) as {
    details: string;
    messages: { to: string; status: string }[];
  };
  const taken = deeds.filter(({ yesAt }) => yesAt !== undefined).length;
  const isTold =
    details === `Created ${taken} message(s)` &&
    messages.every(({ to }, index) => to === deeds[index]?.text?.recipient);
  judges.answers.must(deeds[0]?.thing.name ?? "", isTold, done.answer, "is answered for others");
  return true;
}

function readJson({ status, body }: Answer): Verdict | readonly Verdict[] {
  if (status >= 500) return "unknown";
  const { messages } = JSON.parse(body) as { messages: { status: string; messageErrorCode: number }[] };
  return messages.map((entry) =>
    entry.status === "Accepted" ? "yes" : entry.messageErrorCode === 500 ? "unknown" : "no",
  );
}

async function sendXml(stage: Stage, customer: Customer, msgs: readonly Msg[], from: string): Promise<boolean> {
  const { judges } = stage;
  const deeds = deedsOf(stage, customer.id, msgs);
  judges.messages.together(deeds.map(({ thing }) => thing));
  const isWrong = msgs.some(({ to }) => to.includes(WRONG));
  // One wrong recipient is a reason to refuse them all.
  if (isWrong) for (const { text } of deeds) if (text) text.isBad = true;
  const xml = msgs.map(
    ({ reference, text, to, hours }) =>
      `<MSG><FROM>${from}</FROM>${to.map((number) => `<TO>${number}</TO>`).join("")}<BODY TYPE="AUTO">${text}</BODY>` +
      `<REFERENCE>${reference}</REFERENCE><VALIDITY>${hours}h</VALIDITY></MSG>`,
  );
  const authentication = `<AUTHENTICATION><PRODUCTTOKEN>${customer.productToken}</PRODUCTTOKEN></AUTHENTICATION>`;
  const call: Call = {
    method: "POST",
    url: `${BASE}/gateway.ashx`,
    headers: { "content-type": "application/xml" },
    body: `<?xml version="1.0"?><MESSAGES>${authentication}${xml.join("")}</MESSAGES>`,
  };
  const done = await carryOut(stage, { deeds, make: () => call, read: readXml, tries: 1 });
  if (done)
    judges.answers.must(
      deeds[0]?.thing.name ?? "",
      (done.answer.body === "") === !isWrong,
      done.answer,
      "is answered wrongly",
    );
  return done !== undefined;
}

/** One line of text if something is wrong, whatever the status. A fault of ours has a line too. */
function readXml({ status, body }: Answer): Verdict {
  if (status >= 500 || body.includes("Unknown error")) return "unknown";
  return body === "" ? "yes" : "no";
}
