/** The XML gateway's request: the credential, and the messages. Guide, "HTTP POST XML". */

import { GatewayError } from "../../core/kernel/errors.ts";
import { given } from "../../core/kernel/given.ts";
import { TooMuch } from "../read.ts";
import type { MessageError } from "./errors.ts";
import type { Msg } from "./msg.ts";
import { type Element, parseXml } from "./xml-tree.ts";

/** One MSG as it is read, or its refusal. */
export type ReadMsg = Msg | MessageError;

export type XmlRequest = {
  token: string | undefined;
  /** The credential of the XML gateway's first years. */
  old: { id: string; login: string; password: string } | undefined;
  msgs: readonly ReadMsg[];
};

/** @throws GatewayError bad-request where it is not a document of theirs */
export function readXml(text: string): XmlRequest {
  const root = parseXml(text);
  if (root.name !== "MESSAGES") throw new GatewayError("bad-request", "the root must be MESSAGES, in capitals");
  return {
    token: textOf(child(root, "AUTHENTICATION"), "PRODUCTTOKEN"),
    old: oldCredential(root),
    msgs: childrenOf(root, "MSG").map(toMsg),
  };
}

/** Far more than stands around the messages. Characters. */
const ENVELOPE = 4_096;

/**
 * The document without its messages, as it is written: enough to identify the caller.
 * @throws TooMuch where there is too much around them
 */
export function envelopeOf(text: string): string {
  const first = text.indexOf("<MSG");
  const last = text.lastIndexOf("</MSG>");
  const envelope = first < 0 || last < first ? text : text.slice(0, first) + text.slice(last + "</MSG>".length);
  if (envelope.length <= ENVELOPE) return envelope;
  throw new TooMuch("there is more around the messages than any request needs", { bytes: text.length });
}

function oldCredential(root: Element): XmlRequest["old"] {
  const id = child(root, "CUSTOMER")?.attributes.get("ID");
  const user = child(root, "USER")?.attributes;
  if (id === undefined || !user) return undefined;
  return { id: id.trim(), login: user.get("LOGIN")?.trim() ?? "", password: user.get("PASSWORD") ?? "" };
}

function toMsg(msg: Element): ReadMsg {
  const to = childrenOf(msg, "TO").map(({ text }) => text.trim());
  const body = child(msg, "BODY");
  const channels = channelsOf(msg);
  return given({
    from: textOf(msg, "FROM"),
    // A missing one is refused like an empty one.
    to: to.length > 0 ? to : [""],
    body:
      body &&
      given({
        content: body.text,
        type: body.attributes.get("TYPE")?.trim(),
        header: body.attributes.get("HEADER")?.trim(),
      }),
    dcs: textOf(msg, "DCS"),
    // Returned as it is written, like the groupings.
    reference: child(msg, "REFERENCE")?.text || undefined,
    minimumNumberOfMessageParts: textOf(msg, "MINIMUMNUMBEROFMESSAGEPARTS"),
    maximumNumberOfMessageParts: textOf(msg, "MAXIMUMNUMBEROFMESSAGEPARTS"),
    appKey: textOf(msg, "APPKEY"),
    allowedChannels: channels.length > 0 ? channels : undefined,
    customGrouping: child(msg, "CUSTOMGROUPING")?.text || undefined,
    customGrouping2: child(msg, "CUSTOMGROUPING2")?.text || undefined,
    customGrouping3: child(msg, "CUSTOMGROUPING3")?.text || undefined,
    validity: textOf(msg, "VALIDITY"),
  });
}

/** Older guides name them in ALLOWEDCHANNELS, newer ones in a CHANNEL, there or beside it. */
function channelsOf(msg: Element): string[] {
  const allowed = childrenOf(msg, "ALLOWEDCHANNELS").flatMap((list) => {
    const named = childrenOf(list, "CHANNEL");
    return named.length > 0 ? named.map(({ text }) => text) : list.text.split(",");
  });
  const channels = [...allowed, ...childrenOf(msg, "CHANNEL").map(({ text }) => text)];
  return channels.map((name) => name.trim()).filter((name) => name !== "");
}

function child({ children }: Element, name: string): Element | undefined {
  return children.find((one) => one.name === name);
}

function childrenOf({ children }: Element, name: string): Element[] {
  return children.filter((one) => one.name === name);
}

/** The child's text without the space around it; nothing, where it is not there or empty. */
function textOf(parent: Element | undefined, name: string): string | undefined {
  return (parent && child(parent, name)?.text.trim()) || undefined;
}
