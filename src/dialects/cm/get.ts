/** A message in a query: the least that the gateway takes. Guide, "HTTP GET". */

import { measure } from "../../core/messages/text.ts";
import { formPairs } from "../read.ts";
import { MessageError } from "./errors.ts";
import type { Msg } from "./msg.ts";

/** Names are in small letters, and values as they came. */
export type Query = Readonly<Record<string, string>>;

/**
 * The parameters, whatever the case of their names. Of one that is there more than once all are taken, with commas
 * between them, as ASP.NET has it: two recipients are none.
 * @throws GatewayError bad-request where it is not UTF-8; too-large
 */
export function readQuery(search: string): Query {
  const values = new Map<string, string>();
  for (const [name, value] of formPairs(search.replace(/^\?/, ""))) {
    const known = values.get(name.toLowerCase());
    values.set(name.toLowerCase(), known === undefined ? value : `${known},${value}`);
  }
  return Object.fromEntries(values);
}

/** @throws MessageError 304 where the text is more than one message of the GSM alphabet */
export function toMsg(query: Query): Msg {
  const { from = "", to = "", body = "", reference = "", appkey = "" } = query;
  const { encoding, parts } = measure(body);
  if (encoding !== "gsm7") {
    throw new MessageError(304, "The parameter 'body' has characters outside the GSM alphabet: send it with POST");
  }
  if (parts > 1) throw new MessageError(304, `Maximum number of parts exceeded. (need at least ${parts}, max is 1)`);
  return {
    from: from.trim(),
    to: [to.trim()],
    body: { content: body },
    ...(reference === "" ? {} : { reference }),
    ...(appkey === "" ? {} : { appKey: appkey.trim() }),
  };
}
