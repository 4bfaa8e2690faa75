/** Two gateways: ours bills through Strex, which is the second, with an operator that has books of its own. */

import { beforeAll } from "vitest";
import { type AdminTransaction, allCharges, allOf } from "../../torture/outside.ts";
import { type Seller, useCharging } from "./charging.ts";
import { useReachableGateway } from "./relay.ts";
import { useWire } from "./wire.ts";

type Entry = { transaction: string; book: string; amount: number };

/** Use inside `describe`. @param settings of the carrier, besides where it lies */
export function useStrex(settings: Record<string, unknown> = {}) {
  const ours = useReachableGateway();
  const theirs = useReachableGateway();
  const wire = useWire(() => theirs.url);
  const provider = { id: "", apiKey: "" };

  beforeAll(async () => {
    Object.assign(provider, await theirs.account("Stafett"));
    await ours.operator("PUT", "/admin/v1/carriers/strex", {
      kind: "target365",
      settings: { baseUrl: wire.url, ...settings },
      secrets: { apiKey: provider.apiKey },
    });
  });

  const transactionsOf = ({ id }: Pick<Seller, "id">) =>
    allOf<AdminTransaction>(ours.operator, `transactions?account=${id}`);

  /** What their operator billed of what we asked for, by the id that we gave: `txn_… 4900`, `-txn_… -4900`. */
  const billedThere = async (): Promise<string[]> => {
    const known = await allOf<AdminTransaction>(theirs.operator, `transactions?account=${provider.id}`);
    const names = new Map(known.map(({ id, theirId }) => [id, theirId]));
    const charges = await allCharges(theirs.operator);
    return charges.map(({ transaction, amount }) => `${names.get(transaction)} ${amount}`);
  };

  /** What is wrong with our books of this account, held against their operator's. */
  const faultsOf = async (account: Pick<Seller, "id" | "number">): Promise<string[]> => {
    const all = await transactionsOf(account);
    const nameOf = (id: string) => {
      const reverses = all.find((one) => one.id === id)?.reverses;
      return reverses ? `-${reverses}` : id;
    };
    const entries = await allOf<Entry>(ours.operator, `ledger?account=${account.id}`);
    const sum = entries.reduce((total, { amount }) => total + amount, 0);
    const owed = entries.filter(({ book }) => book === "operator:strex");
    const booked = owed.map(({ transaction, amount }) => `${nameOf(transaction)} ${amount}`);
    const called = all
      .filter(({ state }) => state === "billed" || state === "reversed")
      .map(({ id, amount }) => `${nameOf(id)} ${amount}`);
    const own = `txn_${String(account.number).padStart(6, "0")}`;
    const billed = (await billedThere()).filter((one) => one.replace(/^-/, "").startsWith(own));
    return [
      ...(sum === 0 ? [] : [`the ledger sums to ${sum}`]),
      ...without(billed, booked).map((one) => `${one} is billed, and not in our ledger`),
      ...without(booked, billed).map((one) => `${one} is in our ledger, and not billed`),
      ...without(called, booked).map((one) => `${one} is called billed, and not in our ledger`),
    ];
  };

  const charging = useCharging(ours, faultsOf);
  return {
    ours,
    theirs,
    wire,
    charging,
    /** A merchant of ours, who is one of theirs as well, and whose charges go there. */
    async seller(terms: Record<string, unknown> = {}): Promise<Seller> {
      const seller = await charging.seller(terms);
      const at = `/admin/v1/accounts/${provider.id}`;
      const { shortNumber } = seller;
      await theirs.operator("PUT", `${at}/senders/${shortNumber}`, { kind: "short-number", country: "NO" });
      await theirs.operator("PUT", `${at}/merchants/shop`, { name: "Shop", shortNumberIds: [`NO-${shortNumber}`] });
      await ours.operator("PUT", `/admin/v1/routes/charges-of-${seller.id}`, {
        ...{ account: seller.id, kind: "charge", prefix: "", carriers: ["strex"] },
      });
      return seller;
    },
    /** The person's profile, as their operator has it. */
    subscriber: (msisdn: string, profile: Record<string, unknown>) =>
      theirs.operator("PUT", `/sandbox/v1/subscribers/${encodeURIComponent(msisdn)}`, profile),
  };
}

/** What is in one list and not in the other, as often as it is there. */
function without(these: readonly string[], those: readonly string[]): string[] {
  const left = [...those];
  return these.filter((one) => {
    const at = left.indexOf(one);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}
