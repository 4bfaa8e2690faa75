/**
 * `npm run profile`: where the time of a message goes. Sends messages all the way (accepted, submitted, settled, its
 * webhook answered) through the bundle that is deployed, in this process, and tells for each stage its statements, and for
 * each room its JavaScript. `-- --messages 6000 --batch 1`: with a batch, that many go in one request. No code is made of strings, as on
 * Workers, where schemas are gone through member by member.
 */

import { Session } from "node:inspector/promises";
import { parseArgs } from "node:util";
import { newSigningKey } from "../../scripts/local-settings.ts";
import { openAccount, others, type Send, target365, target365Batch } from "../sends.ts";
import { startPlatform } from "./platform.ts";
import { javascriptTable, statementTable } from "./table.ts";

const { values } = parseArgs({
  options: {
    messages: { type: "string", default: "6000" },
    batch: { type: "string", default: "1" },
    connections: { type: "string", default: "50" },
    functions: { type: "string", default: "25" },
    dialect: { type: "string", default: "target365" },
    "accept-only": { type: "boolean", default: false },
  },
});
const [messages, batch, connections] = [values.messages, values.batch, values.connections].map(Number) as [
  number,
  number,
  number,
];

const log = console.log;
console.log = () => {};
const ADMIN_TOKEN = "an-operators-token-for-profiling";
let webhooks = 0;
const platform = await startPlatform(
  {
    SANDBOX: "on",
    ALLOW_PRIVATE_WEBHOOKS: "on",
    ADMIN_TOKEN,
    SIGNING_KEY: newSigningKey(),
    KEEP_REQUESTS: "off",
  },
  () => webhooks++,
);

await openAccount(async (method, path, body) => {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" };
  const answer = await platform.call(path, { method, headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
});

let count = 0;
await send(Math.min(1_000, messages));
await platform.idle();
platform.forget();
webhooks = 0;

const session = new Session();
session.connect();
await session.post("Profiler.enable");
await session.post("Profiler.setSamplingInterval", { interval: 200 });
await session.post("Profiler.start");
const before = process.cpuUsage();
const from = performance.now();
await send(messages);
const accepting = performance.now() - from;
await platform.idle();
const whole = performance.now() - from;
const { user, system } = process.cpuUsage(before);
const { profile } = await session.post("Profiler.stop");
platform.stop();
const expected = values["accept-only"] || values.dialect !== "target365" ? 0 : messages;
if (webhooks !== expected) throw new Error(`${webhooks} webhooks were sent of ${expected}`);

const perMessage = (user + system) / 1000 / messages;
log(
  `${messages} messages, ${batch} a request, ${connections} at once: ${(accepting / 1000).toFixed(1)} s until accepted, ` +
    `${(whole / 1000).toFixed(1)} s until all webhooks were answered; ${perMessage.toFixed(3)} ms of CPU a message\n`,
);
log(statementTable(platform.statements(), platform.calls(), messages));
log(javascriptTable(profile, platform, messages, Number(values.functions)));
process.exit(0);

async function send(total: number): Promise<void> {
  let left = total;
  const client = async () => {
    while (left > 0) {
      const size = Math.min(batch, left);
      left -= size;
      const { path, method, headers, body } = nextRequest(size);
      const answer = await platform.call(path, { method, headers, ...(body === undefined ? {} : { body }) });
      if (!answer.ok) throw new Error(`answered ${answer.status}: ${await answer.text()}`);
    }
  };
  await Promise.all(Array.from({ length: connections }, client));
}

function nextRequest(size: number): Send {
  if (values.dialect !== "target365") {
    const other = others[values.dialect as keyof typeof others];
    if (!other) throw new Error(`--dialect: target365, ${Object.keys(others).join(", ")}`);
    return other();
  }
  const next = () =>
    values["accept-only"]
      ? { sendTime: new Date(Date.now() + 3_600_000).toISOString() }
      : { deliveryReportUrl: `http://127.0.0.1/shop-${count++ % 10}/reports` };
  return batch > 1 ? target365Batch(Array.from({ length: size }, next)) : target365(next());
}
