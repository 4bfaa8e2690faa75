/** A merchant who sells on purchase pages, and people who visit them without a browser: cookies, forms, redirects. */

import type { TestAccount, TestGateway } from "./gateway.ts";

export type Shop = {
  account: TestAccount;
  /** The service's id: its page lies at `/{service}`. */
  service: string;
};

let opened = 0;

/** Opens a shop that sells one thing for 49 kr. */
export async function openShop(gateway: TestGateway, terms: Record<string, unknown> = {}): Promise<Shop> {
  const account = await gateway.account("Fjellposten");
  const path = `/admin/v1/accounts/${account.id}`;
  const service = `fjellposten-${++opened}`;
  await gateway.operator("PUT", `${path}/senders/2002`, { kind: "short-number", country: "NO" });
  await gateway.operator("PUT", `${path}/merchants/fjell`, { shortNumberIds: ["NO-2002"], name: "Fjellposten AS" });
  await gateway.operator("PUT", `${path}/services/${service}`, {
    shortNumber: "2002",
    merchantId: "fjell",
    serviceCode: "14002",
    price: 4900,
    invoiceText: "Fjellposten digital",
    redirectUrl: "https://shop.example/done?order={TransactionId}",
    ...terms,
  });
  return { account, service };
}

export const MONTHLY = {
  recurring: true,
  interval: "monthly",
  subscriptionPrice: 9900,
  keyword: "fjell",
  onlineText: "Les alt, hver dag.",
  offlineText: "Skriv inn nummeret ditt for å lese Fjellposten på mobil, nettbrett og PC.",
};

/** The PIN in the last SMS that came to this number; waits until there are so many. */
export async function pinOn(gateway: TestGateway, number: string, count = 1): Promise<string> {
  for (let tries = 0; tries < 50; tries++) {
    const messages = await gateway.handset(number, { wait: 1, match: "^\\d{4} " });
    const last = messages.at(-1);
    if (last && messages.length >= count) return last.text.slice(0, 4);
    await gateway.advance(0);
  }
  throw new Error(`${count} PINs did not come`);
}

/** What the operator says that it billed this number. */
export async function chargesOf(gateway: TestGateway, number: string, wait = 0): Promise<{ amount: number }[]> {
  const query = new URLSearchParams({ msisdn: number, wait: String(wait) });
  return (await gateway.operator<{ items: { amount: number }[] }>("GET", `/sandbox/v1/operator/charges?${query}`))
    .items;
}

export type Seen = { status: number; url: string; location: string | undefined; headers: Headers; html: string };

/** Goes from page to page as a browser without JavaScript does, a step at a time. */
export function visitor(gateway: TestGateway, headers: Record<string, string> = {}) {
  let cookie: string | undefined;

  const see = async (path: string, init: RequestInit = {}): Promise<Seen> => {
    const answer = await gateway.fetch(path, {
      ...init,
      headers: { accept: "text/html", ...(cookie ? { cookie } : {}), ...headers, ...(init.headers as object) },
    });
    cookie = answer.headers.get("set-cookie")?.split(";", 1)[0] ?? cookie;
    const location = answer.headers.get("location") ?? undefined;
    return { status: answer.status, url: path, location, headers: answer.headers, html: await answer.text() };
  };
  const follow = async (seen: Seen): Promise<Seen> => {
    let now = seen;
    while (now.location?.startsWith("/")) now = await see(now.location);
    return now;
  };

  return {
    get cookie() {
      return cookie;
    },
    forgetCookie() {
      cookie = undefined;
    },
    see,
    /** Opens an address, and goes where it leads on the same site. */
    open: async (path: string) => follow(await see(path)),
    /** Posts fields to an address, whatever the forms there are. */
    post: (path: string, fields: Record<string, string>, init: RequestInit = {}) =>
      see(path, { method: "POST", body: new URLSearchParams(fields), ...init }),
    /** Presses the button of this action, and goes where that leads on the same site. */
    async press(page: Seen, action: string, fields: Record<string, string> = {}): Promise<Seen> {
      const form = formOf(page, action);
      return follow(await this.post(form.to, { ...form.fields, action, ...fields }));
    },
  };
}

export type Visitor = ReturnType<typeof visitor>;

/** The form that has this action's button: where it goes, and its hidden fields. */
export function formOf({ html }: Seen, action: string): { to: string; fields: Record<string, string> } {
  const form = html.match(/<form[\s\S]*?<\/form>/g)?.find((one) => one.includes(`value="${action}"`));
  const to = form?.match(/action="([^"]*)"/)?.[1]?.replaceAll("&amp;", "&");
  if (!form || !to)
    throw new Error(`there is no button for ${action} on this page: ${html.replace(/<style[\s\S]*<\/style>/, "")}`);
  const hidden = [...form.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)];
  return { to, fields: Object.fromEntries(hidden.map(([, name, value]) => [name, value])) };
}
