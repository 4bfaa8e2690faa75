/** Messages that an operator sends in an account's name: in no provider's dialect, and without a credential of the account. */

import type { Account, Caller } from "../accounts/account.ts";
import { normalSender } from "../accounts/account.ts";
import type { AccountStore } from "../accounts/store.ts";
import { GatewayError } from "../kernel/errors.ts";
import { type AcceptPorts, accept } from "./accept.ts";
import type { Message } from "./message.ts";
import type { NewMessage } from "./new-message.ts";
import { OURS } from "./own.ts";

/** The validity of such a text. Seconds. */
const VALIDITY = 48 * 3_600;

/**
 * Accepts a message for an account, under the rules that hold for the account itself.
 * @throws GatewayError not-allowed where the account is closed; and whatever `accept` refuses
 */
export async function acceptFor(
  ports: AcceptPorts & { accounts: AccountStore },
  account: Account,
  wanted: Pick<NewMessage, "theirId" | "sender" | "recipient" | "text" | "sendAt">,
): Promise<Message> {
  if (account.state === "closed") throw closedAccount(account);
  return await accept(ports, await inTheNameOf(ports, account), ofOperator(wanted));
}

export function closedAccount({ id }: Account): GatewayError {
  return new GatewayError("not-allowed", `account ${id} is closed: nothing is sent for it`, "account");
}

/** Such a text as a customer would ask for it. */
export function ofOperator(
  wanted: Pick<NewMessage, "theirId" | "sender" | "recipient" | "text" | "sendAt">,
): NewMessage {
  return { ...wanted, priority: "normal", deliveryMode: "at-most-once", validitySeconds: VALIDITY, echo: {} };
}

/** The operator's own token is no credential of the account: this takes the place of a caller's credential. */
export async function inTheNameOf(ports: { accounts: AccountStore }, account: Account): Promise<Caller> {
  const senders = await ports.accounts.senders(account.id);
  const { id, createdAt, changedAt } = account;
  return {
    account,
    credential: {
      id: "operator",
      account: id,
      dialect: OURS,
      kind: "operator",
      name: "operator",
      foundBy: "name",
      createdAt,
      changedAt,
    },
    senders: new Map(senders.map((sender) => [normalSender(sender.sender), sender])),
    // No report is owed: the operator looks at the message.
    callbacks: new Map(),
  };
}
