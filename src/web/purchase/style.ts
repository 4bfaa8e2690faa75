/** The purchase page's styles, and the headers that let a browser take nothing but these. */

export const STYLE = `
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
.seller{margin:.9rem 0 0;font-size:.9375rem}
.seller p,.end .seller p{display:flex;flex-wrap:wrap;align-items:center;gap:0 .4rem;margin:0}.end .seller p{justify-content:center}
.seller a{display:inline-flex;align-items:center;min-height:2.75rem}
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

const FIXED_HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  // The address holds the purchase's id, which other sites must not learn.
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "x-robots-tag": "noindex, nofollow",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
};

let stylesHash: string | undefined;

/**
 * The page loads nothing but its own parts. The answer to a form may be a redirect to the merchant, whose server may redirect
 * further. Chromium checks every step against `form-action`, and stops a person who has just paid if one is missing; so all
 * addresses are allowed there. That is safe, because no input is drawn as markup.
 */
async function policy(): Promise<string> {
  stylesHash ??= await sha256(STYLE);
  return [
    "default-src 'none'",
    "object-src 'none'",
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

/** The headers of every answer: browsers do not store the page, frame it, or send its address to other sites. */
export async function headers(): Promise<Record<string, string>> {
  return { ...FIXED_HEADERS, "content-security-policy": await policy() };
}
