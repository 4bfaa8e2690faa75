/** Charges through Target365, answer by answer: what proves that nothing was billed is a refusal, and nothing else is. */

import { describe, expect, it } from "vitest";
import { chargeOutcomeOf } from "../../../src/carriers/target365/status.ts";
import { target365 } from "../../../src/carriers/target365/target365.ts";
import type { Transaction } from "../../../src/core/billing/charges/transaction.ts";
import type { HttpAnswer, HttpRequest } from "../../../src/core/kernel/ports.ts";
import { REASONS } from "../../../src/core/kernel/reasons.ts";
import { toChargeStatus } from "../../../src/dialects/target365/status.ts";
import { aTransaction } from "../../support/ports.ts";
import { NOON } from "../../support/rows.ts";
import { answered, failed, open } from "../support.ts";

let made = 0;
const newId = () => `txn_${String(++made).padStart(25, "0")}` as const;
const aCharge = (given: Partial<Transaction> = {}): Transaction =>
  aTransaction(
    { ports: { ids: { transaction: newId } }, time: { now: NOON } },
    { state: "charging", recipient: "+4791000001", ...given },
  );
const aReversal = (of = newId()) => ({
  ...aCharge({ kind: "reversal", amount: -4_900, reverses: of }),
  original: "smsc-1",
});

function strex(answer: (request: HttpRequest, time: { wall: number }) => HttpAnswer) {
  const { carrier, ...rest } = open(target365, { settings: {}, secrets: { apiKey: "hush" } }, answer);
  if (!carrier.billing) throw new Error("Target365 bills");
  return { ...rest, billing: carrier.billing };
}

const recordOf = ({ url }: HttpRequest, more: object) =>
  answered(200, { transactionId: decodeURIComponent(url.split("/").at(-1) ?? ""), ...more });
const BILLED = { statusCode: "Ok", detailedStatusCode: "Delivered", billed: true, smscTransactionId: "smsc-1" };
const PENDING = { statusCode: "Queued", detailedStatusCode: "Pending" };
const BROKE = { statusCode: "Failed", detailedStatusCode: "InsufficientFunds", billed: false };

