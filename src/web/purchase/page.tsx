/** The purchase page as a person sees it: drawn on the server, with its styles in it, without a script or a third party. */

import { raw } from "hono/html";
import type { Child } from "hono/jsx";
import type { Purchase } from "../../core/billing/purchases/purchase.ts";
import { type Language, priceIn, stopWords } from "../../core/billing/texts.ts";
import { webUrl } from "../../core/kernel/web-url.ts";
import { type Ending, type Mistake, type Trouble, WORDS } from "./words.ts";

/** What is drawn. `token` makes a form ours. */
export type View =
  | { step: "number"; purchase: Purchase; token: string; mistake?: Mistake | undefined }
  | { step: "pin"; purchase: Purchase; token: string; mistake?: Mistake | undefined }
  | { step: "network"; purchase: Purchase; token: string; payToken: string; number: string }
  | { step: "closed"; purchase: Purchase }
  | { step: "paying"; purchase: Purchase; next: string; seconds: number }
  | { step: "trouble"; trouble: Trouble; faultId?: string };

/** This page's own addresses. */
export type Links = {
  self: string;
  otherLanguage: string;
  /** To give a number, though one is known. */
  byPin: string;
};

const STYLE = `
:root{color-scheme:light dark;--page:#f1f4f6;--card:#fff;--text:#16202a;--quiet:#4b5966;--line:#75828f;--rule:#dde3e8;
--accent:#0a5c4a;--over:#084a3c;--on:#fff;--bad:#a3231b;--badbg:#fdeceb;--focus:#1257bd}
@media (prefers-color-scheme:dark){:root{--page:#0f1418;--card:#192027;--text:#eef2f5;--quiet:#b4bfca;--line:#84919e;
--rule:#313b45;--accent:#62d5b2;--over:#86e2c6;--on:#04231b;--bad:#ffaaa2;--badbg:#3b1c1b;--focus:#93c7ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:1.0625rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;
overflow-wrap:anywhere;-webkit-text-size-adjust:100%}
header,main{max-width:28rem;margin:0 auto;padding:0 1rem}
header{display:flex;justify-content:space-between;align-items:center;gap:1rem;min-height:3.5rem;color:var(--quiet)}
header p{margin:0;font-weight:600}
header a{display:inline-flex;align-items:center;min-height:2.75rem;padding:0 .25rem}
main{padding-bottom:2rem}
.card{background:var(--card);border:1px solid var(--rule);border-radius:1rem;padding:1.25rem 1.25rem 1rem}
h1{font-size:1.25rem;line-height:1.3;margin:0}
.to{margin:.1rem 0 0;color:var(--quiet)}
.price{margin:.5rem 0 0;font-size:3rem;font-weight:700;line-height:1.1;letter-spacing:-.02em}
.later{margin:.4rem 0 0;font-weight:600}
.says{margin:.9rem 0 0;white-space:pre-line}
form{margin:1.25rem 0 0}
label{display:block;font-weight:600}
.hint{margin:.1rem 0 .5rem;color:var(--quiet);font-size:.9375rem}
input{width:100%;min-height:3.25rem;padding:.5rem .9rem;border:1.5px solid var(--line);border-radius:.7rem;
background:var(--page);color:var(--text);font:inherit;font-size:1.25rem}
#pin{font-size:1.75rem;letter-spacing:.35em;text-align:center;font-variant-numeric:tabular-nums}
input[aria-invalid]{border-color:var(--bad);border-width:2px}
.mistake{margin:0 0 .9rem;padding:.7rem .9rem;border-radius:.7rem;background:var(--badbg);color:var(--bad);font-weight:600}
.go{display:flex;align-items:center;justify-content:center;width:100%;min-height:3.5rem;margin:.9rem 0 0;padding:.6rem 1rem;
border:2px solid transparent;border-radius:.8rem;background:var(--accent);color:var(--on);font:inherit;font-size:1.1875rem;
font-weight:700;line-height:1.25;text-align:center;text-wrap:balance;text-decoration:none;cursor:pointer}
.go:hover,.go:active{background:var(--over)}
.others{display:flex;flex-wrap:wrap;justify-content:center;gap:.25rem 1.5rem;margin:.6rem 0 0}
.others>*{display:inline-flex;align-items:center;min-height:2.75rem;padding:0 .25rem}
.others button{border:0;background:none;font:inherit;text-decoration:underline;text-underline-offset:.15em;cursor:pointer}
a,.others button{color:var(--accent)}
a:not(.go){text-underline-offset:.15em}
:focus-visible{outline:3px solid var(--focus);outline-offset:2px;border-radius:.4rem}
input:focus-visible,.go:focus-visible{border-radius:.8rem}
.terms{padding:1.25rem .25rem 0;font-size:.9375rem}
h2{font-size:1rem;margin:0 0 .25rem}
dl{margin:0}
dl div{display:flex;flex-wrap:wrap;gap:0 1rem;padding:.5rem 0;border-top:1px solid var(--rule)}
dt{flex:0 0 5.5rem;color:var(--quiet)}dd{flex:1 1 11rem;margin:0}
.end{text-align:center;padding-top:2rem;padding-bottom:1.5rem}
.end h1{font-size:1.6rem;line-height:1.2}.end p{margin:.5rem 0 0}.end .go{margin-top:1.75rem}
.end svg{display:block;margin:0 auto 1rem}
.quiet{color:var(--quiet)}.good{color:var(--accent)}
.wait{width:3rem;height:3rem;margin:0 auto 1rem;border:4px solid var(--rule);border-top-color:var(--accent);border-radius:50%}
@media (prefers-reduced-motion:no-preference){.wait{animation:turn 1s linear infinite}@keyframes turn{to{transform:rotate(1turn)}}}
@media (forced-colors:active){.go{border-color:ButtonText}}
@media (min-width:40rem){main{padding-top:2rem}}
`;

const HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  // The id in the address is nobody else's to know.
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "x-robots-tag": "noindex, nofollow",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
};

let stylesHash: string | undefined;

/**
 * Only what is in the page itself. The answer to a form may be a redirect to the merchant, whose server may redirect
 * further: Chromium holds every step of that against `form-action`, and stops a person who has just paid on the way out
 * if one is missing. Where a form goes to is safe all the same: nothing that anybody gives us is drawn as markup.
 */
async function policy(): Promise<string> {
  stylesHash ??= await sha256(STYLE);
  return [
    "default-src 'none'",
    `style-src 'sha256-${stylesHash}'`,
    "form-action 'self' https: http:",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join("; ");
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(digest)));
}

/** The page as an answer. */
export async function drawn(status: number, language: Language, links: Links, view: View): Promise<Response> {
  const headers = { ...HEADERS, "content-language": language, "content-security-policy": await policy() };
  const page = (
    <Page language={language} links={links} title={titleOf(view, language)}>
      <Step view={view} language={language} links={links} />
    </Page>
  );
  return new Response(`<!doctype html>${page}`, {
    status,
    // As a header: in the page it would be gone through by who reads it slowly, and there is a link beside it.
    headers: view.step === "paying" ? { ...headers, refresh: `${view.seconds}; url=${view.next}` } : headers,
  });
}

/** What became of a purchase that is closed. */
export function endingOf(purchase: Purchase): Ending {
  switch (purchase.state) {
    case "billed":
      return "paid";
    case "reversed":
    case "cancelled":
    case "failed":
      return purchase.state;
    case "waiting":
    case "expired":
      return "too-late";
    default:
      return purchase.back?.outcome === "success" ? "under-way" : "failed";
  }
}

/** The merchant's address, if there is one that a browser can be sent to: rows of earlier days may hold what is none. */
export function wayBack({ back }: Purchase): string | undefined {
  return back && webUrl(back.url);
}

function titleOf(view: View, language: Language): string {
  const words = WORDS[language];
  if (view.step === "trouble") return words.troubles[view.trouble].title;
  const { purchase } = view;
  const price = priceIn(language, purchase.amount, purchase.currency);
  if (view.step === "closed")
    return `${words.endings[endingOf(purchase)](price, purchase.merchant).title} – ${purchase.merchant}`;
  if (view.step === "paying") return words.paying.title;
  const title = words.payTo(price, purchase.merchant);
  return view.step !== "network" && view.mistake ? words.mistakeTitle(title) : title;
}

function Page(props: { language: Language; links: Links; title: string; children?: Child }) {
  const words = WORDS[props.language];
  const other: Language = props.language === "nb" ? "en" : "nb";
  return (
    <html lang={props.language}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="format-detection" content="telephone=no" />
        <title>{props.title}</title>
        <style>{raw(STYLE)}</style>
      </head>
      <body>
        <header>
          <p>{words.heading}</p>
          <a href={props.links.otherLanguage} lang={other} hreflang={other}>
            {words.otherLanguage}
          </a>
        </header>
        <main>{props.children}</main>
      </body>
    </html>
  );
}

