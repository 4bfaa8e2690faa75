/** Suggestions: the buttons under a bubble, their required members, and their effect. Guide, "Suggestions". */

import type { Button, ButtonAction } from "../../core/messages/rich.ts";
import { MessageError } from "./errors.ts";
import { innerOf, type Members, objectsIn, textIn } from "./rich-members.ts";

/** As many as a message may have; the guide knows lower limits of single channels, which are not checked. */
const MOST = 11;

type Pressed = { action: ButtonAction; value?: string | undefined; label?: string | undefined };

/** The effect of each action, by its name in lower case. Guide, "Suggestions". */
const ACTIONS: ReadonlyMap<string, (suggestion: Members) => Pressed> = new Map([
  ["openurl", opened],
  ["dial", dialled],
  ["viewlocation", located],
  ["createcalendarevent", scheduled],
  ["reply", replied],
]);

/**
 * The buttons of a list of suggestions.
 * @throws MessageError 305
 */
export function toButtons(members: Members, { limited }: { limited: boolean }): Button[] {
  const suggestions = objectsIn(members, "suggestions", "SUGGESTIONS");
  if (limited && suggestions.length > MOST) {
    throw new MessageError(305, `SUGGESTIONS has ${suggestions.length} items, max is ${MOST}`);
  }
  return suggestions.map(toButton);
}

function toButton(suggestion: Members): Button {
  const action = textIn(suggestion, "action");
  const press = ACTIONS.get(action?.trim().toLowerCase() ?? "") ?? other;
  const { value, label, ...pressed } = press(suggestion);
  // Java leaves the label away where there is another text to show.
  const shown = textIn(suggestion, "label") ?? label ?? value ?? action ?? "…";
  return { label: shown, ...pressed, ...(value === undefined ? {} : { value }) };
}

function opened(suggestion: Members): Pressed {
  // Without a scheme too: the guide's own sample has none.
  return { action: "open", value: textIn(suggestion, "url") ?? missing("OpenUrl", "url") };
}

function dialled(suggestion: Members): Pressed {
  const dial = innerOf(suggestion, "dial") ?? missing("Dial", "dial");
  const number = textIn(dial, "phonenumber") ?? missing("Dial", "phoneNumber");
  if (!/^\+?\d+$/.test(number.replace(/[\s().-]/g, ""))) {
    throw new MessageError(305, "Dial suggestion: phoneNumber is not a number");
  }
  return { action: "call", value: number };
}

function located(suggestion: Members): Pressed {
  // Java calls it location.
  const place = innerOf(suggestion, "viewlocation", "location") ?? missing("ViewLocation", "viewLocation");
  const value = placeOf(place) ?? missing("ViewLocation", "searchQuery, or latitude and longitude");
  return { action: "locate", value, label: textIn(place, "label") };
}

/** Where it is: `latitude,longitude`, or else the search text. */
export function placeOf(place: Members): string | undefined {
  const [latitude, longitude] = [textIn(place, "latitude"), textIn(place, "longitude")];
  if (latitude !== undefined && longitude !== undefined) return `${latitude},${longitude}`;
  return textIn(place, "searchquery");
}

function scheduled(suggestion: Members): Pressed {
  const calendar = innerOf(suggestion, "calendar") ?? missing("CreateCalendarEvent", "calendar");
  const from = textIn(calendar, "starttime") ?? missing("CreateCalendarEvent", "startTime");
  const to = textIn(calendar, "endtime") ?? missing("CreateCalendarEvent", "endTime");
  const title = textIn(calendar, "title") ?? missing("CreateCalendarEvent", "title");
  // Times are not read: the JS SDK writes the format of its language, and the guide's own sample is no time at all.
  return { action: "calendar", value: `${title}, ${from} – ${to}`, label: title };
}

function replied(suggestion: Members): Pressed {
  return { action: "reply", value: textIn(suggestion, "postbackdata") };
}

/**
 * Newer ones, of which no more is asked than the object they are known by: they stay as they were given.
 * @throws MessageError 305 for an action that is not known, and brings no such object
 */
function other(suggestion: Members): Pressed {
  const label = OTHERS.find(([name]) => suggestion.has(name))?.[1];
  if (label === undefined) {
    const action = textIn(suggestion, "action");
    const what =
      action === undefined ? "ACTION of a suggestion is missing" : `'${action.slice(0, 40)}' is not an ACTION`;
    throw new MessageError(305, `${what}: use OpenUrl, CreateCalendarEvent, Dial, ViewLocation or Reply`);
  }
  return { action: "other", value: textIn(suggestion, "postbackdata"), label };
}

const OTHERS = [
  ["sharelocation", "Share your location"],
  ["calendarpicker", "Choose a time"],
  ["payment", "Pay"],
] as const;

function missing(action: string, what: string): never {
  throw new MessageError(305, `${action} suggestion: ${what} is missing`);
}
