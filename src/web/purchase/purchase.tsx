/**
 * The purchase page: a person's way through a window, in forms and redirects alone. Looking changes nothing; what matters
 * (what it costs, whose it is, where it leads) is never taken from a form.
 */

import { createHash } from "node:crypto";
import { Hono, type Next } from "hono";
import type { Address, Purchase } from "../../core/billing/purchases/purchase.ts";
import { GatewayError, type Refusal } from "../../core/kernel/errors.ts";
import { toMsisdnAt } from "../../core/messages/msisdn.ts";
import { readFormBody } from "../../doors/body.ts";
import { formToken, isFormToken, keepSession, knownSession, type SessionPorts } from "../session.ts";
import { aboutOf, addresses, isPossible, languageOf, linksOf, linkTo } from "./addresses.ts";
import { drawn } from "./page.tsx";
import type { C, PageEnv } from "./page-env.ts";
import { digestOf, seenOn } from "./seen.ts";
import { type View, wayBack } from "./view.ts";
import { MISTAKES, type Mistake } from "./words.ts";

/** How long an answer is held back for a charge to come through, and how often the page that follows looks again. */
const OUTCOME_WAIT_MS = 8_000;
const LOOK_AGAIN = { first: 60, most: 500 };
const REFRESHES = 3;
const REFRESH_SECONDS = 3;
/** No form of ours is larger. Bytes. */
const FORM_CAP = 16_384;
const app = new Hono<PageEnv>();
export const purchase = app;

for (const [path, addressOf] of addresses) {
  app.get(path, (c, next) => guarded(c, addressOf(c), (address) => look(c, address, next)));
  app.post(path, (c, next) => guarded(c, addressOf(c), (address) => act(c, address, next)));
}

async function look(c: C, address: Address, next: Next) {
  const { gateway, ports } = c.var;
  if (address.by === "service" && address.theirId === "") {
    // With an id of its own from here on, a reload, the back button and a double click mean the same purchase.
    const begun = { ...address, theirId: ports.ids.uuid() };
    const isSold = isPossible(begun) && (await gateway.lookAt(begun, ""));
    return isSold ? redirect(c, linkTo(c, begun)) : nothing(c, address, next);
  }
  const known = await knownSession(c, sessionPorts(c));
  await c.var.guesses.holdUp();
  const found = isPossible(address) ? await gateway.lookAt(address, known ?? "") : undefined;
  if (!found) return nothing(c, address, next);

  const session = await keepSession(c, sessionPorts(c), known);
  if (found.step !== "closed") {
    if (!found.canBeBilled) return draw(c, address, 503, { step: "trouble", trouble: "no-carrier" });
    const view = await openView(c, address, session, found);
    return draw(c, address, statusOf(view), view);
  }
  const refreshed = Number(c.req.query("paying") ?? 0);
  if (!(refreshed > 0)) return draw(c, address, 200, { step: "closed", purchase: found });
  if (!isUnderWay(found) || !(refreshed < REFRESHES)) return goBack(c, address, found);
  const again = linkTo(c, address, { paying: String(Math.floor(refreshed) + 1) });
  return draw(c, address, 200, { step: "paying", purchase: found, next: again, seconds: REFRESH_SECONDS });
}

/** The next step, and the mistake in the last input, if any. */
async function openView(c: C, address: Address, session: string, found: Purchase): Promise<View> {
  const token = await formToken(c.var.ports.codes, session, aboutOf(address));
  const isAskedFor = c.req.query("by") === "pin";
  const number = toldNumber(c, found);
  const mistake = MISTAKES.find((one) => one === c.req.query("mistake"));
  if (found.step === "pin" && !isAskedFor) return withDigest(c, address, { ...pinStep(found), token, mistake });
  if (!number || isAskedFor) return { step: "number", purchase: found, token, mistake };
  const payToken = await formToken(c.var.ports.codes, session, aboutOf(address, number));
  return withDigest(c, address, { ...networkStep(found, number), token, payToken });
}

const pinStep = (purchase: Purchase) => ({ step: "pin", purchase, token: "", seen: "" }) as const;
const networkStep = (purchase: Purchase, number: string) =>
  ({ step: "network", purchase, token: "", payToken: "", seen: "", number: hidden(number) }) as const;

/** The browser brings the digest back with the form: so it is known that the person confirms the page that they were sent. */
async function withDigest<V extends Extract<View, { step: "pin" | "network" }>>(c: C, address: Address, view: V) {
  const language = languageOf(c);
  return { ...view, seen: await digestOf(view, language, linksOf(c, address, language)) };
}

