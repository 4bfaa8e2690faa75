/** Rich content: cards, media and buttons for channels that can do more than SMS. */

/** The effect of pressing it. *reply* sends `value`, or else the label, to the sender; *other*: nothing we could show. */
export const BUTTON_ACTIONS = ["reply", "open", "call", "locate", "calendar", "other"] as const;
export type ButtonAction = (typeof BUTTON_ACTIONS)[number];

/** `value` is the address, number, place or text that it stands for. */
export type Button = { label: string; action: ButtonAction; value?: string };

export type Bubble = {
  header?: string;
  text?: string;
  footer?: string;
  media?: { url: string; type?: string; name?: string };
  buttons?: Button[];
};

/** The bubbles, in the order in which they are shown, and the buttons beneath them. */
export type Shown = { bubbles: Bubble[]; buttons: Button[] };

/** As shown, and as the customer gave it, untouched. */
export type Rich = Shown & { given: unknown };
