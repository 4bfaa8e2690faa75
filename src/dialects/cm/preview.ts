/** A text as this dialect rewrites it, and programs that send it. The encoding is detected, as the SDKs request. */

import type { PreviewFormat } from "../../core/messages/preview.ts";
import { command, literal, secretInNode, secretInPython, shellSecret, shellWord } from "../write.ts";
import { usualMost } from "./parts.ts";

export const preview: PreviewFormat = {
  title: "CM.com",

  rewrite: (text, { settings }) => ({ text, maxParts: usualMost(settings) }),

  calls({ url, sender, recipient, text, secret }) {
    const from = sender.replace(/^\+(?=\d+$)/, "");
    const number = recipient.replace(/^\+/, "00");
    const body = {
      messages: { msg: [{ from, to: [{ number }], body: { type: "AUTO", content: text }, allowedChannels: ["SMS"] }] },
    };
    const curl = command(
      `curl -i ${shellWord(`${url}/v1.0/message`)}`,
      `-H ${shellSecret(secret, (key) => `X-CM-PRODUCTTOKEN: ${key}`)} -H 'Content-Type: application/json'`,
      `-d ${shellWord(JSON.stringify(body))}`,
    );
    const node = `const messagingApi = require("@cmdotcom/text-sdk");

const myMessageApi = new messagingApi.MessageApiClient(${secretInNode(secret)});
const message = myMessageApi.createMessage().setMessage(
  [${literal(number)}], ${literal(from)}, ${literal(text)});
// The library has no option for the address.
message.api.basePath = ${literal(url)};
message.send().then(({ data }) => console.log(data));`;
    const python = `import os
from cm_text import TextClient

client = TextClient(apikey=${secretInPython(secret)}, gateway=${literal(`${url}/v1.0/message`)})
client.SendSingleMessage(
    message=${literal(text)},
    from_=${literal(from)},
    to=[${literal(number)}])`;
    return [
      { by: "curl", code: curl },
      { by: "Node", code: node },
      { by: "Python", code: python },
    ];
  },
};
