/** The purchase page as a person sees it: drawn on the server, with its styles in it, without a script or a third party. */

import { raw } from "hono/html";
import type { Child } from "hono/jsx";
import { type Language, priceIn } from "../../core/billing/texts.ts";
import { Step } from "./steps.tsx";
import { headers, STYLE } from "./style.ts";
import { endingOf, type Links, type View } from "./view.ts";
import { WORDS } from "./words.ts";

/** The page as an answer. */
export async function drawn(status: number, language: Language, links: Links, view: View): Promise<Response> {
  const all = { ...(await headers()), "content-language": language };
  return new Response(`<!doctype html>${pageOf(language, links, view)}`, {
    status,
    // The page moves on by a header, not by a tag in it; a link beside it is for people who want to go on themselves.
    headers: view.step === "paying" ? { ...all, refresh: `${view.seconds}; url=${view.next}` } : all,
  });
}

/** The page itself. */
export function pageOf(language: Language, links: Links, view: View) {
  return (
    <Page language={language} links={links} title={titleOf(view, language)}>
      <Step view={view} language={language} links={links} />
    </Page>
  );
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