describe("a charge that is posted", () => {
  it("says whom, what and how much, under our own id, and its secret is in no address", async () => {
    const { billing, sent } = strex((call) => (call.method === "POST" ? answered(201) : recordOf(call, BILLED)));
    const charge = aCharge({ amount: 1_990, age: 18, registrationMinutes: 5, echo: { secret: "ours" } });
    expect(await billing.charge([charge])).toEqual([{ outcome: "billed", reference: "smsc-1", at: NOON }]);
    const [post, look] = sent;
    expect(JSON.parse(post?.body ?? "")).toEqual({
      transactionId: charge.id,
      merchantId: charge.merchant,
      shortNumber: charge.shortNumber,
      recipient: charge.recipient,
      price: 19.9,
      serviceCode: charge.serviceCode,
      invoiceText: charge.invoiceText,
      age: 18,
      timeout: 5,
      deliveryMode: "AtMostOnce",
    });
    expect([look?.method, look?.url]).toEqual([
      "GET",
      `https://shared.target365.io/api/strex/transactions/${charge.id}`,
    ]);
    for (const { url, headers } of sent) expect([url.includes("hush"), headers["x-apikey"]]).toEqual([false, "hush"]);
  });

  it.each<[string, object, object]>([
    ["was billed", BILLED, { outcome: "billed" }],
    ["was declined", BROKE, { outcome: "refused", reason: "insufficient-funds" }],
    ["waits for its person", PENDING, { outcome: "taken" }],
    ["failed, and was billed, they say", { ...BROKE, billed: true }, { outcome: "taken" }],
    ["is well, and was not billed, they say", { ...BILLED, billed: false }, { outcome: "taken" }],
    ["was never reported", { statusCode: "Failed", detailedStatusCode: "MissingDeliveryReport" }, { outcome: "taken" }],
    ["was a repeat", { statusCode: "Failed", detailedStatusCode: "DuplicateTransaction" }, { outcome: "taken" }],
    ["is in words that nobody knows", { statusCode: "Perhaps" }, { outcome: "taken" }],
  ])("and %s is told so as soon as they know", async (_, record, result) => {
    const { billing } = strex((call) => (call.method === "POST" ? answered(201) : recordOf(call, record)));
    expect(await billing.charge([aCharge()])).toMatchObject([result]);
  });

  it.each<[string, HttpAnswer, object]>([
    ["that it has the id already", answered(409), { outcome: "unknown" }],
    ["that the id is used", answered(400, { Message: "transactionId already exists" }), { outcome: "unknown" }],
    ["that it is too much just now", answered(429, "", { retryAfter: 5 }), { outcome: "unknown" }],
    ["that something broke", answered(500), { outcome: "unknown" }],
    ["that a proxy had no answer", answered(502), { outcome: "unknown" }],
    ["from a proxy that never reached it", answered(521), { outcome: "unknown" }],
    ["that it lies elsewhere", answered(302), { outcome: "unknown" }],
    ["with a success that it never uses", answered(200), { outcome: "unknown" }],
    ["nothing", failed("no answer within 10 s"), { outcome: "unknown" }],
    ["that it does not know us", answered(401), { outcome: "refused", reason: "carrier-offline" }],
    ["that there is no such address", answered(404), { outcome: "refused", reason: "carrier-offline" }],
    [
      "that the price is wrong",
      answered(400, { Message: "price: too much" }),
      { outcome: "refused", reason: "bad-amount" },
    ],
    [
      "that it knows no such merchant",
      answered(400, { Message: "merchantId" }),
      { outcome: "refused", reason: "bad-merchant" },
    ],
    ["that it does not like it", answered(400, "no"), { outcome: "refused", reason: "rejected" }],
    [
      "nothing, as it was not called",
      failed("127.0.0.1", { isUnsent: true }),
      { outcome: "refused", reason: "carrier-offline" },
    ],
  ])("and is answered %s", async (_, answer, result) => {
    const { billing, sent } = strex(() => answer);
    expect(await billing.charge([aCharge()])).toMatchObject([result]);
    expect(sent).toHaveLength(1);
  });

  it("is not posted where Strex could not bill it", async () => {
    const { billing, sent } = strex(() => answered(201));
    const { recipient: _, ...nobody } = aCharge();
    const results = await billing.charge([aCharge({ currency: "EUR" }), nobody]);
    expect(results).toMatchObject([
      { outcome: "refused", reason: "bad-amount" },
      { outcome: "refused", reason: "bad-number" },
    ]);
    expect(sent).toEqual([]);
  });

  it("is taken, though the look at it is cut off", async () => {
    const { billing } = strex(({ method }) => (method === "POST" ? answered(201) : failed("no answer within 9 s")));
    const charge = aCharge();
    expect(await billing.charge([charge])).toEqual([{ outcome: "taken", reference: charge.id }]);
  });

  it("leaves all their time to the others, where there are many: none is waited for", async () => {
    const { billing, sent } = strex(() => answered(201));
    const results = await billing.charge(Array.from({ length: 40 }, () => aCharge()));
    expect(new Set(results.map(({ outcome }) => outcome))).toEqual(new Set(["taken"]));
    expect(sent.map(({ method }) => method)).not.toContain("GET");
  });

  it("is answered in time, and those that nobody began with go again at once", async () => {
    const { billing } = strex((_, time) => {
      time.wall += 1_000;
      return answered(201);
    });
    const results = await billing.charge(Array.from({ length: 40 }, () => aCharge()));
    const busy = results.filter(({ outcome }) => outcome === "busy");
    expect(busy.length).toBeGreaterThan(20);
    expect(busy[0]).toEqual({ outcome: "busy", retryAfterSeconds: 1, isUntried: true });
  });

  it("is one of five that are lost, and then no more are begun", async () => {
    const { billing, sent } = strex(() => answered(500));
    const results = await billing.charge(Array.from({ length: 40 }, () => aCharge()));
    expect(sent.length).toBeLessThan(12);
    expect(results.filter(({ outcome }) => outcome === "unknown")).toHaveLength(sent.length);
  });
});

