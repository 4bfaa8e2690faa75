/** What becomes of STOP, START and HELP: whose opt-outs they are, what those cover, and the one answer that the person gets. */

import type { Sender } from "../accounts/account.ts";
import type { OptOutRule } from "../accounts/rules.ts";
import type { Clock } from "../kernel/clock.ts";
import type { AccountId, Ids, InboundId } from "../kernel/ids.ts";
import type { Message } from "../messages/message.ts";
import { EVERY_SENDER_BY_WORD, isNorthAmerican, numberOfGroup, optOutOf } from "../messages/opt-outs.ts";
import { writtenByUs } from "../messages/own.ts";
import { answerId } from "../messages/suppression.ts";
import { answerText } from "./wish-texts.ts";
import { languageToAnswer, type Wish } from "./wish-words.ts";

/** An account that has a number, as the number's own sender, with what it has chosen. */
export type Holder = {
  account: { id: AccountId; number: number; name: string; isOpen: boolean; optOut?: OptOutRule; isSealed?: true };
  sender: Sender;
};

/** One opt-out of a person's: of which account, and of what. */
export type Cover = { account: AccountId; number: string };

/** What a text asks of its number. */
export type Opts = Pick<Wish, "is" | "word"> & {
  /** What may stand for the person, after they were erased. */
  formerly?: readonly string[];
  /** What is noted by STOP, or lifted by START beside what is noted of the number itself. */
  covers?: readonly Cover[];
  /** Sent if the wish changes something. `covers`: the opt-out of the account that answers. */
  answer?: { covers: string; message: Message };
};

/**
 * Who heeds STOP at a number. Where an account sells services there, STOP ends those, and what the person agrees to by web is texted from
 * the number again; what it sends from there for marketing ends all the same. At a North American number all of it ends: carriers there
 * block whatever is sent after STOP.
 */
export function heeding(holders: readonly Holder[], sellers: ReadonlySet<AccountId>): readonly Holder[] {
  return holders.filter(
    ({ account, sender }) =>
      !sellers.has(account.id) || sender.purpose === "marketing" || isNorthAmerican(sender.sender),
  );
}

/** @param holders those who heed it */
export function optsOf(
  ports: { clock: Clock; ids: Ids },
  wish: Wish,
  text: { id: InboundId; sender: string; recipient: string },
  holders: readonly Holder[],
): Opts {
  const { is, word } = wish;
  const covers = holders.flatMap((holder) => (is === "in" ? liftedAt(holder) : is === "out" ? notedAt(holder) : []));
  const answer = answerOf(ports, wish, text, holders);
  return { is, word, covers, ...(answer ? { answer } : {}) };
}

function notedAt({ account, sender }: Holder): Cover[] {
  return [{ account: account.id, number: optOutOf(sender, account.optOut) }];
}

/** Whatever a STOP to this number may have been noted as: the rule may have been another one then. */
function liftedAt({ account, sender: { sender, group } }: Holder): Cover[] {
  const ofGroup = group === undefined ? [] : [numberOfGroup(group)];
  return [sender, ...ofGroup, EVERY_SENDER_BY_WORD].map((number) => ({ account: account.id, number }));
}

/** One answer, though several accounts have the number: by the first that answers, and in nobody's name. */
function answerOf(
  ports: { clock: Clock; ids: Ids },
  wish: Wish,
  { id, sender: recipient, recipient: number }: { id: InboundId; sender: string; recipient: string },
  holders: readonly Holder[],
): Opts["answer"] {
  const holder = holders.find(({ account }) => account.isOpen && account.optOut?.replies !== "off");
  if (!holder) return undefined;
  const { account, sender } = holder;
  const covers = optOutOf(sender, account.optOut);
  const language = languageToAnswer(wish, recipient);
  const isShared = holders.length > 1;
  const text = answerText(wish.is, language, {
    ...(isShared ? { name: number } : { name: account.name, own: ownText(wish.is, holder) }),
    from: covers === sender.sender || isShared ? number : account.name,
  });
  const message = writtenByUs(ports, account, { theirId: answerId(id, wish.is), sender: number, recipient, text });
  return { covers, message: account.isSealed ? { ...message, isSealed: true } : message };
}

function ownText(is: Wish["is"], { account: { optOut = {} }, sender: { answers = {} } }: Holder): string | undefined {
  if (is === "out") return answers.stop ?? optOut.stopText;
  return is === "in" ? (answers.start ?? optOut.startText) : (answers.help ?? optOut.helpText);
}