function Step({ view, language, links }: { view: View; language: Language; links: Links }) {
  switch (view.step) {
    case "number":
      return <NumberStep {...view} language={language} links={links} />;
    case "pin":
      return <PinStep {...view} language={language} links={links} />;
    case "network":
      return <NetworkStep {...view} language={language} links={links} />;
    case "closed":
      return <Closed purchase={view.purchase} language={language} />;
    case "paying":
      return <Paying next={view.next} language={language} />;
    case "trouble":
      return <Troubled {...view} language={language} links={links} />;
  }
}

type Shown<Name extends View["step"]> = Extract<View, { step: Name }> & { language: Language; links: Links };

function NumberStep({ purchase, token, mistake, language, links }: Shown<"number">) {
  const words = WORDS[language];
  return (
    <>
      <section class="card">
        <Sum purchase={purchase} language={language} says={purchase.offlineText} />
        <form method="post" action={links.self}>
          <Wrong mistake={mistake} language={language} />
          <label for="number">{words.number}</label>
          <p class="hint" id="hint">
            {words.numberHint}
          </p>
          <input
            id="number"
            name="number"
            type="tel"
            inputmode="tel"
            autocomplete="tel"
            maxlength={32}
            required
            pattern="[+0-9 \(\).\-]{6,32}"
            title={words.mistakes["bad-number"]}
            {...describedBy(mistake)}
          />
          <Token token={token} />
          <button class="go" type="submit" name="action" value="number">
            {words.sendPin}
          </button>
        </form>
        <Others token={token} language={language} links={links} />
      </section>
      <Terms purchase={purchase} language={language} />
    </>
  );
}

function PinStep({ purchase, token, mistake, language, links }: Shown<"pin">) {
  const words = WORDS[language];
  return (
    <>
      <section class="card">
        <Sum purchase={purchase} language={language} />
        <form method="post" action={links.self}>
          <Wrong mistake={mistake} language={language} />
          <label for="pin">{words.pin}</label>
          <p class="hint" id="hint">
            {purchase.sentTo ? `${words.pinHint(purchase.sentTo)} ` : ""}
            {purchase.triesLeft ? words.triesLeft(purchase.triesLeft) : ""}
          </p>
          <input
            id="pin"
            name="pin"
            type="text"
            inputmode="numeric"
            autocomplete="one-time-code"
            pattern="\s*([0-9]\s*){4}"
            title={words.mistakes["bad-pin"]}
            maxlength={12}
            required
            autofocus
            {...describedBy(mistake)}
          />
          <Token token={token} />
          <button class="go" type="submit" name="action" value="pin">
            {words.pay(priceIn(language, purchase.amount, purchase.currency))}
          </button>
        </form>
        <Others token={token} language={language} links={links}>
          <button type="submit" name="action" value="again">
            {words.sendAgain}
          </button>
          <a href={links.byPin}>{words.otherNumber}</a>
        </Others>
      </section>
      <Terms purchase={purchase} language={language} />
    </>
  );
}

function NetworkStep({ purchase, token, payToken, number, language, links }: Shown<"network">) {
  const words = WORDS[language];
  return (
    <>
      <section class="card">
        <Sum purchase={purchase} language={language} says={purchase.onlineText} />
        <form method="post" action={links.self}>
          <p class="hint">{words.yourNumber(number)}</p>
          <Token token={payToken} />
          <button class="go" type="submit" name="action" value="pay">
            {words.pay(priceIn(language, purchase.amount, purchase.currency))}
          </button>
        </form>
        <Others token={token} language={language} links={links}>
          <a href={links.byPin}>{words.notMyNumber}</a>
        </Others>
      </section>
      <Terms purchase={purchase} language={language} />
    </>
  );
}

function Closed({ purchase, language }: { purchase: Purchase; language: Language }) {
  const words = WORDS[language];
  const ending = endingOf(purchase);
  const price = priceIn(language, purchase.amount, purchase.currency);
  const { title, text } = words.endings[ending](price, purchase.merchant);
  return (
    <section class="card end">
      <Sign isGood={ending === "paid" || ending === "under-way" || ending === "reversed"} />
      <h1>{title}</h1>
      <p>{text}</p>
      {purchase.invoiceText ? <p class="quiet">{purchase.invoiceText}</p> : null}
      {purchase.recurring && (ending === "paid" || ending === "under-way") ? (
        <p>
          {words.stop}: {words.stopText(stopWords(purchase), purchase.shortNumber)}
        </p>
      ) : null}
      {wayBack(purchase) ? (
        <a class="go" href={wayBack(purchase)} rel="noreferrer">
          {words.backTo(purchase.merchant)}
        </a>
      ) : null}
    </section>
  );
}

