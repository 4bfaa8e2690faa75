/** The paths that are our own: a purchase page lies at /{name}, and must not hide one of them. */

/** Not routes of ours, but asked for at every host: by browsers, search engines, certificate authorities, and Cloudflare's edge. */
const OF_EVERY_HOST = [
  ...[".well-known", "cdn-cgi", "favicon.ico", "robots.txt", "sitemap.xml", "security.txt", "ads.txt"],
  ...["index.html", "apple-touch-icon.png", "apple-touch-icon-precomposed.png", "manifest.json", "sw.js"],
];

const names = new Set(OF_EVERY_HOST);
/** Versions of the APIs, those that may come among them. */
const patterns: RegExp[] = [/^v\d+(\.\d+)*$/i];

/** Reserves the first part of each of these routes. One that is a bare placeholder takes any name, and reserves none. */
export function reservePathsOf(routes: readonly { path: string }[]): void {
  for (const { path } of routes) {
    const first = path.split("/", 2)[1] ?? "";
    // A placeholder with a pattern, as in `/:version{v2\.[12]}/messages`, stands for a few names.
    const pattern = /^:\w+\{(.+)\}$/.exec(first)?.[1];
    if (pattern !== undefined) patterns.push(new RegExp(`^(?:${pattern})$`, "i"));
    else if (first !== "" && !/[:*]/.test(first)) names.add(first.toLowerCase());
  }
}

/** Whether the first part of a path is one of our own, in whatever case. */
export function isReserved(name: string): boolean {
  return names.has(name.toLowerCase()) || patterns.some((pattern) => pattern.test(name));
}
