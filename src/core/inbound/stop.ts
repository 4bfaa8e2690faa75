/** STOP: the services that it ends, and the text that the person gets. */

import { consentOf, type Service } from "../billing/service.ts";
import { endedText } from "../billing/texts.ts";
import type { Clock } from "../kernel/clock.ts";
import type { AccountId, Ids } from "../kernel/ids.ts";
import type { Message } from "../messages/message.ts";
import { writtenByUs } from "../messages/own.ts";
import { isStopWord, stopIn, wordsOf } from "./stop-words.ts";

/**
 * All that a person has at an account for these services; or whatever they agreed to at a number, under these ids or any.
 * What that is, is found out in the write: they may be agreeing to it just now.
 */
export type Ending = {
  account?: AccountId;
  recipient: string;
  services: readonly { service: string; consent: string; merchant: string }[];
  number?: string;
  only?: readonly string[];
  by: "person";
  at: number;
  texts: readonly { service: string; message: Message }[];
};

/** What a text means at a number where these services are sold. */
export type Meaning = { isStop: boolean; keyword?: string; service?: Service; ended: readonly Service[] };

/**
 * STOP and a keyword ends the services of that keyword, and the services on the same consent. STOP alone, or with an unknown word,
 * ends everything that is sold at the number: people need not know our keywords to stop.
 */
export function meaningOf(text: string, services: readonly Service[]): Meaning {
  const stop = stopIn(text);
  const word = stop ? stop.keyword : wordsOf(text)[0];
  const named =
    word === undefined || isStopWord(word) ? [] : services.filter(({ keyword }) => keyword?.toLowerCase() === word);
  const agreed = new Set(named.map((service) => `${service.account} ${consentOf(service)}`));
  const together = services.filter((service) => agreed.has(`${service.account} ${consentOf(service)}`));
  const ended = stop ? (named.length > 0 ? together : services) : [];
  const service = named[0] ?? (ended.length === 1 ? ended[0] : undefined);
  return {
    isStop: stop !== undefined,
    ...(named[0]?.keyword ? { keyword: named[0].keyword } : {}),
    ...(service ? { service } : {}),
    ended,
  };
}

/** @param account whose number it is, as the texts' ids are made of */
export function endingOf(
  ports: { clock: Clock; ids: Ids },
  account: { id: AccountId; number: number },
  person: { recipient: string; inbound: string },
  services: readonly Service[],
): Ending {
  return {
    account: account.id,
    recipient: person.recipient,
    services: services.map((service) => ({
      service: service.id,
      consent: consentOf(service),
      merchant: service.merchant,
    })),
    by: "person",
    at: ports.clock.now(),
    texts: services.map((service) => ({
      service: service.id,
      message: writtenByUs(ports, account, {
        theirId: `${person.inbound}-ended-${service.id}`,
        sender: service.shortNumber,
        recipient: person.recipient,
        text: endedText({ recipient: person.recipient, invoiceText: service.invoiceText }),
      }),
    })),
  };
}
