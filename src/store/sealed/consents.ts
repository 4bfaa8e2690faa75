/** Consents are not sealed. But a STOP that ended one may be, where it is looked for among the texts that came in. */

import type { ConsentStore } from "../../core/billing/subscriptions/store.ts";
import type { Seals } from "../../core/kernel/ports.ts";

export function sealedConsents(store: ConsentStore, seals: Seals): ConsentStore {
  return {
    ...store,
    async bring(account, consents, which) {
      const withForms = consents.map(async (one) => ({ ...one, forms: (await seals.numberForms(one.recipient)).all }));
      return store.bring(account, await Promise.all(withForms), which);
    },
  };
}
