/** Opt-outs of accounts that want their people sealed. The statement that notes one takes the form that its account wants. */

import type { Seals } from "../../core/kernel/ports.ts";
import { isPseudonym } from "../../core/messages/pseudonym.ts";
import type {
  NewSuppression,
  Suppression,
  SuppressionFilter,
  SuppressionStore,
} from "../../core/messages/suppression.ts";

export function sealedSuppressions(store: SuppressionStore, seals: Seals): SuppressionStore {
  const open = async (one: Suppression) => ({ ...one, recipient: await seals.openNumber(one.recipient) });
  const asked = async (filter: SuppressionFilter) =>
    filter.recipient === undefined ? filter : { ...filter, forms: (await seals.numberForms(filter.recipient)).all };
  return {
    ...store,
    add: async (suppressions) => store.add(await Promise.all(suppressions.map((one) => sealSuppression(one, seals)))),
    async list(account, filter, page) {
      const found = await store.list(account, await asked(filter), page);
      return { ...found, items: await Promise.all(found.items.map(open)) };
    },
    ofPerson: async (account, people) => Promise.all((await store.ofPerson(account, people)).map(open)),
  };
}

/** Of a person who was erased there is nothing to seal. */
async function sealSuppression(one: NewSuppression, seals: Seals): Promise<NewSuppression> {
  if (isPseudonym(one.recipient)) return one;
  const { sealed, all: forms } = await seals.numberForms(one.recipient);
  return { ...one, forms, ...(sealed === undefined ? {} : { sealed }) };
}
