/** `llms.txt` (llmstxt.org): what there is to read, for a program that reads. */

import { addressOf } from "./addresses.ts";
import { LAST, SECTIONS } from "./contents.ts";
import type { Page } from "./generate.ts";
import { beginningOf } from "./plain.ts";

const HEAD = `# Stafett

> An open SMS and carrier-billing gateway on Cloudflare Workers, and its sandbox with virtual handsets. It speaks the APIs of
> Target365/Strex, txtNation/MessageCloud, CM.com and Flowroute, so a program written for one of them works after changing its
> base URL.

Each page is Markdown at the address below. Commands work as they stand against \`npm start\` on http://127.0.0.1:8787; the demo
account's key is \`stafett-demo-key\`, the operator's token is in \`.stafett/admin-token\`. The whole API as OpenAPI 3.1 is at
/openapi.json.
`;

export function llms(pages: readonly Page[]): string {
  const byAddress = new Map(pages.map((page) => [page.address, page]));
  const sections = [...SECTIONS, LAST].map(({ title, pages: entries }) => {
    const lines = entries.flatMap(({ address }) => {
      const page = byAddress.get(address);
      return page ? [`- [${page.title}](${addressOf(address)}.md): ${beginningOf(page.text)}`] : [];
    });
    return `## ${title}\n\n${lines.join("\n")}\n`;
  });
  const reference = pages
    .filter(({ address }) => /^api(\/|$)/.test(address))
    .map(({ address, title }) => `- [${title}](${addressOf(address)}.md)`);
  return [HEAD, ...sections, `## API reference\n\n${reference.join("\n")}\n`].join("\n");
}
