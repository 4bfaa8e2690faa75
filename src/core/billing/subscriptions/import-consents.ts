/** Importing consents from another system. A consent that its person has ended here by STOP stays ended. */

import type { Account, Sender } from "../../accounts/account.ts";
import type { AccountStore } from "../../accounts/store.ts";
import type { Clock } from "../../kernel/clock.ts";
import { clashes, type Imported, type Judged, type Refused } from "../../kernel/imports.ts";
import type { Log } from "../../kernel/ports.ts";
import { toMsisdn } from "../../messages/msisdn.ts";
import type { Merchant } from "../service.ts";
import type { ServiceStore } from "../store.ts";
import type { ConsentFault, StandingConsent } from "./consent.ts";
import type { ConsentStore } from "./store.ts";

type ImportPorts = {
  clock: Clock;
  accounts: AccountStore;
  services: ServiceStore;
  consents: ConsentStore;
  log: Log;
};

type Checked = { index: number; consent: StandingConsent & { shortNumber: string } };

/** Imports every consent that passes the checks; with `atomic`, all of them or none. */
export async function importConsents(
  ports: ImportPorts,
  account: Account,
  given: readonly StandingConsent[],
  { atomic = false }: { atomic?: boolean } = {},
): Promise<Imported> {
  const merchants = new Map((await ports.services.merchants(account.id)).map((one) => [one.id, one]));
  const numbers = (await ports.accounts.senders(account.id)).filter(({ kind }) => kind === "short-number");
  const now = ports.clock.now();
  const checked: Checked[] = [];
  const refused: Refused[] = [];
  const twice = clashes(given, nameOf, ({ token, description, since }) => JSON.stringify([token, description, since]));
  given.forEach((one, index) => {
    const recipient = toMsisdn(one.recipient);
    const merchant = merchants.get(one.merchant);
    const shortNumber = merchant && numberOf(one, merchant, numbers);
    const fault = twice.has(one)
      ? { field: "recipient", detail: "the same consent occurs earlier in this list, with other members" }
      : faultIn(one, { recipient, merchant, shortNumber, account: account.id, now });
    if (fault) refused.push({ index, ...fault });
    else if (recipient && shortNumber) checked.push({ index, consent: { ...one, recipient, shortNumber } });
  });
  const isOff = atomic && refused.length > 0;
  const judged = await ports.consents.bring(
    account.id,
    checked.map(({ consent }) => consent),
    isOff ? "none" : atomic ? "all-or-none" : "each",
  );
  refused.push(...judged.map((one) => told(one, checked)));
  refused.sort((one, other) => one.index - other.index);
  const taken = atomic && refused.length > 0 ? 0 : given.length - refused.length;
  ports.log.event("consents.imported", { account: account.id, taken, refused: refused.length });
  return { taken, refused };
}

function nameOf({ merchant, service, recipient }: StandingConsent): string {
  return JSON.stringify([merchant, service, toMsisdn(recipient) ?? recipient]);
}

function numberOf(
  { shortNumber }: StandingConsent,
  { shortNumberIds }: Merchant,
  numbers: readonly Sender[],
): string | undefined {
  if (shortNumber !== undefined) return numbers.find(({ sender }) => sender === shortNumber)?.sender;
  const ofMerchant = shortNumberIds.map((id) => numbers.find((one) => one.shortNumberId === id)).find(Boolean);
  return (ofMerchant ?? (numbers.length === 1 ? numbers[0] : undefined))?.sender;
}

type Found = {
  recipient: string | undefined;
  merchant: Merchant | undefined;
  shortNumber: string | undefined;
  account: string;
  now: number;
};

function faultIn(one: StandingConsent, { recipient, merchant, shortNumber, account, now }: Found) {
  if (!recipient) return { field: "recipient", detail: "recipient: must be a phone number like +4798079008" };
  if (!merchant) {
    return { field: "merchantId", detail: `merchantId: ${one.merchant} is not a merchant of account ${account}` };
  }
  if (!shortNumber) {
    const detail = one.shortNumber
      ? `shortNumber: ${one.shortNumber} is not a short number of account ${account}`
      : `shortNumber: must be given: merchant ${merchant.id} has no short number of account ${account}, where its people write STOP`;
    return { field: "shortNumber", detail };
  }
  if (one.since > now) return { field: "since", detail: "since: must not be in the future" };
  return undefined;
}

const WORDS: Record<ConsentFault, string> = {
  stopped: "the person has ended it here by STOP: they must agree again",
  ended: "it has ended here: the person must agree again",
  other: "it exists here already, with another token, description or beginning",
};

function told({ place, fault }: Judged<ConsentFault>, checked: readonly Checked[]): Refused {
  return { index: checked[place]?.index ?? 0, detail: WORDS[fault] };
}
