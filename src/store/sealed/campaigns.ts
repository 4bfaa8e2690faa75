/** Recipients of campaigns, sealed: a number that begins as a sealed one says that its row is, and then its text is bound to that row. */

import type { CampaignStore, NewRecipient, Release, Waiting } from "../../core/campaigns/campaign.ts";
import { inChunks } from "../../core/kernel/chunks.ts";
import type { Seals } from "../../core/kernel/ports.ts";
import { isSealedNumber } from "../../core/messages/sealed.ts";
import { sealMessage } from "./message.ts";

/** So many are sealed at once. */
const AT_ONCE = 500;

export function sealedCampaigns(store: CampaignStore, seals: Seals): CampaignStore {
  return {
    ...store,
    async addRecipients(id, recipients, at) {
      const sealed: NewRecipient[] = [];
      for (const some of inChunks(recipients, AT_ONCE)) {
        sealed.push(...(await Promise.all(some.map((one) => toStored(id, one, seals)))));
      }
      return store.addRecipients(id, sealed, at);
    },
    async recipients(id, state, page) {
      const found = await store.recipients(id, state, page);
      const open = async (recipient: string) => ({ recipient: await seals.openNumber(recipient) });
      const items = found.items.map(async (one) => ({ ...one, ...(await open(one.recipient)) }));
      return { ...found, items: await Promise.all(items) };
    },
    async pick(id, countries, limit) {
      const picked = await store.pick(id, countries, limit);
      return Promise.all(picked.map((one) => openWaiting(id, one, seals)));
    },
    async release(plan) {
      return store.release({
        ...plan,
        releases: await Promise.all(plan.releases.map((one) => sealRelease(one, seals))),
      });
    },
  };
}

/** What a recipient's own text is bound to. @param stored the number as its row has it */
export function recipientOwner(campaign: string, stored: string): string {
  return `${campaign} ${stored}`;
}

/** Of an account that has sealed ones, whoever is there already may be sealed, too. */
async function toStored(campaign: string, given: NewRecipient, seals: Seals): Promise<NewRecipient> {
  if (given.isSealed === undefined) return given;
  if (given.isSealed) return sealRecipient(campaign, given, seals);
  return { ...given, forms: (await seals.numberForms(given.recipient)).all };
}

/** With each form of the number: who is there already may have been sealed by another key. */
async function sealRecipient(campaign: string, given: NewRecipient, seals: Seals): Promise<NewRecipient> {
  const { text, ...rest } = given;
  const recipient = await seals.number(given.recipient);
  return {
    ...rest,
    recipient,
    forms: (await seals.numberForms(given.recipient)).all,
    ...(text === undefined ? {} : { text: await seals.text(text, recipientOwner(campaign, recipient)) }),
  };
}

async function openWaiting(campaign: string, waiting: Waiting, seals: Seals): Promise<Waiting> {
  const { recipient: as, country, sealed } = waiting;
  if (!isSealedNumber(as)) return waiting;
  const text =
    sealed?.text === undefined ? {} : { text: await seals.openText(sealed.text, recipientOwner(campaign, as)) };
  return { recipient: await seals.openNumber(as), country, sealed: { as, ...text } };
}

/** What becomes of it is a sealed message, by the key that seals now. */
async function sealRelease(release: Release, seals: Seals): Promise<Release> {
  const { sealed, recipient, id } = release;
  if (!sealed) return release;
  const { text = "" } = sealed;
  const message = await sealMessage({ id, recipient, text, echo: {} }, seals);
  const { all: forms } = await seals.numberForms(recipient);
  return {
    ...release,
    recipient: sealed.as,
    stored: { to: message.recipient, text: message.text, seal: message.seal, forms },
  };
}
