/** Opt-outs whose person is stored sealed: a statement copied the number of a sealed message, which a carrier refused for that. */

import type { Seals } from "../../core/kernel/ports.ts";
import type { Suppression, SuppressionStore } from "../../core/messages/suppression.ts";

export function sealedSuppressions(store: SuppressionStore, seals: Seals): SuppressionStore {
  const open = async (one: Suppression) => ({ ...one, recipient: await seals.openNumber(one.recipient) });
  return {
    ...store,
    async list(account, filter, page) {
      const found = await store.list(account, filter, page);
      return { ...found, items: await Promise.all(found.items.map(open)) };
    },
    ofPerson: async (account, people) => Promise.all((await store.ofPerson(account, people)).map(open)),
  };
}
