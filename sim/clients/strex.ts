/** The calls of Target365 about charges, and what their answers say. */

import type { Answer, Call } from "../ground/cloud.ts";
import type { Said } from "../oracle/charges.ts";
import { BASE, type Customer } from "../setup.ts";
import type { Stage } from "../world.ts";

/** What a program asks for on this wire. Amounts in minor units. */
export type StrexCharge = {
  theirId: string;
  recipient: string;
  amount: number;
  invoiceText: string;
  code?: string;
  confirm?: boolean;
  /** What the person agrees to once, and is charged for from then on. */
  consent?: string;
};

export function strex(account: Customer) {
  const call = (method: string, path: string, body?: object): Call => ({
    method,
    url: `${BASE}/api/${path}`,
    headers: { "x-apikey": account.apiKey, "content-type": "application/json" },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return {
    charge: ({ theirId, recipient, amount, invoiceText, code, confirm, consent }: StrexCharge) =>
      call("POST", "strex/transactions", {
        transactionId: theirId,
        merchantId: account.merchant,
        shortNumber: account.shortNumber,
        recipient,
        price: amount / 100,
        serviceCode: "14002",
        invoiceText,
        ...(code ? { oneTimePassword: code } : {}),
        ...(confirm ? { smsConfirmation: true } : {}),
        ...(consent ? { preAuthServiceId: consent, preAuthServiceDescription: consent } : {}),
      }),
    paidText: ({ theirId, recipient, amount, invoiceText, consent }: StrexCharge, content: string) =>
      call("POST", "out-messages", {
        transactionId: theirId,
        sender: account.shortNumber,
        recipient,
        content,
        deliveryMode: "AtMostOnce",
        strex: {
          merchantId: account.merchant,
          serviceCode: "14002",
          invoiceText,
          price: amount / 100,
          preAuthServiceId: consent,
        },
      }),
    look: (theirId: string) => call("GET", `strex/transactions/${theirId}`),
    giveBack: (theirId: string) => call("DELETE", `strex/transactions/${theirId}`),
    sendCode: (theirId: string, recipient: string) =>
      call("POST", "strex/one-time-passwords", { transactionId: theirId, merchantId: account.merchant, recipient }),
    text: (body: object) => call("POST", "out-messages", body),
    lookAtText: (theirId: string) => call("GET", `out-messages/${theirId}`),
  };
}

/** What an answer tells of a charge. */
export function saidBy({ status, body }: Answer): Said {
  if (status !== 200) return "nothing";
  const { billed } = JSON.parse(body) as { billed?: boolean };
  return billed === undefined ? "nothing" : billed ? "billed" : "failed";
}

/** Looks at a charge until it says how it ended, or for some days. */
export async function lookUntilItEnds(
  { timeline, random, callUntilAnswered, judges }: Stage,
  account: string,
  theirId: string,
  look: Call,
  read: (answer: Answer) => Said = saidBy,
): Promise<Said> {
  for (let pause = 60_000; pause < 4 * 86_400_000; pause *= 4) {
    const answer = await callUntilAnswered(look);
    const said = read(answer);
    judges.charges.said(account, theirId, said, `${answer.status} ${answer.body}`);
    if (said !== "nothing") return said;
    await timeline.wait(random.wait(pause), `${theirId} is looked at again`);
  }
  return "nothing";
}
