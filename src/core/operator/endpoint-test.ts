/** One call of an endpoint, to see whether it receives. */

import { type AccountId, accountPart } from "../kernel/ids.ts";
import type { HttpAnswer, HttpRequest } from "../kernel/ports.ts";
import type { Message } from "../messages/message.ts";
import type { EventNews } from "../webhooks/events.ts";
import type { NamedInSight } from "../webhooks/named.ts";
import { formatOf, headersOf, STANDARD, standardCall } from "../webhooks/standard.ts";
import { findAccount } from "./accounts.ts";
import { findNamedEndpoint, type NamedPorts } from "./named-endpoints.ts";

/** What a test sent, what was answered, and whether that counts as received. */
export type Tested = { request: HttpRequest; answer: HttpAnswer; isReceived: boolean };

/**
 * Calls an endpoint once with an event of type `endpoint.test`, whatever it asked for. It is in no log, and is not tried again.
 * @throws GatewayError not-found
 */
export async function testNamedEndpoint(ports: NamedPorts, accountId: AccountId, name: string): Promise<Tested> {
  const { id: account, number } = await findAccount(ports, accountId);
  const endpoint = await findNamedEndpoint(ports, account, name);
  const at = ports.clock.now();
  const event: EventNews = {
    state: "endpoint.test",
    id: `evt_${accountPart(number)}test-${ports.ids.uuid()}`,
    number: 0,
    at,
    data: { endpoint: name, at },
  };
  const { format, request } = await testOf(ports, endpoint, event);
  const answer = await ports.http.send(request);
  return { request, answer, isReceived: format.isReceived(answer, "report") };
}

/** A dialect has no form for tests: its endpoint gets a report on a text that nobody sent. */
async function testOf(ports: NamedPorts, endpoint: NamedInSight, event: EventNews) {
  const { form, url, account } = endpoint;
  const format = ports.formats.get(form);
  if (!format) return { format: formatOf(endpoint), request: await standardCall(ports, endpoint, event, 1) };
  const message = aTextForTests(account, event.at);
  const { headers, ...made } = await format.report(
    { url, event: { state: "delivered", at: event.at }, message, attempt: 1 },
    ports,
  );
  return { format, request: { ...made, headers: { ...(await headersOf(ports.sealer, endpoint)), ...headers } } };
}

/** A number of no numbering plan. @param at epoch ms */
function aTextForTests(account: AccountId, at: number): Message {
  return {
    id: "msg_0",
    account,
    dialect: STANDARD,
    theirId: "test",
    sender: "Stafett",
    recipient: "+4700000000",
    text: "Test",
    encoding: "gsm7",
    parts: 1,
    state: "delivered",
    lane: "normal",
    priority: "normal",
    deliveryMode: "at-most-once",
    acceptedAt: at,
    sendAt: at,
    expiresAt: at,
    changedAt: at,
    attempts: 1,
    echo: {},
    history: [],
  };
}
