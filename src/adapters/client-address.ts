/** Where a request comes from: the address that its guesses and its PINs are counted by. */

import ipaddr from "ipaddr.js";

/**
 * The client's own address. A proxy that is trusted names it in X-Forwarded-For; each proxy adds the address that called
 * it on the right, so the client is the last one there that is no trusted proxy. Anything further left is the client's word.
 * @param peer who made the connection
 * @param forwardedFor the header as it came
 */
export function clientAddress(peer: string, forwardedFor: string | undefined, trusted: readonly string[]): string {
  if (!trusted.includes(peer)) return peer;
  const named = (forwardedFor ?? "").split(",").map((one) => one.trim());
  const client = named.findLast((one) => !trusted.includes(one));
  return client !== undefined && ipaddr.isValid(client) ? client : peer;
}

/** What stands for everybody at an address: of IPv6 the /64, because a household has all of it. */
export function networkOf(address: string): string {
  const known = networks.get(address);
  if (known !== undefined) return known;
  const network = computeNetwork(address);
  if (networks.size >= MOST_NETWORKS) networks.clear();
  networks.set(address, network);
  return network;
}

/** Of addresses that called lately: to take one apart costs as much as a query. */
const networks = new Map<string, string>();
const MOST_NETWORKS = 1_000;

function computeNetwork(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const known = ipaddr.process(address);
  if (known.kind() === "ipv4") return known.toString();
  return `${(known as ipaddr.IPv6).parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(":")}::/64`;
}

/** Whether an address is one of these, or in one of these networks: `203.0.113.7`, `203.0.113.0/24`. */
export function isAmong(address: string, networks: readonly string[]): boolean {
  if (!ipaddr.isValid(address)) return false;
  const known = ipaddr.process(address);
  return networks.some((network) => {
    if (!network.includes("/"))
      return ipaddr.isValid(network) && ipaddr.process(network).toString() === known.toString();
    if (!ipaddr.isValidCIDR(network)) return false;
    const [base, bits] = unmapped(ipaddr.parseCIDR(network));
    return base.kind() === known.kind() && known.match(base, bits);
  });
}

/** Bits before the IPv4 address in one that is written as IPv6: `::ffff:203.0.113.0/120` is `203.0.113.0/24`. */
const MAPPED = 96;

function unmapped([base, bits]: [ipaddr.IPv4 | ipaddr.IPv6, number]): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  const isMapped = base instanceof ipaddr.IPv6 && base.isIPv4MappedAddress() && bits >= MAPPED;
  return isMapped ? [base.toIPv4Address(), bits - MAPPED] : [base, bits];
}
