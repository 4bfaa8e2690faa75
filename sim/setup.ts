/** Who takes part: two customers who know nothing of each other, and use the same ids for different things. */

import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { setCallbacks } from "./callbacks.ts";
import type { Answer, Call } from "./ground/cloud.ts";
import type { Random } from "./ground/random.ts";
import { SIMULATOR } from "./network.ts";
import { RELAY, RELAY_SET, SPARE, SPARE_SET } from "./relay.ts";
import { PIN_BUDGETS, sellAll } from "./services.ts";
import { sellSongs } from "./songs.ts";

export const BASE = "https://sms.example";
const ADMIN_TOKEN = "the operator of this world";

/** The key that webhooks are signed with; and those that customers sign with. Base64 of PKCS #8, of no worth elsewhere. */
const SIGNING_KEY =
  "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQghxNyMX8oTYWafjuwNs4BY4VneTx2odKthTF3X6/LrlChRANCAAT3DiS9shcy059cJtdwyGoKMvzE8K9kw8bTC/seweoMtzZKgoDiYeiJFvRE6yTW0XT9aTLC/bmVX8Pv9dZO5Uvw";

const CUSTOMERS_KEYS = {
  alfa: "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgmNs7RMJLcXjEqpuF9Iqfpd9R3Y2YchbTw/OeuEvfSpyhRANCAAQNb5N9936xL/WQ4LmYcXnDpMj8IiH9HeRQ+D5rqkc9W4oeJPwfpHnJ3GD2iaxxh99SJ0ELr05HYcPw7KK1d/hL",
  beta: "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjKqymHEvxftl06z3s8Do9BVcVEgogxmw35S1tOvJWQ6hRANCAAQgG1osmdYJrKY0k2yW018m4s/jKOCl9UJUJOt6V6t/S+OtuwdSTUzdfAfTxU8JQC/ZGmZyqUMrxwuT/hnU6jps",
};

export const SETTINGS = {
  ADMIN_TOKEN,
  PUBLIC_URL: BASE,
  SANDBOX: "on",
  KEEP_REQUESTS: "off",
  SIGNING_KEY,
  SECRETS_KEY: "1:S9x/m2Rv6v7sOC6Kouc9tuSUQU/mncE6tUs6dNGOaD0=",
};

/** A customer, with its secrets and its numbers. Whatever it sends says its id, so that it is known whose it is. */
export type Customer = {
  id: string;
  /** Target365: a key for the header, and one to sign with. */
  apiKey: string;
  keyName: string;
  privateKey: KeyObject;
  /** txtNation: the campaign's key. */
  campaignKey: string;
  /** CM.com. */
  productToken: string;
  /** Flowroute: the access key and its secret. */
  accessKey: string;
  secretKey: string;
  shortNumber: string;
  longNumber: string;
  merchant: string;
  /** Where its servers are. */
  host: string;
};

/** A call of the operator's API. */
export function operatorCall(method: string, path: string, json?: unknown): Call {
  return {
    method,
    url: BASE + path,
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  };
}

/**
 * Sets up the second carrier, and one that is never used; some of the customers' texts and charges go there, at its first sight or
 * its second. Answers the addresses that it is to call, and whose charges it has.
 */
export async function setUpRelay(
  call: (call: Call) => Promise<Answer>,
  random: Random,
): Promise<{ receipts: string; spare: string; isFirst: boolean }> {
  const operator = async (method: string, path: string, json?: unknown) => {
    const answer = await call(operatorCall(method, path, json));
    if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.body}`);
    return JSON.parse(answer.body) as { doors: { receipts: string } };
  };
  const { doors } = await operator("PUT", `/admin/v1/carriers/${RELAY}`, RELAY_SET);
  const spare = await operator("PUT", `/admin/v1/carriers/${SPARE}`, SPARE_SET);
  const isFirst = random.chance(0.5);
  const inTurn = isFirst ? [RELAY, SIMULATOR] : [SIMULATOR, RELAY];
  const route = { account: "*", prefix: "" };
  await operator("PUT", "/admin/v1/routes/texts", { ...route, kind: "message", carriers: inTurn });
  const charged = random.pick(["*", "alfa", "beta"]);
  const billers = [RELAY, SIMULATOR];
  await operator("PUT", "/admin/v1/routes/charges", { ...route, account: charged, kind: "charge", carriers: billers });
  return { receipts: doors.receipts, spare: spare.doors.receipts, isFirst };
}

/**
 * @param inherit gives a customer services under the ids of the first one's, as there are from before addresses belonged to
 *   one account: only what is asked of the database tells them apart
 */
export async function openAccounts(
  call: (call: Call) => Promise<Answer>,
  inherit: (account: string, from: string) => void,
): Promise<readonly Customer[]> {
  const operator = async (method: string, path: string, json?: unknown) => {
    const answer = await call(operatorCall(method, path, json));
    if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.body}`);
  };
  const customers: Customer[] = [];
  for (const [id, shortNumber, longNumber] of [
    ["alfa", "2002", "+12065550101"],
    ["beta", "2003", "+12065550102"],
  ] as const) {
    const key = Buffer.from(CUSTOMERS_KEYS[id], "base64");
    const privateKey = createPrivateKey({ key, format: "der", type: "pkcs8" });
    const publicKey = createPublicKey(privateKey).export({ format: "der", type: "spki" }).toString("base64");
    const customer: Customer = {
      id,
      apiKey: `${id}-has-a-key-of-its-own`,
      keyName: `${id}-signs`,
      privateKey,
      campaignKey: `${id}-campaign-key`,
      productToken: id === "alfa" ? "00000000-0000-4000-8000-00000000000a" : "00000000-0000-4000-8000-00000000000b",
      accessKey: id === "alfa" ? "10000001" : "10000002",
      secretKey: `${id}-secret-of-its-access-key`,
      shortNumber,
      longNumber,
      merchant: `shop-${id}`,
      host: `${id}.example`,
    };
    await operator("POST", "/admin/v1/accounts", { id, name: id, settings: { pinBudgets: PIN_BUDGETS } });
    const at = `/admin/v1/accounts/${id}`;
    const credential = (given: object) => operator("POST", `${at}/credentials`, given);
    await credential({ dialect: "target365", kind: "api-key", name: "key", secret: customer.apiKey });
    await credential({ dialect: "target365", kind: "public-key", name: customer.keyName, publicKey });
    await credential({ dialect: "txtnation", kind: "campaign", name: `${id}-campaign`, secret: customer.campaignKey });
    await credential({ dialect: "cm", kind: "product-token", name: "token", secret: customer.productToken });
    await credential({
      dialect: "flowroute",
      kind: "access-key",
      name: customer.accessKey,
      secret: customer.secretKey,
    });
    await operator("PUT", `${at}/senders/${shortNumber}`, { kind: "short-number", country: "NO" });
    await operator("PUT", `${at}/senders/${encodeURIComponent(longNumber)}`, { kind: "long-number", country: "US" });
    await operator("PUT", `${at}/merchants/${customer.merchant}`, { shortNumberIds: [`NO-${shortNumber}`], name: id });
    await setCallbacks(operator, id);
    const [first] = customers;
    if (first) inherit(id, first.id);
    await sellSongs(operator, customer);
    await sellAll(operator, customer);
    customers.push(customer);
  }
  return customers;
}
