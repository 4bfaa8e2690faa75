/** A text as this dialect rewrites it, its price, and programs that send it by v2.1. */

import { normalSender } from "../../core/accounts/account.ts";
import type { PreviewFormat } from "../../core/messages/preview.ts";
import { command, literal, secretInNode, secretInPython, shellSecret, shellWord } from "../write.ts";
import { MAX_PARTS } from "./messages.ts";
import { isTollFree } from "./numbers.ts";
import { priceOf, sizeOf, toDisplay, totalOf } from "./price.ts";

export const preview: PreviewFormat = {
  title: "Flowroute",

  rewrite(text, { settings, sender }) {
    const { segments } = sizeOf(text);
    const of = { segments, isMms: false, isInbound: false, isTollFree: isTollFree(`+${normalSender(sender)}`) };
    const nanodollars = totalOf(priceOf(settings, of));
    return { text, maxParts: MAX_PARTS, price: { segments, nanodollars, display: toDisplay(nanodollars) } };
  },

  calls({ url, sender, recipient, text, credentials, secret, senders }) {
    const accessKey = credentials.find(({ kind }) => kind === "access-key")?.name ?? "YOUR_ACCESS_KEY";
    // Names and short numbers cannot send here: the account's first number does in their place.
    const own = senders.find((one) => normalSender(one.sender) === normalSender(sender));
    const number = own && own.kind !== "long-number" ? senders.find(({ kind }) => kind === "long-number") : own;
    const from = normalSender(number?.sender ?? sender);
    const to = normalSender(recipient);
    const data = { type: "message", attributes: { to, from, body: text } };
    const curl = command(
      `curl -i ${shellWord(`${url}/v2.1/messages`)}`,
      `-u ${shellSecret(secret, (key) => `${accessKey}:${key}`)} -H 'Content-Type: application/vnd.api+json'`,
      `-d ${shellWord(JSON.stringify({ data }))}`,
    );
    const attributes = `{ to: ${literal(to)}, from: ${literal(from)}, body: ${literal(text)} }`;
    const node = `const flowroute = require("./lib");

flowroute.Configuration.BASEURI = ${literal(url)};
flowroute.Configuration.username = ${literal(accessKey)};
flowroute.Configuration.password = ${secretInNode(secret)};

flowroute.MessagesController.createSendAMessage({
  data: { type: "message", attributes: ${attributes} },
}).then(console.log, console.log);`;
    const python = `import json
import os
from flowroutenumbersandmessaging.configuration import Configuration
from flowroutenumbersandmessaging.flowroutenumbersandmessaging_client import FlowroutenumbersandmessagingClient

Configuration.base_uri = ${literal(url)}
client = FlowroutenumbersandmessagingClient(${literal(accessKey)}, ${secretInPython(secret)})
attributes = {"to": ${literal(to)}, "from": ${literal(from)}, "body": ${literal(text)}}
print(client.messages.send_a_message(json.dumps({"data": {"type": "message", "attributes": attributes}})))`;
    return [
      { by: "curl", code: curl },
      { by: "Node", code: node },
      { by: "Python", code: python },
    ];
  },
};
