/**
 * A sealed row of `message`. Its recipient is stored sealed. Its text is stored with what else the customer gave, as one sealed JSON that
 * opens for this row alone. `seal` says that it is so, and is a mark by which the same text is known.
 */

import type { Seals } from "../../core/kernel/ports.ts";
import type { Message } from "../../core/messages/message.ts";

/** What is sealed together. */
type Content = { text: string; rich?: unknown; echo?: unknown };

type Given = { id: string } & Pick<Message, "recipient" | "text" | "echo"> & Partial<Pick<Message, "rich">>;

/** A message as its row has it. */
export type Sealed<M> = Omit<M, "rich"> & { seal: string };

/** @param message one whose account wants it sealed */
export async function sealMessage<M extends Given>(message: M, seals: Seals): Promise<Sealed<M>> {
  const { rich, ...rest } = message;
  const content: Content = {
    text: message.text,
    ...(rich ? { rich } : {}),
    ...(isEmpty(message.echo) ? {} : { echo: message.echo }),
  };
  const [recipient, text, seal] = await Promise.all([
    seals.number(message.recipient),
    seals.text(JSON.stringify(content), message.id),
    markOf(message, seals),
  ]);
  return { ...rest, recipient, text, echo: labelsOf(message.echo), seal };
}

/** What statements read of it: an event has its labels, and endpoints are chosen by them. */
function labelsOf({ tags }: Message["echo"]): Message["echo"] {
  return tags === undefined ? {} : { tags };
}

/** The mark of its text, after which stands that of its rich content: a duplicate is told by the text alone, a loop by both. */
async function markOf({ text, rich }: Given, seals: Seals): Promise<string> {
  const marks = await Promise.all([seals.mark(text), ...(rich ? [seals.mark(JSON.stringify(rich))] : [])]);
  return marks.join(".");
}

/** The other way round, of a message that is no row: one that is in a webhook. */
export async function openSealed(message: Message, seals: Seals): Promise<Message> {
  const [recipient, content] = await Promise.all([
    seals.openNumber(message.recipient),
    seals.openText(message.text, message.id),
  ]);
  return { ...message, recipient, ...(JSON.parse(content) as Pick<Message, "text" | "rich" | "echo">) };
}

/** The columns of such a row that may be asked for, beside its id. */
export type Sealable = { id: string; recipient?: string; person?: string; text?: string };

/** @throws Error where the key is not there any more that it was sealed with */
export async function openMessage<Row extends Sealable>(row: Row, seals: Seals): Promise<Row> {
  const { recipient, person, text } = row;
  const [openRecipient, openPerson, content] = await Promise.all([
    recipient && seals.openNumber(recipient),
    person && seals.openNumber(person),
    text === undefined ? {} : openContent(text, row.id, seals),
  ]);
  return {
    ...row,
    ...(openRecipient ? { recipient: openRecipient } : {}),
    ...(openPerson ? { person: openPerson } : {}),
    ...content,
  };
}

/** A text that had a code in it is blanked by a statement, which cannot seal. */
async function openContent(stored: string, id: string, seals: Seals): Promise<Record<string, unknown>> {
  if (!SEALED_TEXT.test(stored)) return {};
  const { text, rich, echo }: Content = JSON.parse(await seals.openText(stored, id));
  return { text, ...(rich ? { rich: JSON.stringify(rich) } : {}), ...(echo ? { echo: JSON.stringify(echo) } : {}) };
}

/** Of a sealed row: what a statement wrote into it has another form. */
const SEALED_TEXT = /^[\w-]{1,30}\.[\w+/]+=*$/;

function isEmpty(echo: Message["echo"]): boolean {
  return Object.keys(echo).length === 0;
}
