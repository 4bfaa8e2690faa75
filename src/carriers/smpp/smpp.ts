/**
 * Any SMSC, over SMPP 3.4. The connections are held by Durable Objects, one for each bind, because a connection outlives the request
 * that uses it; here texts are shared out among them.
 */

import type { MessageId } from "../../core/kernel/ids.ts";
import { CARRIER_LIMIT, type CarrierHealth, type QueryResult, type SubmitResult } from "../../core/messages/carrier.ts";
import type { Message } from "../../core/messages/message.ts";
import { type CarrierKind, carrierKind, type OpenCarrier, withinLimit } from "../carrier.ts";
import { MOST_BINDS, SECRETS, SETTINGS, type SmscConfig } from "./config.ts";
import type { Text } from "./outgoing.ts";

/** The objects that hold binds, as seen from here: calls that may fail. `bind` counts from 0. */
export type BindLink = {
  /** @param until epoch ms of real time: nothing is sent later */
  submit(config: SmscConfig, bind: number, texts: readonly Text[], until: number): Promise<SubmitResult[]>;
  query(carrier: string, bind: number, ids: readonly MessageId[]): Promise<QueryResult[]>;
  health(config: SmscConfig, bind: number): Promise<CarrierHealth>;
};

/** Answers have to be back before the text's claim is over. Milliseconds. */
const SENT_WITHIN = CARRIER_LIMIT - 2_000;

export function smppKind(link: BindLink): CarrierKind {
  return carrierKind({
    kind: "smpp",
    settings: SETTINGS,
    secrets: SECRETS,
    bills: false,
    channels: [],
    lostAnswer: "asked",
    // Whether it may be called is judged as of any address: TLS is the operator's choice, since few SMSCs have it.
    addresses: ({ host, port }) => [{ field: "settings.host", url: `https://${hostIn(String(host))}:${port}/` }],
    open({ name, wall, settings, secrets }): OpenCarrier {
      const config: SmscConfig = { ...settings, ...secrets, carrier: name };
      return {
        name,
        kind: "smpp",
        hasBinary: true,
        binds: { count: settings.binds, config },
        submit: (messages) => submit(link, config, messages, wall() + SENT_WITHIN),
        query: (messages) => query(link, name, messages),
        health: () => healthOf(link, config),
      };
    },
  });
}

/** An address of IPv6 stands in brackets. */
function hostIn(host: string): string {
  return host.includes(":") ? `[${host.replace(/^\[|\]$/g, "")}]` : host;
}

/** Each text has a bind of its own, by its id; where that one is down, it goes by another. */
async function submit(
  link: BindLink,
  config: SmscConfig,
  messages: readonly Message[],
  until: number,
): Promise<SubmitResult[]> {
  const results = new Map<MessageId, SubmitResult>();
  let open = messages.map((message) => ({ message, bind: homeOf(message.id, config.binds) }));
  for (let round = 0; round < config.binds && open.length > 0; round++) {
    const groups = [...Map.groupBy(open, ({ bind }) => bind)];
    await Promise.all(
      groups.map(async ([bind, group]) => {
        const texts = group.map(({ message }) => toText(message));
        const answers = await withinLimit(link.submit(config, bind, texts, until)).catch((error) => lost(texts, error));
        for (const [index, { message }] of group.entries()) results.set(message.id, answers[index] ?? LOST);
      }),
    );
    open = open
      .filter(({ message }) => isDown(results.get(message.id)))
      .map(({ message, bind }) => ({ message, bind: (bind + 1) % config.binds }));
  }
  return messages.map(({ id }) => results.get(id) ?? LOST);
}

const LOST: SubmitResult = { outcome: "unknown", detail: "the bind gave no answer for this text" };

function lost(texts: readonly Text[], error: unknown): SubmitResult[] {
  return texts.map(() => ({ outcome: "unknown", detail: String(error) }));
}

function isDown(result: SubmitResult | undefined): boolean {
  return result?.outcome === "busy" && result.isDown === true;
}

/** The end of an id is random. */
function homeOf(id: MessageId, binds: number): number {
  return [...id.slice(-4)].reduce((sum, character) => sum * 36 + Number.parseInt(character, 36), 0) % binds;
}

function toText({ id, sender, recipient, text, encoding, binary, expiresAt, changedAt }: Message): Text {
  return {
    id,
    sender,
    recipient,
    text,
    encoding,
    ...(binary ? { binary } : {}),
    validitySeconds: Math.max(60, Math.floor((expiresAt - changedAt) / 1000)),
  };
}

/** Every bind is asked, also those that were taken away since: one of them may have had it. */
async function query(link: BindLink, carrier: string, messages: readonly Message[]): Promise<QueryResult[]> {
  const ids = messages.map(({ id }) => id);
  const asked = Array.from({ length: MOST_BINDS }, (_, bind) => withinLimit(link.query(carrier, bind, ids)));
  const answers = await Promise.all(
    asked.map((one) => one.catch(() => ids.map((): QueryResult => ({ outcome: "cannot-tell" })))),
  );
  return ids.map((_, index) => {
    const words = answers.map((answer) => answer[index] ?? { outcome: "cannot-tell" as const });
    return (
      words.find(({ outcome }) => outcome === "taken" || outcome === "settled") ??
      words.find(({ outcome }) => outcome === "cannot-tell") ?? { outcome: "never-seen" }
    );
  });
}

/** It can be reached where one of its binds stands. */
async function healthOf(link: BindLink, config: SmscConfig): Promise<CarrierHealth> {
  try {
    const binds = Array.from({ length: config.binds }, (_, bind) => withinLimit(link.health(config, bind)));
    const states = await Promise.all(binds);
    return states.find(({ state }) => state === "up") ?? states[0] ?? { state: "down", reason: "it has no bind" };
  } catch (error) {
    return { state: "down", reason: error instanceof Error ? error.message : String(error) };
  }
}
