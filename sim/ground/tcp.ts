/** TCP as a Worker has it: a socket with two streams, of which as much is there as the gateway uses. */

import type { Line } from "./line.ts";
import type { Process } from "./process.ts";

/** Somebody who listens. Rejects where nobody does. */
export type Dial = (address: { hostname: string; port: number }, process: Process) => Promise<Line>;

/** What `connect` of cloudflare:sockets answers. */
export function socketOf(process: Process, dialled: Promise<Line>) {
  const came: Uint8Array[] = [];
  let isOver = false;
  let wake = () => {};
  let line: Line | undefined;
  const hear = (octets: Uint8Array) => {
    if (process.isAlive) came.push(octets);
    wake();
  };
  const ended = () => {
    isOver = true;
    wake();
  };
  const opened = process.heard(
    dialled.then((made) => {
      line = made;
      made.attach("near", { hear, ended });
      return {};
    }),
  );
  opened.catch(() => {});
  const readable = {
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const next = came.shift();
        if (next) yield next;
        else if (isOver) return;
        else
          await process.heard(
            new Promise<void>((resolve) => {
              wake = resolve;
            }),
          );
      }
    },
  };
  const writer = {
    async write(octets: Uint8Array) {
      await opened;
      if (isOver || !line || line.isOver) throw new Error("the socket is closed");
      if (process.isAlive) line.send("near", octets);
    },
  };
  return {
    opened,
    readable,
    writable: { getWriter: () => writer },
    async close() {
      isOver = true;
      line?.close("near", "the gateway closed it");
      wake();
    },
  };
}