function seenNow(c: C, address: Address, view: Parameters<typeof seenOn>[0], form: ReadonlyMap<string, string>) {
  const language = languageOf(c);
  const browser = c.req.header("user-agent") ?? "";
  const from = { sent: form.get("seen") ?? "", address: c.var.clientAddress, browser };
  return seenOn(view, { language, links: linksOf(c, address, language) }, from);
}

function statusOf(view: View): number {
  const mistake = "mistake" in view ? view.mistake : undefined;
  if (!mistake) return 200;
  return mistake.startsWith("too-many") ? 429 : 422;
}

async function act(c: C, address: Address, next: Next) {
  const { gateway, ports } = c.var;
  const session = await knownSession(c, sessionPorts(c));
  await c.var.guesses.holdUp();
  const found = isPossible(address) ? await gateway.lookAt(address, session ?? "") : undefined;
  if (!found) return nothing(c, address, next);

  const form = await readForm(c.req.raw);
  if (!form) return draw(c, address, 400, { step: "trouble", trouble: "unreadable" });
  const action = form.get("action");
  const number = action === "pay" ? toldNumber(c, found) : undefined;
  // Who has left the network meanwhile is asked for the number.
  if (action === "pay" && !number && found.step !== "closed") return redirect(c, linkTo(c, address));
  const token = form.get("csrf") ?? "";
  if (!session || !(await isFormToken(ports.codes, session, aboutOf(address, number), token))) {
    return draw(c, address, 403, { step: "trouble", trouble: "not-ours" });
  }
  const refusal = await claimed(c, `${session} ${aboutOf(address)}`);
  if (refusal) return c.text(refusal.message, OF_KEYS[refusal.refusal] ?? 400, { "cache-control": "no-store" });
  return await carryOut(c, address, { form, session, number, found });
}

/** Claims a request with an Idempotency-Key. @param whose the browser's session, and the purchase: the key is of both */
async function claimed({ var: { claimKey } }: C, whose: string): Promise<GatewayError | undefined> {
  if (!claimKey) return undefined;
  try {
    // No key is in it: once keys are exchanged, the same request must be known again.
    await claimKey(`purchase ${createHash("sha256").update(whose).digest("hex")}`);
    return undefined;
  } catch (error) {
    return refusalOf(error);
  }
}

type Asked = { form: ReadonlyMap<string, string>; session: string; number: string | undefined; found: Purchase };

async function carryOut(c: C, address: Address, { form, session, number, found }: Asked): Promise<Response> {
  const { gateway } = c.var;
  if (found.step === "closed") return goBack(c, address, await outcomeOf(c, address, session, found));

  const action = form.get("action");
  const given = form.get("number") ?? "";
  const browser = { network: c.var.clientNetwork, language: languageOf(c) };
  const pin = form.get("pin")?.replace(/\s/g, "") ?? "";
  try {
    switch (action) {
      case "number":
        return await goOn(
          c,
          address,
          session,
          await gateway.giveNumber(address, session, given.trim().slice(0, 40), browser),
        );
      case "again":
        return await goOn(c, address, session, await gateway.giveNumber(address, session, undefined, browser));
      case "pin":
        if (!/^\d{4}$/.test(pin)) throw new Mistaken("bad-pin");
        return await goOn(
          c,
          address,
          session,
          await gateway.confirmByPin(address, session, pin, await seenNow(c, address, pinStep(found), form)),
        );
      case "pay":
        return await goOn(
          c,
          address,
          session,
          await gateway.confirmByNetwork(
            address,
            session,
            number ?? "",
            await seenNow(c, address, networkStep(found, number ?? ""), form),
          ),
        );
      case "cancel":
        return await goOn(c, address, session, await gateway.leave(address, session));
      default:
        return redirect(c, linkTo(c, address));
    }
  } catch (error) {
    const mistake = mistakeOf(error);
    if (!mistake) throw error;
    await c.var.slowDown();
    // By a redirect as well: a page that answers a form cannot be gone back to, and a reload would try the PIN again.
    return redirect(c, linkTo(c, address, { ...(action === "number" ? { by: "pin" } : {}), mistake }));
  }
}

/** Found wrong before anybody was asked. */
class Mistaken extends Error {
  readonly mistake: Mistake;

  constructor(mistake: Mistake) {
    super(mistake);
    this.mistake = mistake;
  }
}

/** By the budget that is spent. */
const TOO_MANY: Record<string, Mistake> = {
  address: "too-many-here",
  service: "too-many-of-seller",
  account: "too-many-of-seller",
};

