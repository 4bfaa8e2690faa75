/** What a person is shown on a channel that can do more than SMS. */

/** What happens when it is pressed. *reply* writes `value`, or else the label, to the sender; *other*: nothing we could show. */
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

/** What is shown, in order, and the buttons beneath it. */
export type Shown = { bubbles: Bubble[]; buttons: Button[] };

/** With what the customer gave for it, untouched. */
export type Rich = Shown & { given: unknown };
