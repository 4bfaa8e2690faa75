/** Alerts: the operator is called when a carrier goes down, and when it is back. */

import type { Clock } from "../kernel/clock.ts";
import type { Http, Log } from "../kernel/ports.ts";
import type { Outage, OutageStore } from "../messages/outage.ts";

/** Where the operator is called. */
export type AlertPort = {
  url: string;
  /** The headers of such a call. @param id the same for each attempt to tell the same @param at epoch seconds */
  headers(id: string, at: number, body: string): Promise<Record<string, string>>;
};

export type AlertPorts = { alert: AlertPort | undefined; outages: OutageStore; http: Http; clock: Clock; log: Log };

/**
 * Tells what the operator was not told yet of carriers, as it is now: what was down and is back between two rounds is not told
 * of. What is not answered with 2xx is told again in the next round. Logs `alert.told` and `alert.failed`.
 */
export async function tellOfOutages(ports: AlertPorts): Promise<void> {
  const { alert, outages } = ports;
  if (!alert) return;
  for (const outage of await outages.untold()) await tell(ports, alert, outage);
}

async function tell(ports: AlertPorts, alert: AlertPort, { carrier, state, since }: Outage): Promise<void> {
  const type = state === "up" ? "carrier.up" : "carrier.down";
  const at = new Date(since).toISOString();
  const reason = state === "up" ? "it answers again" : "its answers are lost";
  const body = JSON.stringify({ type, timestamp: at, data: { carrier, since: at, reason } });
  const now = Math.floor(ports.clock.wall() / 1000);
  // By the specification no id has a full stop: that divides what is signed.
  const headers = await alert.headers(`${type.replace(".", "-")}-${carrier}-${since}`, now, body);
  const answer = await ports.http.send({ method: "POST", url: alert.url, headers, body });
  if (answer.outcome === "answered" && answer.status >= 200 && answer.status < 300) {
    await ports.outages.told(carrier, state === "up");
    ports.log.event("alert.told", { type, carrier });
  } else {
    const why = answer.outcome === "answered" ? `it answered ${answer.status}` : answer.error;
    ports.log.event("alert.failed", { type, carrier, error: why });
  }
}
