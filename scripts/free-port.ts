/** A port for a program that must be told one before it listens. */

import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/** Below the ports that systems hand out for `listen(0)` and for connections: one of those may be taken before it is used. */
const PORTS = { first: 12_000, count: 18_000 };

/**
 * Finds a TCP port of the loopback address that nothing listens at, for a program that is told its port.
 * @throws Error if none of many is free
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 50; tries++) {
    const port = PORTS.first + randomInt(PORTS.count);
    if (await isFree(port)) return port;
  }
  throw new Error(`no port of 127.0.0.1 is free between ${PORTS.first} and ${PORTS.first + PORTS.count - 1}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
