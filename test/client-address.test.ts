/** Where a request comes from: no client can choose the address that it is counted by. */

import { describe, expect, it } from "vitest";
import { clientAddress, isAmong, networkOf } from "../src/adapters/client-address.ts";

const TRUSTED = ["10.0.0.1", "10.0.0.2"];

describe("a client", () => {
  it.each([
    { name: "is who made the connection", peer: "198.51.100.7", header: undefined, is: "198.51.100.7" },
    { name: "is not who it says it is", peer: "198.51.100.7", header: "203.0.113.9", is: "198.51.100.7" },
    { name: "is whom a trusted proxy names", peer: "10.0.0.1", header: "203.0.113.9", is: "203.0.113.9" },
    {
      name: "is the one before all trusted proxies",
      peer: "10.0.0.1",
      header: "203.0.113.9, 10.0.0.2",
      is: "203.0.113.9",
    },
    { name: "is not who it told the proxy", peer: "10.0.0.1", header: "192.0.2.1, 203.0.113.9", is: "203.0.113.9" },
    { name: "is the proxy, where that names none", peer: "10.0.0.1", header: "", is: "10.0.0.1" },
    { name: "is the proxy, where that names no address", peer: "10.0.0.1", header: "unknown", is: "10.0.0.1" },
  ])("$name", ({ peer, header, is }) => expect(clientAddress(peer, header, TRUSTED)).toBe(is));

  it.each([
    ["203.0.113.9", "203.0.113.9"],
    ["::ffff:203.0.113.9", "203.0.113.9"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::1", "2001:db8:1:2::/64"],
    ["unknown", "unknown"],
    ["", ""],
  ])("at %s is one of %s", (address, network) => expect(networkOf(address)).toBe(network));
});

describe("an address among networks", () => {
  it.each([
    ["203.0.113.7", ["203.0.113.7"], true],
    ["203.0.113.8", ["203.0.113.7"], false],
    ["203.0.113.8", ["198.51.100.1", "203.0.113.0/24"], true],
    ["::ffff:203.0.113.8", ["203.0.113.0/24"], true],
    ["203.0.113.8", ["::ffff:203.0.113.0/120"], true],
    ["198.51.100.1", ["::ffff:203.0.113.0/120"], false],
    ["203.0.113.8", ["::/0"], false],
    ["203.0.113.8", ["203.0.113.8/32"], true],
    ["203.0.113.9", ["203.0.113.8/32"], false],
    ["203.0.113.8", ["0.0.0.0/0"], true],
    ["2001:db8::1", ["0.0.0.0/0"], false],
    ["2001:db8::1", ["2001:db8::1/128"], true],
    ["2001:db8::2", ["2001:db8::1/128"], false],
    ["2001:db8::1", ["2001:db8::/32"], true],
    ["2001:db8::1", ["203.0.113.0/24"], false],
    ["2001:db8:0:0::1", ["2001:db8::1"], true],
    ["unknown", ["203.0.113.0/24"], false],
    ["", ["0.0.0.0/0"], false],
    ["203.0.113.8", [], false],
  ])("%s, among %j: %s", (address, networks, is) => {
    expect(isAmong(address, networks)).toBe(is);
  });
});
