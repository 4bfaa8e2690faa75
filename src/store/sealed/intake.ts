/** The intake of messages that are to be sealed: they are sealed before they are written, and what they are judged by is not. */

import type { MessageId } from "../../core/kernel/ids.ts";
import type { Seals } from "../../core/kernel/ports.ts";
import type { Intake, Unless, UnlessOf } from "../../core/messages/intake.ts";
import type { Message } from "../../core/messages/message.ts";
import { sealMessage } from "./message.ts";

export function sealingIntake(intake: Intake, seals: Seals): Intake {
  return {
    async add(account, messages, more) {
      if (messages.every(({ isSealed }) => isSealed === undefined)) return intake.add(account, messages, more);
      const stored = await Promise.all(messages.map((one) => (one.isSealed ? sealMessage(one, seals) : one)));
      if (!more.unless) return intake.add(account, stored, more);
      return intake.add(account, stored, { ...more, unless: await unlessOf(messages, more.unless, seals) });
    },
  };
}

/** The same of messages whose account has sealed rows: the person, and the text, may be stored in each of these forms. */
async function unlessOf(messages: readonly Message[], unless: UnlessOf, seals: Seals): Promise<UnlessOf> {
  const each = messages.map(async (message): Promise<[MessageId, Unless]> => {
    const given = unless(message);
    const [forms, marks] = await Promise.all([seals.numberForms(message.recipient), seals.marks(message.text)]);
    return [message.id, { ...given, formerly: [...(given.formerly ?? []), ...forms.all], said: message.text, marks }];
  });
  const known = new Map(await Promise.all(each));
  return (message) => known.get(message.id) ?? unless(message);
}
