/** What is sold by single charges, and how much of it one person may buy. */

import { SHARED_NUMBER } from "./callbacks.ts";
import type { Customer } from "./setup.ts";

/** What the service `songs` of either account may charge. Kroner; nothing else costs as much. */
export const SONGS = [17, 23, 41] as const;
/** What either sells under one name, at the number that both have: only the account tells them apart, and the keyword. */
export const JUKEBOX = { service: "jukebox", merchant: "jukebox", kroner: 31 };
export function jukeboxKeywordOf(account: string): string {
  return `juke${account}`;
}
/** The same song is not charged twice within so many seconds, where it is asked for without an id. */
export const GUARD_SECONDS = 600;

/** The most that one person may be charged by an account. Minor units. */
export const CAPS: Record<string, { transaction: number; day: number; month: number } | undefined> = {
  beta: { transaction: 60_000, day: 120_000, month: 300_000 },
};

/** By whose clocks days and months of caps begin: half a day from Oslo's. */
export const CAPS_TIME_ZONE = "Pacific/Auckland";

export async function sellSongs(
  operator: (method: string, path: string, json?: unknown) => Promise<void>,
  { id, shortNumber, merchant }: Customer,
): Promise<void> {
  const at = `/admin/v1/accounts/${id}`;
  await operator("PUT", `${at}/services/songs`, {
    shortNumber,
    merchantId: merchant,
    serviceCode: "14002",
    price: SONGS[0] * 100,
    tariffs: SONGS.map((kroner) => kroner * 100),
    invoiceText: `${id} songs`,
    redirectUrl: `https://${id}.example/songs`,
    repeatGuardSeconds: GUARD_SECONDS,
  });
  await operator("PUT", `${at}/merchants/${JUKEBOX.merchant}`, { shortNumberIds: [`NO-${SHARED_NUMBER}`], name: id });
  await operator("PUT", `${at}/services/${JUKEBOX.service}`, {
    shortNumber: SHARED_NUMBER,
    merchantId: JUKEBOX.merchant,
    serviceCode: "14002",
    keyword: jukeboxKeywordOf(id),
    price: JUKEBOX.kroner * 100,
    invoiceText: `${id} jukebox`,
    redirectUrl: `https://${id}.example/jukebox`,
    repeatGuardSeconds: GUARD_SECONDS,
  });
  const caps = CAPS[id];
  if (caps) await operator("PATCH", at, { settings: { caps, timeZone: CAPS_TIME_ZONE } });
}
