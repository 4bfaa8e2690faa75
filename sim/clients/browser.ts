/** A browser without scripts: cookies, forms, redirects. Where the connection breaks, it shows nothing. */

import type { Answer, Call } from "../ground/cloud.ts";
import { BASE } from "../setup.ts";

/** What it shows. `away`: an address of somebody else's, where it was sent to. */
export type Page = { url: string; status: number; html: string; away?: string };

/** How long it waits for an answer. Milliseconds. */
const PATIENCE = 60_000;
const MOST_REDIRECTS = 10;

export class Browser {
  #call: (call: Call, patience: number) => Promise<Answer | undefined>;
  readonly #headers: Record<string, string>;
  #cookie: string | undefined;

  /** @param headers that it, or whoever carries its calls, sends with each of them */
  constructor(
    call: (call: Call, patience: number) => Promise<Answer | undefined>,
    headers: Record<string, string> = {},
  ) {
    this.#call = call;
    this.#headers = headers;
  }

  /** Goes to an address, and where that leads. */
  async open(path: string): Promise<Page | undefined> {
    return this.#follow(path, await this.#ask("GET", path));
  }

  /** Sends the form that has this button. The first answer is handed to `heard`, before it is followed. */
  async press(
    page: Page,
    action: string,
    fields: Record<string, string>,
    heard: (location: string | undefined) => void = () => {},
  ): Promise<Page | undefined> {
    const form = formOf(page, action);
    if (!form) return page;
    const answer = await this.#ask(
      "POST",
      form.to,
      new URLSearchParams({ ...form.fields, action, ...fields }).toString(),
    );
    heard(answer?.headers.get("location") ?? undefined);
    return this.#follow(form.to, answer);
  }

  async #follow(path: string, first: Answer | undefined): Promise<Page | undefined> {
    let url = path;
    let answer = first;
    for (let n = 0; answer && n < MOST_REDIRECTS; n++) {
      const location = answer.headers.get("location");
      if (answer.status >= 500) return undefined;
      if (!location) return { url, status: answer.status, html: answer.body };
      if (!location.startsWith("/")) return { url, status: answer.status, html: "", away: location };
      url = location;
      answer = await this.#ask("GET", url);
    }
    return undefined;
  }

  async #ask(method: string, path: string, body?: string): Promise<Answer | undefined> {
    const answer = await this.#call(
      {
        method,
        url: BASE + path,
        headers: {
          accept: "text/html",
          ...this.#headers,
          ...(this.#cookie ? { cookie: this.#cookie } : {}),
          ...(body === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
        },
        ...(body === undefined ? {} : { body }),
      },
      PATIENCE,
    );
    this.#cookie = answer?.headers.get("set-cookie")?.split(";", 1)[0] ?? this.#cookie;
    return answer;
  }
}

/** Whether the page has this button. */
export function has(page: Page, action: string): boolean {
  return page.html.includes(`name="action" value="${action}"`);
}

/** Where the page would send the person back to. */
export function wayBack({ html }: Page): string | undefined {
  return html.match(/<a class="go" href="(https:[^"]*)"/)?.[1]?.replaceAll("&amp;", "&");
}

/** What the page says it costs: now, and each time later. Minor units. */
export function pricesOn({ html }: Page): { price?: number; later?: number } {
  const read = (name: string) => {
    const kroner = html.match(new RegExp(`<p class="${name}">[^<0-9]*([0-9]+)`))?.[1];
    return kroner === undefined ? {} : { [name]: Number(kroner) * 100 };
  };
  return { ...read("price"), ...read("later") };
}

function formOf({ html }: Page, action: string): { to: string; fields: Record<string, string> } | undefined {
  const form = html.match(/<form[\s\S]*?<\/form>/g)?.find((one) => one.includes(`value="${action}"`));
  const to = form?.match(/action="([^"]*)"/)?.[1]?.replaceAll("&amp;", "&");
  if (!form || !to) return undefined;
  const hidden = [...form.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)];
  return { to, fields: Object.fromEntries(hidden.map(([, name, value]) => [name, value])) };
}
