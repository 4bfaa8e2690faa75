/** Rich content: what of it is checked, and what a person is shown. Guide, "Rich content". */

import type { AccountSettings } from "../../core/accounts/account.ts";
import type { Rich } from "../../core/messages/rich.ts";
import type { Msg } from "./msg.ts";

/**
 * What a person is shown, beside what was given, which is kept untouched.
 * @throws MessageError 305
 */
export function toRich(_given: NonNullable<Msg["richContent"]>, _settings: AccountSettings): Rich {
  throw new Error("not yet");
}
