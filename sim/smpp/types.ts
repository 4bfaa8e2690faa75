/** PDUs by their commands. */

import type { PduOf } from "../../src/smpp/pdu.ts";

export type Submit = PduOf<"submit_sm">;
export type News = PduOf<"deliver_sm" | "data_sm">;
