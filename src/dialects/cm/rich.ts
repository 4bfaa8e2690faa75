/** Rich content: its checks, and the form in which a person sees it. Guide, "Rich content". */

import type { AccountSettings } from "../../core/accounts/account.ts";
import type { Bubble, Rich } from "../../core/messages/rich.ts";
import { toCalendarPicker, toCard, toContacts, toListPicker, toLocation, toPayment, toSignIn } from "./bubbles.ts";
import { MessageError } from "./errors.ts";
import type { Msg } from "./msg.ts";
import { innerOf, isObject, listOf, type Members, membersOf, objectsIn } from "./rich-members.ts";
import { settingsOf } from "./settings.ts";
import { toButtons } from "./suggestions.ts";
import { toInteractive, toTemplate } from "./whatsapp.ts";

/** Bubbles; the guide's own sample of five has six, for which there is the setting. */
const MOST = 5;

/**
 * The content as a person sees it, beside the content as given, which is kept untouched.
 * @throws MessageError 305
 */
export function toRich(given: NonNullable<Msg["richContent"]>, settings: AccountSettings): Rich {
  if (!isObject(given)) throw new MessageError(305, "RICHCONTENT is an invalid type, must be an object");
  const limited = settingsOf(settings).richLimits !== "none";
  const rich = membersOf(given);
  const conversation = objectsIn(rich, "conversation", "CONVERSATION");
  if (limited && conversation.length > MOST) {
    throw new MessageError(305, `CONVERSATION has ${conversation.length} items, max is ${MOST}`);
  }
  return {
    bubbles: conversation.flatMap((item) => toBubbles(item, limited)),
    buttons: toButtons(rich, { limited }),
    given,
  };
}

/** An item may be of several kinds at once: each shows its members. */
function toBubbles(item: Members, limited: boolean): Bubble[] {
  const card = (members: Members) => toCard(members, toButtons(members, { limited }));
  const cards = listOf(membersOf(item.get("carousel")).get("cards")).map(membersOf);
  const kind = (name: string, to: (members: Members) => Bubble[]) => {
    const members = innerOf(item, name);
    return members ? to(members) : [];
  };
  return [
    ...card(item),
    ...cards.flatMap(card),
    ...kind("template", toTemplate),
    ...kind("interactive", toInteractive),
    ...kind("location", toLocation),
    ...toContacts(item.get("contacts")),
    ...kind("payment", toPayment),
    ...kind("listpicker", toListPicker),
    ...kind("calendarpicker", toCalendarPicker),
    ...kind("oauth2", toSignIn),
  ];
}