describe("a charge that is asked about", () => {
  const ask = async (transaction: Transaction, answer: (call: HttpRequest) => HttpAnswer, later = 60_000) => {
    const { billing, time, sent } = strex(answer);
    time.wall += later;
    return { words: await billing.query([transaction]), sent };
  };

  it.each<[string, object, object]>([
    ["billed", BILLED, { outcome: "settled", receipt: { outcome: "billed", carrier: "relay", reference: "smsc-1" } }],
    ["given back since", { ...BILLED, statusCode: "Reversed" }, { outcome: "settled", receipt: { outcome: "billed" } }],
    ["declined", BROKE, { outcome: "settled", receipt: { outcome: "failed", reason: "insufficient-funds" } }],
    ["too late", { ...BROKE, detailedStatusCode: "Expired" }, { outcome: "settled", receipt: { outcome: "expired" } }],
    ["pending", PENDING, { outcome: "taken" }],
    ["failed and billed", { ...BROKE, billed: true }, { outcome: "taken" }],
  ])("is %s", async (_, record, word) => {
    const charge = aCharge({ state: "unknown" });
    expect((await ask(charge, (call) => recordOf(call, record))).words).toMatchObject([word]);
  });

  it("was never seen, once it is so old that it does not come any more", async () => {
    const charge = aCharge({ state: "unknown" });
    expect((await ask(charge, () => answered(404), 29_999)).words).toEqual([{ outcome: "cannot-tell" }]);
    expect((await ask(charge, () => answered(404), 30_000)).words).toEqual([{ outcome: "never-seen" }]);
  });

  it("was not unseen, where they said that they took it", async () => {
    expect((await ask(aCharge({ state: "sent" }), () => answered(404))).words).toEqual([{ outcome: "cannot-tell" }]);
  });

  it.each<[string, HttpAnswer]>([
    ["breaks", answered(500)],
    ["does not come", failed("no answer")],
    ["is of another", answered(200, { ...BILLED, transactionId: "another" })],
    ["cannot be read", answered(200, "<html>")],
    ["was cut", answered(200, { ...BILLED, transactionId: "txn" }, { isCut: true } as Partial<HttpAnswer>)],
    ["lies elsewhere", answered(302)],
  ])("is not known where the answer %s", async (_, answer) => {
    expect((await ask(aCharge({ state: "unknown" }), () => answer)).words).toEqual([{ outcome: "cannot-tell" }]);
  });

  it("does not hold the sweep: none is looked at for longer than two seconds", async () => {
    const { sent } = await ask(aCharge({ state: "sent" }), () => answered(500));
    expect(sent[0]?.timeLimit).toBe(2_000);
  });
});

describe("a reversal", () => {
  const back = async (answer: (call: HttpRequest) => HttpAnswer) => {
    const { billing, sent } = strex(answer);
    const reversal = aReversal();
    return { results: await billing.reverse([reversal]), sent, reversal };
  };
  const deleted = (status: number, look: HttpAnswer) => (call: HttpRequest) =>
    call.method === "DELETE" ? answered(status) : look;

  it("is asked for under the id of the charge, and followed under its own", async () => {
    const { results, sent, reversal } = await back((call) =>
      call.method === "DELETE" ? answered(201) : recordOf(call, { ...BILLED, statusCode: "Reversed" }),
    );
    expect(results).toMatchObject([{ outcome: "billed", reference: "smsc-1" }]);
    expect(sent.map(({ method, url }) => `${method} ${url.split("/").at(-1)}`)).toEqual([
      `DELETE ${reversal.reverses}`,
      `GET -${reversal.reverses}`,
    ]);
  });

  it("that was made before, in an answer that was lost, is found", async () => {
    const { results } = await back((call) => (call.method === "DELETE" ? answered(409) : recordOf(call, PENDING)));
    expect(results).toMatchObject([{ outcome: "taken" }]);
  });

  it("of what they never billed is refused; and where they do not tell, that is not known", async () => {
    expect((await back(deleted(409, answered(404)))).results).toMatchObject([
      { outcome: "refused", reason: "rejected" },
    ]);
    expect((await back(deleted(409, answered(500)))).results).toMatchObject([{ outcome: "unknown" }]);
  });

  it.each([429, 500, 200])("that is answered %i may have been made", async (status) => {
    expect((await back(deleted(status, answered(404)))).results).toMatchObject([{ outcome: "unknown" }]);
  });
});

describe("Target365's codes of charges", () => {
  it.each(REASONS)("say the same there and back, of one that failed by %s", (reason) => {
    const told = toChargeStatus({ kind: "charge", state: reason === "validity-over" ? "expired" : "failed", reason });
    const understood = chargeOutcomeOf({ transactionId: "txn", ...told });
    // Both may have been billed.
    if (reason === "no-receipt" || reason === "duplicate") return expect(understood).toBeUndefined();
    expect(understood?.outcome).toBe(reason === "validity-over" ? "expired" : "failed");
    const again = toChargeStatus({ kind: "charge", state: understood?.outcome ?? "sent", reason: understood?.reason });
    expect(again.detailedStatusCode).toBe(told.detailedStatusCode);
  });

  it.each(["waiting", "ready", "charging", "sent", "unknown"] as const)("do not end one that is %s", (state) => {
    expect(chargeOutcomeOf({ transactionId: "txn", ...toChargeStatus({ kind: "charge", state }) })).toBeUndefined();
  });

  it.each(["charge", "reversal"] as const)("say that a %s is billed", (kind) => {
    const told = toChargeStatus({ kind, state: "billed" });
    expect(chargeOutcomeOf({ transactionId: "txn", ...told })).toEqual({ outcome: "billed" });
  });
});
