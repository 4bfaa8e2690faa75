/** The simpler kinds of items of a conversation, as bubbles. Guide, "Conversation". */

import type { Bubble, Button } from "../../core/messages/rich.ts";
import { innerOf, listOf, type Members, membersOf, textIn } from "./rich-members.ts";
import { placeOf } from "./suggestions.ts";

/** A bubble of the members that are there; none if there is nothing to show. */
export function toBubble(parts: { [Part in keyof Bubble]?: Bubble[Part] | undefined }): Bubble[] {
  const there = Object.entries(parts).filter(
    ([, part]) => part !== undefined && !(Array.isArray(part) && part.length < 1),
  );
  return there.length > 0 ? [Object.fromEntries(there) as Bubble] : [];
}

export function toMedia(media: Members | undefined): Bubble["media"] | undefined {
  const url = media && textIn(media, "mediauri");
  if (!media || url === undefined) return undefined;
  const [type, name] = [textIn(media, "mimetype"), textIn(media, "medianame")];
  return { url, ...(type === undefined ? {} : { type }), ...(name === undefined ? {} : { name }) };
}

/** A text, a picture, or a card with both. */
export function toCard(card: Members, buttons: Button[]): Bubble[] {
  return toBubble({
    header: textIn(card, "header"),
    text: textIn(card, "text"),
    media: toMedia(innerOf(card, "media")),
    buttons,
  });
}

export function toLocation(location: Members): Bubble[] {
  const value = placeOf(location);
  const text = textIn(location, "label") ?? value;
  if (text === undefined) return [];
  return toBubble({ text, buttons: value === undefined ? [] : [{ label: text, action: "locate", value }] });
}

/** Names and numbers, a line for each person. */
export function toContacts(contacts: unknown): Bubble[] {
  const lines = listOf(contacts)
    .map(membersOf)
    .map((contact) => [nameOf(contact), numbersOf(contact)].filter((part) => part !== "").join(": "))
    .filter((line) => line !== "");
  return toBubble({ text: lines.length > 0 ? lines.join("\n") : undefined });
}

function nameOf(contact: Members): string {
  const name = membersOf(contact.get("name"));
  const whole = ["first_name", "last_name"].map((part) => textIn(name, part)).filter((part) => part !== undefined);
  const company = textIn(membersOf(contact.get("org")), "company");
  return textIn(name, "formatted_name") ?? (whole.join(" ") || (company ?? ""));
}

function numbersOf(contact: Members): string {
  return listOf(contact.get("phones"))
    .map((phone) => textIn(membersOf(phone), "phone"))
    .filter((phone) => phone !== undefined)
    .join(", ");
}

/** Apple Pay: the amount, and the merchant. */
export function toPayment(payment: Members): Bubble[] {
  const price = [textIn(payment, "total"), textIn(payment, "currencycode")].filter((part) => part !== undefined);
  const parts = [textIn(payment, "description"), price.join(" ") || undefined].filter((part) => part !== undefined);
  const header = textIn(payment, "merchantname");
  return toBubble({ header, text: parts.join(", ") || undefined, buttons: [{ label: "Pay", action: "other" }] });
}

export function toListPicker(picker: Members): Bubble[] {
  const options = listOf(picker.get("options")).map((option) => textIn(membersOf(option), "label"));
  return toBubble({
    text: textIn(picker, "label"),
    media: toMedia(innerOf(picker, "media")),
    buttons: options.filter((label) => label !== undefined).map((label) => ({ label, action: "other" })),
  });
}

export function toCalendarPicker(picker: Members): Bubble[] {
  const options = listOf(picker.get("options")).map((option) => {
    const members = membersOf(option);
    const times = [textIn(members, "starttime"), textIn(members, "endtime")].filter((time) => time !== undefined);
    return textIn(members, "title") ?? times.join(" – ");
  });
  return toBubble({
    text: textIn(picker, "label") ?? "Choose a time",
    buttons: options.filter((label) => label !== "").map((label) => ({ label, action: "other" })),
  });
}

export function toSignIn(): Bubble[] {
  return toBubble({ text: "Sign in", buttons: [{ label: "Sign in", action: "other" }] });
}
