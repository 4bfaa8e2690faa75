/** Bringing along keywords from elsewhere, with the ids that customers and consents know them by. */

import { type Account, normalSender } from "../accounts/account.ts";
import type { AccountStore } from "../accounts/store.ts";
import type { ServiceStore } from "../billing/store.ts";
import type { Clock } from "../kernel/clock.ts";
import { GatewayError } from "../kernel/errors.ts";
import { clashes, type Imported, type Judged, type Refused } from "../kernel/imports.ts";
import type { Log } from "../kernel/ports.ts";
import { canonical } from "../messages/echo.ts";
import type { Keyword, KeywordFault, KeywordStore, StandingKeyword } from "./keyword.ts";
import { checkKeyword, type Standing } from "./register.ts";

type ImportPorts = {
  clock: Clock;
  accounts: AccountStore;
  services: ServiceStore;
  keywords: KeywordStore;
  log: Log;
};

/** Brings all that can be; with `atomic`, all of them or none. */
export async function importKeywords(
  ports: ImportPorts,
  account: Account,
  { dialect, keywords: given }: { dialect: string; keywords: readonly StandingKeyword[] },
  { atomic = false }: { atomic?: boolean } = {},
): Promise<Imported> {
  const standing = await standingOf(ports, account, given);
  const now = ports.clock.now();
  const checked: { index: number; keyword: Keyword }[] = [];
  const refused: Refused[] = [];
  const twice = clashes(given, ({ id }) => id, canonical);
  given.forEach((one, index) => {
    try {
      if (twice.has(one))
        throw new GatewayError("bad-request", "id: occurs earlier in this list, for another keyword", "id");
      // An item is checked against earlier items of the list as against stored keywords.
      const before = checked.map(({ keyword }) => keyword);
      const near = [...standing.others, ...before].filter(({ shortNumber }) => shortNumber === one.shortNumber);
      const others = standing.own.filter(({ id }) => !before.some((brought) => brought.id === id));
      checkKeyword({ ...standing, others: near, own: [...others, ...before] }, one, one.id);
      const at = one.createdAt ?? now;
      checked.push({ index, keyword: { ...one, account: account.id, dialect, createdAt: at, changedAt: at } });
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      refused.push({ index, detail: error.message, ...(error.field ? { field: error.field } : {}) });
    }
  });
  const isOff = atomic && refused.length > 0;
  const list = checked.map(({ index, keyword }) => ({ ...keyword, isDated: given[index]?.createdAt !== undefined }));
  const judged = await ports.keywords.bring(list, isOff ? "none" : atomic ? "all-or-none" : "each");
  refused.push(...judged.map((one) => told(one, checked)));
  refused.sort((one, other) => one.index - other.index);
  const taken = atomic && refused.length > 0 ? 0 : given.length - refused.length;
  ports.log.event("keywords.imported", { account: account.id, taken, refused: refused.length });
  return { taken, refused };
}

type StandingKeywords = Omit<Standing, "others" | "own"> & { others: Keyword[]; own: Keyword[] };

async function standingOf(
  ports: ImportPorts,
  account: Account,
  given: readonly StandingKeyword[],
): Promise<StandingKeywords> {
  const numbers = [...new Set(given.map(({ shortNumber }) => shortNumber))];
  const senders = await ports.accounts.senders(account.id);
  return {
    account: account.id,
    senders: new Map(senders.map((one) => [normalSender(one.sender), one])),
    others: await ports.keywords.inUseAt(numbers),
    own: await ports.keywords.list(account.id),
    merchants: new Set((await ports.services.merchants(account.id)).map(({ id }) => id)),
  };
}

function told(
  { place, fault }: Judged<KeywordFault>,
  checked: readonly { index: number; keyword: Keyword }[],
): Refused {
  const { index = 0, keyword } = checked[place] ?? {};
  const text = JSON.stringify(keyword?.text.slice(0, 60));
  return fault === "id"
    ? { index, field: "id", detail: `id: ${keyword?.id} is the id of a keyword that is not the same` }
    : { index, field: "keywordText", detail: `keywordText: ${text} is taken at ${keyword?.shortNumber}` };
}