function mistakeOf(error: unknown): Mistake | undefined {
  if (error instanceof Mistaken) return error.mistake;
  if (!(error instanceof GatewayError)) return undefined;
  switch (error.refusal) {
    case "bad-number":
      return "bad-number";
    case "bad-request":
      return "wrong-pin";
    case "too-late":
      return "old-pin";
    case "too-many-requests":
      return TOO_MANY[error.field ?? ""] ?? "too-many-pins";
    default:
      return undefined;
  }
}

/** To the next step by a redirect, so that a reload does nothing twice; from the last one to the merchant. */
async function goOn(c: C, address: Address, session: string, now: Purchase): Promise<Response> {
  if (now.step !== "closed") return redirect(c, linkTo(c, address));
  return goBack(c, address, await outcomeOf(c, address, session, now));
}

/** Back to the merchant; by way of a page that waits a little longer while the charge is under way. */
function goBack(c: C, address: Address, closed: Purchase): Response {
  const isWaiting = c.req.method === "POST" && isUnderWay(closed);
  return redirect(c, isWaiting ? linkTo(c, address, { paying: "1" }) : (wayBack(closed) ?? linkTo(c, address)));
}

/** The purchase once its charge is through, or as it is when our patience is over. */
async function outcomeOf(c: C, address: Address, session: string, closed: Purchase): Promise<Purchase> {
  const { gateway, ports } = c.var;
  const until = ports.clock.wall() + OUTCOME_WAIT_MS;
  let now = closed;
  for (let pause = LOOK_AGAIN.first; isUnderWay(now) && ports.clock.wall() + pause < until; ) {
    await ports.clock.sleep(pause);
    now = (await gateway.lookAt(address, session)) ?? now;
    pause = Math.min(LOOK_AGAIN.most, pause * 1.5);
  }
  return now;
}

function isUnderWay({ back, isSettled }: Purchase): boolean {
  return back?.outcome === "success" && !isSettled;
}

/** A page for a person; for a program, whatever else the gateway says of an address where nothing is. */
async function nothing(c: C, address: Address, next: Next) {
  const isPage = address.by === "id" || !c.var.isReserved(address.by === "service" ? address.service : address.account);
  if (isPage) await c.var.guesses.missed();
  if (isPage && c.req.header("accept")?.includes("text/html")) {
    return draw(c, address, 404, { step: "trouble", trouble: "not-found" });
  }
  await next();
  return undefined;
}

function sessionPorts({ var: { ports, publicUrls } }: C): SessionPorts {
  return { ids: ports.ids, codes: ports.codes, isSecure: publicUrls[0]?.startsWith("https:") ?? false };
}

/** Programs alone send an Idempotency-Key: where it cannot be taken, a sentence says why, and no page. */
const OF_KEYS: { readonly [Which in Refusal]?: 409 | 422 } = { "key-in-progress": 409, "key-reused": 422 };

/** One that was answered before is a refusal, too: that answer takes the place of this. */
function refusalOf(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  throw error;
}

async function guarded(c: C, address: Address, answer: (address: Address) => Promise<Response | undefined>) {
  try {
    return await answer(address);
  } catch (error) {
    if (error instanceof GatewayError && error.refusal === "not-found") {
      return draw(c, address, 404, { step: "trouble", trouble: "not-found" });
    }
    if (error instanceof GatewayError && error.refusal === "no-carrier") {
      return draw(c, address, 503, { step: "trouble", trouble: "no-carrier" });
    }
    return draw(c, address, 500, { step: "trouble", trouble: "fault", faultId: c.var.fault(error) });
  }
}

/** With the headers that were set before (the cookie). */
async function draw(c: C, address: Address, status: number, view: View): Promise<Response> {
  const language = languageOf(c);
  const answer = await drawn(status, language, linksOf(c, address, language), view);
  return c.newResponse(answer.body, answer);
}

function redirect(c: C, to: string): Response {
  c.header("cache-control", "no-store");
  c.header("referrer-policy", "no-referrer");
  return c.redirect(to, 303);
}

/** The number that the mobile network gave. It may lack the country code of the country where the purchase is paid. */
function toldNumber(c: C, { country }: Purchase): string | undefined {
  return c.var.networkNumber ? toMsisdnAt(country, c.var.networkNumber) : undefined;
}

/** Enough for its owner to know it by. */
function hidden(msisdn: string): string {
  return `•••• ${msisdn.slice(-2)}`;
}

/** The fields of a form; undefined if it is none, or larger than any of ours. */
async function readForm(request: Request): Promise<ReadonlyMap<string, string> | undefined> {
  const type = request.headers.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "application/x-www-form-urlencoded" || request.body === null) return undefined;
  try {
    return new Map(Object.entries(await readFormBody(request, FORM_CAP)));
  } catch (error) {
    if (error instanceof GatewayError) return undefined;
    throw error;
  }
}
