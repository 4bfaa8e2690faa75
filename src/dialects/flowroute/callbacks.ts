/** The addresses for inbound texts and receipts: of the whole account, or of one of its numbers. */

import { type Context, Hono } from "hono";
import type { CallbackProduct } from "../../core/accounts/callback.ts";
import { GatewayError } from "../../core/kernel/errors.ts";
import type { DialectEnv } from "../dialect.ts";
import { answer, versionOf } from "./answer.ts";
import { readAttributes } from "./body.ts";
import { readAddress } from "./schema.ts";
import type { Version } from "./version.ts";

/** By the names they have in paths. */
const PRODUCTS = {
  sms_callback: "messageUrl",
  mms_callback: "mmsMessageUrl",
  sms_dlr_callback: "reportUrl",
  mms_dlr_callback: "mmsReportUrl",
  // The old name of the receipts of texts.
  dlr_callback: "reportUrl",
} as const satisfies Record<string, CallbackProduct>;

type Name = keyof typeof PRODUCTS;

export const CALLBACK_NAMES = Object.keys(PRODUCTS) as readonly Name[];

const NAMES = CALLBACK_NAMES.join("|");
/** They have been there since v2.1; those of numbers are always under v2. */
const OF_ACCOUNT = `/:version{v2\\.[12]}/messages/:name{${NAMES}}`;
const OF_NUMBER = `/v2/numbers/:number/relationships/:name{${NAMES}}`;

const app = new Hono<DialectEnv>();

app.get(OF_ACCOUNT, (c) => {
  const name = nameIn(c);
  const url = c.get("caller").callbacks.get("")?.[PRODUCTS[name]];
  if (!url) throw new GatewayError("not-found", `no ${name} is set`);
  const version = versionOf(c);
  const attributes = {
    ...(version === "v2.1" ? { api_version: version } : {}),
    callback_url: url,
    product: name.replace(/_callback$/, ""),
  };
  return answer(c, { data: { type: "callback", attributes } });
});

app.put(OF_ACCOUNT, async (c) => {
  await put(c, readAddress(await readAttributes(c)), { form: versionOf(c) });
  return c.body(null, 204);
});

app.delete(OF_ACCOUNT, async (c) => {
  await put(c, undefined, { form: versionOf(c) });
  return c.body(null, 204);
});

/** Their path says v2, which has no callbacks of numbers; calls to them have the form of v2.1, which introduced them. */
const FORM_OF_NUMBERS = "v2.1";

app.post(OF_NUMBER, async (c) => {
  const number = ownNumber(c);
  await put(c, readAddress(await readAttributes(c)), { number, form: FORM_OF_NUMBERS });
  return c.body(null, 204);
});

app.delete(OF_NUMBER, async (c) => {
  await put(c, undefined, { number: ownNumber(c), form: FORM_OF_NUMBERS });
  return c.body(null, 204);
});

export const callbacks = app;

function nameIn(c: Context<DialectEnv>): Name {
  return c.req.param("name") as Name; // the path takes no other
}

/** The account's own number, in E.164. The refusal does not say whether another account has it. */
function ownNumber(c: Context<DialectEnv>): string {
  const given = c.req.param("number") ?? "";
  const digits = given.replace(/^\+/, "");
  if (c.get("caller").senders.get(digits)?.kind === "long-number") return `+${digits}`;
  throw new GatewayError("not-found", `there is no number ${given}`);
}

/** Of one number, or of all. Whether it is a private address is found out when it is called. */
async function put(
  c: Context<DialectEnv>,
  url: string | undefined,
  { number, form }: { number?: string; form: Version },
): Promise<void> {
  const address = { product: PRODUCTS[nameIn(c)], url, form, ...(number === undefined ? {} : { number }) };
  await c.get("gateway").putAddress(c.get("caller"), address);
}
