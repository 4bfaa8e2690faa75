/** Content of WhatsApp alone: templates, and interactive messages. Guide, "WhatsApp template", "Interactive". */

import type { Bubble, Button } from "../../core/messages/rich.ts";
import { toBubble, toMedia } from "./bubbles.ts";
import { innerOf, listOf, type Members, membersOf, textIn, textOf } from "./rich-members.ts";

/** Where a parameter's media is: in PHP, Java and .NET under its own name, in JS under its type. */
const MEDIA = ["media", "image", "document", "video"] as const;

/**
 * A template. WhatsApp has its text, which we cannot see: in its place stand its name, and its parameters in order.
 */
export function toTemplate(template: Members): Bubble[] {
  const whatsApp = innerOf(template, "whatsapp");
  if (!whatsApp) return [];
  const components = listOf(whatsApp.get("components")).map(membersOf);
  const parameters = components.flatMap((component) =>
    listOf(component.get("parameters")).map((parameter) => ({
      parameter: membersOf(parameter),
      isOfButton: /^buttons?$/i.test(textIn(component, "type") ?? ""),
    })),
  );
  const older = listOf(whatsApp.get("localizable_params")).map(membersOf);
  const values = [...parameters.filter(({ isOfButton }) => !isOfButton).map(({ parameter }) => parameter), ...older]
    .map(filling)
    .filter((value) => value !== undefined);
  const name = textIn(whatsApp, "element_name") ?? "template";
  return toBubble({
    text: values.length > 0 ? `${name}: ${values.join(", ")}` : name,
    media: parameters
      .map(({ parameter }) => toMedia(innerOf(parameter, ...MEDIA)))
      .find((media) => media !== undefined),
    buttons: parameters.flatMap(({ parameter, isOfButton }) => buttonOf(parameter, isOfButton)),
  });
}

function filling(parameter: Members): string | undefined {
  const currency = innerOf(parameter, "currency");
  const time = innerOf(parameter, "date_time");
  return (
    textIn(parameter, "text") ??
    (currency && (textIn(currency, "fallback_value") ?? amountOf(currency))) ??
    (time && (textIn(time, "fallback_value") ?? wordsOf(time))) ??
    textIn(parameter, "default")
  );
}

function amountOf(currency: Members): string | undefined {
  const thousandths = Number(textIn(currency, "amount_1000") ?? Number.NaN);
  const code = textIn(currency, "code", "currency_code") ?? "";
  return Number.isFinite(thousandths) ? `${(thousandths / 1000).toFixed(2)} ${code}`.trim() : undefined;
}

/** A time is given by its parts, in whatever order: they are shown as they come. */
function wordsOf(time: Members): string | undefined {
  const parts = innerOf(time, "component", "unix_epoch") ?? time;
  return (
    [...parts.values()]
      .map(textOf)
      .filter((part) => part !== undefined)
      .join(" ") || undefined
  );
}

/** A quick reply is sent back by its payload; where a link's button leads is in the template. */
function buttonOf(parameter: Members, isOfButton: boolean): Button[] {
  const payload = textIn(parameter, "payload");
  if (payload !== undefined) return [{ label: payload, action: "reply", value: payload }];
  const text = isOfButton ? textIn(parameter, "text") : undefined;
  return text === undefined ? [] : [{ label: text, action: "other", value: text }];
}

/** Lists and buttons are replied to; of products, which are in a catalogue of WhatsApp's, there are only the numbers. */
export function toInteractive(interactive: Members): Bubble[] {
  const [header, body, footer, action] = ["header", "body", "footer", "action"].map((name) =>
    membersOf(interactive.get(name)),
  ) as [Members, Members, Members, Members];
  const sections = listOf(action.get("sections")).map(membersOf);
  return toBubble({
    header: textIn(header, "text"),
    text: textIn(body, "text"),
    footer: textIn(footer, "text"),
    media: toMedia(innerOf(header, ...MEDIA)),
    buttons: [
      ...listOf(action.get("buttons")).flatMap((button) => {
        const members = membersOf(button);
        return replyOf(innerOf(members, "reply") ?? members);
      }),
      ...sections.flatMap((section) => listOf(section.get("rows")).flatMap((row) => replyOf(membersOf(row)))),
      ...[action, ...sections.flatMap((section) => listOf(section.get("product_items")).map(membersOf))].flatMap(
        product,
      ),
    ],
  });
}

function replyOf(choice: Members): Button[] {
  const [label, value] = [textIn(choice, "title", "id"), textIn(choice, "id")];
  return label === undefined ? [] : [{ label, action: "reply", ...(value === undefined ? {} : { value }) }];
}

function product(item: Members): Button[] {
  const id = textIn(item, "product_retailer_id");
  return id === undefined ? [] : [{ label: id, action: "other", value: id }];
}
