/** The published `smpp` package, as far as our tests use it: it has no types. */

import { createRequire } from "node:module";

export type NpmPdu = { command: string; command_status: number; sequence_number: number } & Record<string, unknown>;

export type NpmSession = {
  on(event: string, hear: (given: never) => void): void;
  send(pdu: unknown): void;
  close(): void;
  destroy(): void;
} & Record<string, (options: Record<string, unknown>, answered?: (answer: NpmPdu) => void) => void>;

type Server = {
  listen(port: number, host: string, then: () => void): void;
  address(): { port: number };
  close(): void;
};

type Package = {
  connect(options: { url: string }): NpmSession;
  createServer(take: (session: NpmSession) => void): Server;
};

// Loaded as CommonJS, which it is; what it exports is described above.
export const npmSmpp = createRequire(import.meta.url)("smpp") as Package;

/** A request, and its answer. */
export function asking(session: NpmSession, command: string, options: Record<string, unknown> = {}): Promise<NpmPdu> {
  return new Promise((resolve) => session[command]?.(options, resolve));
}
