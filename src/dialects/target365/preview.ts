/** A text as this dialect rewrites it, and programs that send it. User guides, "Send an SMS". */

import type { AccountSettings } from "../../core/accounts/account.ts";
import type { Call, PreviewFormat, PreviewWanted } from "../../core/messages/preview.ts";
import { command, literal, shellSecret, shellWord } from "../write.ts";
import { toSent } from "./out-message.ts";
import { unmarked } from "./text.ts";

export const preview: PreviewFormat = {
  title: "Target365 / Strex",

  rewrite: (text: string, { settings }: { settings: AccountSettings }) => ({
    text: toSent(unmarked(text), undefined, settings),
  }),

  calls({ url, sender, recipient, text, credentials, secret }: Omit<PreviewWanted, "account">): Call[] {
    const keyName = credentials.find(({ kind }) => kind === "public-key")?.name ?? "YOUR_KEY";
    const curl = command(
      `curl -i ${shellWord(`${url}/api/out-messages`)}`,
      `-H ${shellSecret(secret, (key) => `X-ApiKey: ${key}`)} -H 'Content-Type: application/json'`,
      `-d ${shellWord(JSON.stringify({ sender, recipient, content: text }))}`,
    );
    const node = `const { randomUUID } = require("node:crypto");
const Client = require("target365-sdk");

// The SDK signs: the public half of this key is registered under the name.
const baseUrl = ${literal(`${url}/`)};
const keyName = ${literal(keyName)};
const privateKey = process.env.PRIVATE_KEY;
const serviceClient = new Client(privateKey, { baseUrl, keyName });

serviceClient.postOutMessage({
  transactionId: randomUUID(),
  sender: ${literal(sender)},
  recipient: ${literal(recipient)},
  content: ${literal(text)},
});`;
    const python = `import os
import uuid
from target365_sdk import ApiClient
from target365_sdk.models.out_message import OutMessage

# The SDK signs: the public half of this key is registered under the name.
service_client = ApiClient(${literal(`${url}/`)}, ${literal(keyName)}, os.environ["PRIVATE_KEY"])

out_message = OutMessage()
out_message.transactionId = str(uuid.uuid4())
out_message.sender = ${literal(sender)}
out_message.recipient = ${literal(recipient)}
out_message.content = ${literal(text)}
service_client.create_out_message(out_message)`;
    return [
      { by: "curl", code: curl },
      { by: "Node", code: node },
      { by: "Python", code: python },
    ];
  },
};
