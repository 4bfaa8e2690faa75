/** People who visit purchase pages without a browser: cookies, forms, redirects. */

/** Whatever answers at a path. */
type Visited = { fetch(path: string, init?: RequestInit): Promise<Response> };

export type Seen = { status: number; url: string; location: string | undefined; headers: Headers; html: string };

/** Goes from page to page as a browser without JavaScript does, a step at a time. */
export function visitor(gateway: Visited, headers: Record<string, string> = {}) {
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
