/** Who takes part: two customers who know nothing of each other, and use the same ids for different things. */

import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { callbackOf, setCallbacks } from "./callbacks.ts";
import { KEYS } from "./exchanges.ts";
import type { Answer, Call } from "./ground/cloud.ts";
import type { Random } from "./ground/random.ts";
import { SIMULATOR } from "./network.ts";
import type { Plan } from "./plan.ts";
import { RELAY, RELAY_SET, SPARE, SPARE_SET } from "./relay.ts";
import { PIN_BUDGETS, sellAll } from "./services.ts";
import { SMSC, SMSC_HOST, SMSC_PREFIXES, type SmscManner } from "./smpp/smsc.ts";
import { sellSongs } from "./songs.ts";

export const BASE = "https://sms.example";
export const ADMIN_TOKEN = "the operator of this world";

/** The keys that customers sign with. Base64 of PKCS #8, of no worth elsewhere. */
const CUSTOMERS_KEYS = {
  alfa: "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgmNs7RMJLcXjEqpuF9Iqfpd9R3Y2YchbTw/OeuEvfSpyhRANCAAQNb5N9936xL/WQ4LmYcXnDpMj8IiH9HeRQ+D5rqkc9W4oeJPwfpHnJ3GD2iaxxh99SJ0ELr05HYcPw7KK1d/hL",
  beta: "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjKqymHEvxftl06z3s8Do9BVcVEgogxmw35S1tOvJWQ6hRANCAAQgG1osmdYJrKY0k2yW018m4s/jKOCl9UJUJOt6V6t/S+OtuwdSTUzdfAfTxU8JQC/ZGmZyqUMrxwuT/hnU6jps",
};

export const SETTINGS = {
  ADMIN_TOKEN,
  PUBLIC_URL: BASE,
  SANDBOX: "on",
  KEEP_REQUESTS: "off",
  ...KEYS,
};

/** Where an endpoint of a customer's own is. */
export function hookOf(account: string, name: string): string {
  return `https://${account}.example/hooks/${name}`;
}

/** Beta's numbers in North America are a group, and STOP to one of them ends the texts of both; alfa's are each by itself. */
const GROUP = "us";
const GROUPED = "+12065550104";

/** What STOP to a number is noted under. */
export function coverOf(number: string): string {
  return ["+12065550102", GROUPED].includes(number) ? `@${GROUP}` : number;
}

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
  /** SMPP: of the system_id `{id}-smpp`. */
  smppPassword: string;
  shortNumber: string;
  longNumber: string;
  /** Another one. */
  otherNumber: string;
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
 * its second. In some worlds what one of them cannot deliver goes to the other, and the second carrier has a pace. Answers the addresses
 * that it is to call.
 */
export async function setUpRelay(
  call: (call: Call) => Promise<Answer>,
  random: Random,
  { reroutes, perSecond }: Pick<Plan, "reroutes" | "perSecond">,
): Promise<{ receipts: string; spare: string; isFirst: boolean }> {
  const operator = async (method: string, path: string, json?: unknown) => {
    const answer = await call(operatorCall(method, path, json));
    if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.body}`);
    return JSON.parse(answer.body) as { doors: { receipts: string } };
  };
  const paced = perSecond === undefined ? {} : { maxPerSecond: perSecond };
  const { doors } = await operator("PUT", `/admin/v1/carriers/${RELAY}`, { ...RELAY_SET, ...paced });
  const spare = await operator("PUT", `/admin/v1/carriers/${SPARE}`, SPARE_SET);
  const isFirst = random.chance(0.5);
  const inTurn = isFirst ? [RELAY, SIMULATOR] : [SIMULATOR, RELAY];
  const route = { account: "*", prefix: "" };
  await operator("PUT", "/admin/v1/routes/texts", { ...route, kind: "message", carriers: inTurn, reroutes });
  const charged = random.pick(["*", "alfa", "beta"]);
  const billers = [RELAY, SIMULATOR];
  await operator("PUT", "/admin/v1/routes/charges", { ...route, account: charged, kind: "charge", carriers: billers });
  return { receipts: doors.receipts, spare: spare.doors.receipts, isFirst };
}

/** Sets up the carrier that is bound to; some texts go there, and some of them to the simulator where it does not take them. */
export async function setUpSmsc(
  call: (call: Call) => Promise<Answer>,
  random: Random,
  { echoes: _, ...manner }: SmscManner,
): Promise<void> {
  const settings = { host: SMSC_HOST, systemId: "stafett", window: random.pick([1, 3, 10]), ...manner };
  const carriers = random.pick([[SMSC], [SMSC, SIMULATOR]]);
  const wanted = [
    [`carriers/${SMSC}`, { kind: "smpp", settings, secrets: { password: "password" } }],
    ...SMSC_PREFIXES.map((prefix, n) => [`routes/smsc-${n}`, { account: "*", kind: "message", prefix, carriers }]),
  ] as const;
  for (const [path, body] of wanted) {
    const answer = await call(operatorCall("PUT", `/admin/v1/${path}`, body));
    if (answer.status >= 300) throw new Error(`PUT ${path} answered ${answer.status}: ${answer.body}`);
  }
}

/** Gives customers a session each; texts to their numbers come there, too, for some. */
export async function openSessions(
  call: (call: Call) => Promise<Answer>,
  random: Random,
  customers: readonly Customer[],
): Promise<void> {
  for (const { id, smppPassword: secret } of customers) {
    const credential = { dialect: "cm", kind: "smpp", name: `${id}-smpp`, secret };
    const made = await call(operatorCall("POST", `/admin/v1/accounts/${id}/credentials`, credential));
    // An answer may have been lost, and the same asked again.
    if (made.status >= 300 && made.status !== 409)
      throw new Error(`a session is answered ${made.status}: ${made.body}`);
    if (!random.chance(0.6)) continue;
    const callback = { ...callbackOf(id, "cm"), messageUrl: `smpp://${id}-smpp` };
    await call(operatorCall("PUT", `/admin/v1/accounts/${id}/callbacks/cm`, callback));
  }
}

/**
 * @param inherit gives a customer services under the ids of the first one's, as there are from before addresses belonged to
 *   one account: only what is asked of the database tells them apart
 * @param sealed the customers whose numbers and texts are sealed
 */
export async function openAccounts(
  call: (call: Call) => Promise<Answer>,
  inherit: (account: string, from: string) => void,
  sealed: readonly string[] = [],
): Promise<readonly Customer[]> {
  const operator = async (method: string, path: string, json?: unknown) => {
    const answer = await call(operatorCall(method, path, json));
    if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.body}`);
  };
  const customers: Customer[] = [];
  for (const [id, shortNumber, longNumber, otherNumber] of [
    ["alfa", "2002", "+12065550101", "+12065550103"],
    ["beta", "2003", "+12065550102", GROUPED],
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
      smppPassword: `${id}-pw`.padEnd(8, "0"),
      shortNumber,
      longNumber,
      otherNumber,
      merchant: `shop-${id}`,
      host: `${id}.example`,
    };
    await operator("POST", "/admin/v1/accounts", {
      id,
      name: id,
      settings: {
        pinBudgets: PIN_BUDGETS,
        ...(id === "beta" ? { optOut: { scope: "group" } } : {}),
        ...(sealed.includes(id) ? { sealed: true } : {}),
      },
    });
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
    for (const number of [longNumber, otherNumber]) {
      const group = coverOf(number).startsWith("@") ? { group: GROUP } : {};
      const path = `${at}/senders/${encodeURIComponent(number)}`;
      await operator("PUT", path, { kind: "long-number", country: "US", ...group });
    }
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
