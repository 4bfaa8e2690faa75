/** The steps of a purchase as a person sees them: number, PIN, confirmation, and how it ended. */

import type { Child } from "hono/jsx";
import type { Purchase } from "../../core/billing/purchases/purchase.ts";
import { contactUrl, httpsUrl } from "../../core/billing/seller.ts";
import { type Language, priceIn, stopWords } from "../../core/billing/texts.ts";
import { endingOf, type Links, type View, wayBack } from "./view.ts";
import { type Mistake, WORDS } from "./words.ts";

export function Step({ view, language, links }: { view: View; language: Language; links: Links }) {
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
          <SellerLinks purchase={purchase} language={language} />
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

function PinStep({ purchase, token, seen, mistake, language, links }: Shown<"pin">) {
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
          <Token token={token} seen={seen} />
          <SellerLinks purchase={purchase} language={language} />
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

function NetworkStep({ purchase, token, payToken, seen, number, language, links }: Shown<"network">) {
  const words = WORDS[language];
  return (
    <>
      <section class="card">
        <Sum purchase={purchase} language={language} says={purchase.onlineText} />
        <form method="post" action={links.self}>
          <p class="hint">{words.yourNumber(number)}</p>
          <Token token={payToken} seen={seen} />
          <SellerLinks purchase={purchase} language={language} />
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
      {purchase.invoiceText && purchase.invoiceText !== purchase.merchant ? (
        <p class="quiet">{purchase.invoiceText}</p>
      ) : null}
      {purchase.recurring && (ending === "paid" || ending === "under-way") ? (
        <p>
          {words.stop}: {words.stopText(stopWords(purchase), purchase.shortNumber)}
        </p>
      ) : null}
      <SellerLinks purchase={purchase} language={language} />
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

/** The purchase, its seller, and its price, now and later. */
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
      {(purchase.invoiceText ?? purchase.merchant) === purchase.merchant ? null : (
        <p class="to">{words.to(purchase.merchant)}</p>
      )}
      <p class="price">{priceIn(language, purchase.amount, currency)}</p>
      {later ? <p class="later">{later}</p> : null}
      {purchase.invoiceText ? null : <p class="says">{words.shownLater}</p>}
      {says ? <p class="says">{says}</p> : null}
    </>
  );
}

/** Before the button, as addresses and not as words alone: so what is kept of the page says where they led. */
function SellerLinks({ purchase, language }: { purchase: Purchase; language: Language }) {
  const words = WORDS[language];
  const { termsUrl = "", contact = "" } = purchase;
  if (!termsUrl && !contact) return null;
  return (
    <div class="seller">
      <SellerLink name={words.sellersTerms} text={termsUrl} url={httpsUrl(termsUrl)} />
      <SellerLink name={words.contact} text={contact} url={contactUrl(contact)} />
    </div>
  );
}

/** A page opens in a tab of its own: the purchase stays open beside it. */
function SellerLink({ name, text, url }: { name: string; text: string; url: string | undefined }) {
  if (!url) return null;
  return (
    <p>
      {name}:{" "}
      {url.startsWith("https://") ? (
        <a href={url} target="_blank" rel="noopener noreferrer">
          {url.replace(/^https:\/\/|\/$/g, "")}
        </a>
      ) : (
        <a href={url}>{text}</a>
      )}
    </p>
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

/** The other ways to go on: another PIN, another number, cancel. */
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

function Token({ token, seen }: { token: string; seen?: string }) {
  return (
    <>
      <input type="hidden" name="csrf" value={token} />
      {seen === undefined ? null : <input type="hidden" name="seen" value={seen} />}
    </>
  );
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
