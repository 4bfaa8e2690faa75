/** The channels a message may go by. Guide, "Allowed channels". */

import { MessageError } from "./errors.ts";

/** Our spelling of each, and its other names. */
const NAMES: Record<string, readonly string[]> = {
  SMS: [],
  WhatsApp: [],
  WeChat: [],
  Push: [],
  RCS: [],
  Viber: [],
  Voice: [],
  iMessage: [],
  "Apple Messages for Business": [],
  "Apple Business Chat": [],
  Line: [],
  Twitter: [],
  MobilePush: [],
  "Facebook Messenger": [],
  "Google Business Messages": [],
  Instagram: [],
  // .NET's name of it.
  "Telegram Messenger": ["Telegram"],
};

const CANONICAL = new Map(
  Object.entries(NAMES).flatMap(([name, others]) => [name, ...others].map((one) => [compared(one), name])),
);

/**
 * Their names as we write them; undefined where all are allowed.
 * @throws MessageError 305 where one is unknown
 */
export function toChannels(names: readonly string[] | undefined): readonly string[] | undefined {
  if (!names || names.length === 0) return undefined;
  const known = names.map((name) => {
    const canonical = CANONICAL.get(compared(name));
    if (canonical) return canonical;
    throw new MessageError(305, `Allowed channel ${JSON.stringify(name.slice(0, 40))} is unknown`);
  });
  return [...new Set(known)];
}

/** SDKs write the same name in other cases, and with or without its spaces. */
function compared(name: string): string {
  return name.replace(/\s/g, "").toLowerCase();
}