function Paying({ next, language }: { next: string; language: Language }) {
  const words = WORDS[language];
  return (
    <section class="card end" role="status">
      <div class="wait" />
      <h1>{words.paying.title}</h1>
      <p>{words.paying.text}</p>
      <p class="others">
        <a href={next}>{words.goOn}</a>
      </p>
    </section>
  );
}

function Troubled({ trouble, faultId, language, links }: Shown<"trouble">) {
  const words = WORDS[language];
  const { title, text } = words.troubles[trouble];
  return (
    <section class="card end">
      <Sign isGood={false} />
      <h1>{title}</h1>
      <p>{text}</p>
      {faultId ? <p class="quiet">{words.faultId(faultId)}</p> : null}
      {trouble === "not-found" ? null : (
        <a class="go" href={links.self}>
          {words.startAgain}
        </a>
      )}
    </section>
  );
}

/** What it is, whose it is, and what it costs, now and later. */
function Sum({ purchase, language, says }: { purchase: Purchase; language: Language; says?: string | undefined }) {
  const words = WORDS[language];
  const { interval, periodPrice, currency } = purchase;
  const later = interval
    ? words.later(priceIn(language, periodPrice ?? purchase.amount, currency), interval)
    : purchase.recurring
      ? words.laterUnknown
      : undefined;
  return (
    <>
      <h1>{purchase.invoiceText ?? purchase.merchant}</h1>
      {purchase.invoiceText ? <p class="to">{words.to(purchase.merchant)}</p> : null}
      <p class="price">{priceIn(language, purchase.amount, currency)}</p>
      {later ? <p class="later">{later}</p> : null}
      {purchase.invoiceText ? null : <p class="says">{words.shownLater}</p>}
      {says ? <p class="says">{says}</p> : null}
    </>
  );
}

function Terms({ purchase, language }: { purchase: Purchase; language: Language }) {
  const words = WORDS[language];
  return (
    <section class="terms" aria-labelledby="terms">
      <h2 id="terms">{words.terms}</h2>
      <dl>
        <Term name={words.seller} text={purchase.merchant} />
        <Term name={words.bill} text={words.billText} />
        {purchase.age > 0 ? <Term name={words.age} text={words.ageText(purchase.age)} /> : null}
        {purchase.recurring ? (
          <Term name={words.stop} text={words.stopText(stopWords(purchase), purchase.shortNumber)} />
        ) : null}
      </dl>
    </section>
  );
}

function Term({ name, text }: { name: string; text: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{text}</dd>
    </div>
  );
}

/** What else one may do than go on. */
function Others(props: { token: string; language: Language; links: Links; children?: Child }) {
  return (
    <form class="others" method="post" action={props.links.self}>
      <Token token={props.token} />
      {props.children}
      <button type="submit" name="action" value="cancel">
        {WORDS[props.language].cancel}
      </button>
    </form>
  );
}

function Token({ token }: { token: string }) {
  return <input type="hidden" name="csrf" value={token} />;
}

function Wrong({ mistake, language }: { mistake: Mistake | undefined; language: Language }) {
  if (!mistake) return null;
  return (
    <p class="mistake" id="mistake" role="alert">
      {WORDS[language].mistakes[mistake]}
    </p>
  );
}

function describedBy(mistake: Mistake | undefined) {
  return mistake
    ? ({ "aria-describedby": "mistake hint", "aria-invalid": "true", autofocus: true } as const)
    : ({ "aria-describedby": "hint" } as const);
}

function Sign({ isGood }: { isGood: boolean }) {
  return (
    <svg
      class={isGood ? "good" : "quiet"}
      width="56"
      height="56"
      viewBox="0 0 56 56"
      fill="none"
      stroke="currentColor"
      stroke-width="4"
      aria-hidden="true"
    >
      <circle cx="28" cy="28" r="25" opacity=".25" />
      {isGood ? (
        <path d="M17 29l8 8 15-17" stroke-linecap="round" stroke-linejoin="round" />
      ) : (
        <path d="M28 16v15M28 38.5v.5" stroke-linecap="round" />
      )}
    </svg>
  );
}
