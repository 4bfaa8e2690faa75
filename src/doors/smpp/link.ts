/** The WebSocket of a connection: what its bridge says of it, what is kept with it, and how PDUs go out. */

import { joined } from "../../smpp/frames.ts";
import { BROUGHT } from "./brought.ts";
import type { Link } from "./contract.ts";

/** @param now epoch ms of real time */
export function linkOf(headers: Headers, now: number): Link {
  const said = (name: keyof typeof BROUGHT) => (headers.get(BROUGHT[name]) ?? "").slice(0, 100);
  return {
    id: said("link"),
    address: said("address"),
    isSecure: said("secure") === "on",
    systemId: said("systemId"),
    openedAt: now,
    heardAt: now,
    sequence: 0,
    unanswered: 0,
  };
}

export function isOpen(socket: WebSocket): boolean {
  return socket.readyState === WebSocket.READY_STATE_OPEN;
}

/** Keeps a link with its WebSocket: once in a turn of the event loop, however often it changes. */
export function keeping(socket: WebSocket): (link: Link) => void {
  let isDue = false;
  return (link) => {
    if (isDue) return;
    isDue = true;
    queueMicrotask(() => {
      isDue = false;
      socket.serializeAttachment(link);
    });
  };
}

/** Sends PDUs: those of one turn of the event loop as one frame. */
export function joining(socket: WebSocket): (octets: Uint8Array) => void {
  let waiting: Uint8Array[] = [];
  const flush = () => {
    const some = waiting;
    waiting = [];
    if (isOpen(socket)) socket.send(some.length === 1 ? (some[0] as Uint8Array) : joined(some));
  };
  return (octets) => {
    if (waiting.push(octets) === 1) queueMicrotask(flush);
  };
}
