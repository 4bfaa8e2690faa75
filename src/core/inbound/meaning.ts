/** The meaning of a text: the account it belongs to, the webhooks it needs, and the subscriptions and consents it ends. */

import type { Service } from "../billing/service.ts";
import { given } from "../kernel/given.ts";
import type { KeywordId } from "../kernel/ids.ts";
import { type KeywordAt, keywordFor, keywordToStop } from "./keyword.ts";
import { meaningOf } from "./stop.ts";

export type TextMeaning = {
  isStop: boolean;
  /** The service keyword in it, and the service that its webhooks name. */
  word?: string;
  service?: Service;
  ended: readonly Service[];
  /** The keyword whose address it is forwarded to. */
  keyword?: KeywordAt;
  /** The keywords whose open questions and consents STOP ends. */
  stops?: readonly KeywordId[] | "all";
};

/**
 * Where several accounts share a number, a text has one owner: the account of the service that it names, else that of the
 * keyword that it fits best. STOP and a keyword ends what that account has there, unless it names a service.
 */
export function readText(text: string, services: readonly Service[], keywords: readonly KeywordAt[]): TextMeaning {
  const { isStop, keyword: word, service, ended } = meaningOf(text, services);
  const named = word === undefined ? keywordToStop(text, keywords) : undefined;
  if (isStop && named) {
    const keyword = keywordFor(text, keywords);
    const its = ended.filter(({ account }) => account === named.account);
    const only = its.length === 1 && keyword?.account === named.account ? its[0] : undefined;
    return { isStop, ended: its, stops: [named.id], ...given({ keyword, service: only }) };
  }
  const theirs = service ? keywords.filter(({ account }) => account === service.account) : keywords;
  // A word may name a service and a keyword of the same customer: STOP ends both.
  const both = isStop && word !== undefined ? keywordToStop(text, theirs) : undefined;
  const stops = isStop && word === undefined ? ("all" as const) : both && [both.id];
  return { isStop, ended, ...given({ word, service, keyword: keywordFor(text, theirs), stops }) };
}
