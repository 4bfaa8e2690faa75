/**
 * Texts that people write to accounts that want them sealed. The statement that stores a text finds its account, so each is given to it
 * both ways. A sender that begins as a sealed number says that its row is sealed; the text opens for this row alone.
 */

import type { InboundFilter, InboundStore, NewInbound } from "../../core/inbound/inbound.ts";
import type { KeptPart, PartStore } from "../../core/inbound/parts.ts";
import type { Seals } from "../../core/kernel/ports.ts";
import { isSealedNumber, neverSealed } from "../../core/messages/sealed.ts";
import { sealMessage } from "./message.ts";
import { wholeNumber } from "./numbers.ts";

export function sealedInbounds(store: InboundStore, seals: Seals): InboundStore {
  const asked = async (filter: InboundFilter) =>
    filter.sender === undefined ? filter : { ...filter, senders: (await seals.numberForms(filter.sender)).all };
  return {
    ...store,
    add: async (inbounds) => store.add(await Promise.all(inbounds.map((one) => sealInbound(one, seals)))),
    list: async (filter, page) => store.list(await asked(filter), page),
    search: async (filter, needles, page, most) =>
      store.search(await asked(filter), needles, page, most, await wholeNumber(needles, seals)),
  };
}

async function sealInbound(given: NewInbound, seals: Seals): Promise<NewInbound> {
  const inbound = { ...given, sender: neverSealed(given.sender) };
  if (seals.names.length === 0) return inbound;
  const { id, sender, text, opts } = inbound;
  const [forms, sealedText, answer] = await Promise.all([
    seals.numberForms(sender),
    seals.text(text, id),
    opts?.answer?.message.isSealed ? sealMessage(opts.answer.message, seals) : undefined,
  ]);
  return {
    ...inbound,
    sealed: { sender: forms.sealed ?? sender, text: sealedText, forms: forms.all },
    ...(opts?.answer && answer ? { opts: { ...opts, answer: { ...opts.answer, message: answer } } } : {}),
  };
}

/** The columns of such a row that may be asked for, beside its id. */
type Row = { id: string; sender?: unknown; person?: unknown; text?: unknown };

/** Whether it is a row of `inbound`, and sealed. */
export function isSealedInbound(row: Record<string, unknown>): row is Row {
  const { id, sender, person } = row;
  return typeof id === "string" && id.startsWith("inb_") && [sender, person].some(isSealedValue);
}

/** @throws Error where the key is not there any more that it was sealed with */
export async function openInbound<R extends Row>(row: R, seals: Seals): Promise<R> {
  const { id, sender, person, text } = row;
  const [openSender, openPerson, openText] = await Promise.all([
    isSealedValue(sender) ? seals.openNumber(sender) : undefined,
    isSealedValue(person) ? seals.openNumber(person) : undefined,
    isSealedValue(sender) && typeof text === "string" ? seals.openText(text, id) : undefined,
  ]);
  return {
    ...row,
    ...(openSender === undefined ? {} : { sender: openSender }),
    ...(openPerson === undefined ? {} : { person: openPerson }),
    ...(openText === undefined ? {} : { text: openText }),
  };
}

function isSealedValue(value: unknown): value is string {
  return typeof value === "string" && isSealedNumber(value);
}

/** Parts of long texts, of numbers of such accounts: sealed until they are joined, and then without their texts. */
export function sealedParts(store: PartStore, seals: Seals): PartStore {
  const open = (parts: readonly KeptPart[]) => Promise.all(parts.map((part) => openPart(part, seals)));
  return {
    ...store,
    keep: async (parts) => open(await store.keep(await Promise.all(parts.map((part) => sealPart(part, seals))))),
    waitingSince: async (before, limit) => open(await store.waitingSince(before, limit)),
  };
}

export type PartRow = Pick<KeptPart, "carrier" | "theirId" | "sender" | "text">;

/** What the text of a part is bound to. */
export const partOwner = ({ carrier, theirId }: PartRow) => `part ${carrier} ${theirId}`;

async function sealPart(given: KeptPart, seals: Seals): Promise<KeptPart> {
  const part = { ...given, sender: neverSealed(given.sender) };
  if (seals.names.length === 0) return part;
  const [forms, text] = await Promise.all([seals.numberForms(part.sender), seals.text(part.text, partOwner(part))]);
  return { ...part, sealed: { sender: forms.sealed ?? part.sender, text, forms: forms.all } };
}

/** One that was joined has no text any more. */
export async function openPart<P extends PartRow>(part: P, seals: Seals): Promise<P> {
  if (!isSealedNumber(part.sender)) return part;
  const [sender, text] = await Promise.all([
    seals.openNumber(part.sender),
    part.text === "" ? "" : seals.openText(part.text, partOwner(part)),
  ]);
  return { ...part, sender, text };
}
