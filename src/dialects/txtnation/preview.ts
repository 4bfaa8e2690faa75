/** A text as this dialect rewrites it, and programs that send it. The vendor has samples for gateway.php, and no SDK. */

import { normalSender } from "../../core/accounts/account.ts";
import { MAX_PARTS } from "../../core/messages/new-message.ts";
import type { PreviewFormat } from "../../core/messages/preview.ts";
import { command, literal, secretInNode, secretInPython, shellSecret, shellWord } from "../write.ts";
import { FREE } from "./networks.ts";

export const preview: PreviewFormat = {
  title: "txtNation / MessageCloud",

  rewrite: (text, { settings }) => ({ text, maxParts: Math.min(settings.maxParts ?? MAX_PARTS, MAX_PARTS) }),

  calls({ url, sender, recipient, text, credentials, secret, senders }) {
    const own = senders.find((one) => normalSender(one.sender) === normalSender(sender));
    const given = {
      reply: "0",
      cc: credentials.find(({ kind }) => kind === "campaign")?.name ?? "YOUR_CAMPAIGN",
      number: recipient.replace(/^\+/, ""),
      network: FREE,
      [own?.kind === "short-number" ? "shortcode" : "title"]: sender,
      message: text,
    };
    const fields = Object.entries(given);
    const curl = command(
      `curl -s ${shellWord(`${url}/gateway.php`)}`,
      ...fields.map(([name, value]) => `--data-urlencode ${shellWord(`${name}=${value}`)}`),
      `--data-urlencode ${shellSecret(secret, (key) => `ekey=${key}`)}`,
    );
    const node = `fetch(${literal(`${url}/gateway.php`)}, {
  method: "POST",
  body: new URLSearchParams({
${fields.map(([name, value]) => `    ${name}: ${literal(value)},`).join("\n")}
    ekey: ${secretInNode(secret)},
  }),
}).then(async (answer) => console.log(await answer.text()));`;
    const python = `import os
import urllib.parse
import urllib.request

url = ${literal(`${url}/gateway.php`)}
values = {
${fields.map(([name, value]) => `    ${literal(name)}: ${literal(value)},`).join("\n")}
    "ekey": ${secretInPython(secret)},
}
data = urllib.parse.urlencode(values).encode("utf-8")
print(urllib.request.urlopen(urllib.request.Request(url, data)).read())`;
    return [
      { by: "curl", code: curl },
      { by: "Node", code: node },
      { by: "Python", code: python },
    ];
  },
};
