/** Where purchases lie: their addresses as requests name them, and as links lead there. */

import type { Address } from "../../core/billing/purchases/purchase.ts";
import type { C } from "./page-env.ts";
import type { Links } from "./view.ts";
import { chosenLanguage, spoken } from "./words.ts";

/** Ids as the wires take them: a text without control characters that is not a step in a path. */
const ID = /^(?!\.{1,2}$)(?!\s)[^\p{Cc}]{1,200}(?<!\s)$/u;

/** `/service` and `/{account}/{transactionId}` name a purchase; `/{configId}` a service, and with `?id=` a purchase of it. */
export const addresses: [path: string, (c: C) => Address][] = [
  ["/service", (c) => ({ by: "id", theirId: c.req.query("id") ?? "" })],
  ["/:service", (c) => ({ by: "service", service: param(c, "service"), theirId: c.req.query("id") ?? "" })],
  ["/:account/:id", (c) => ({ by: "account", account: param(c, "account"), theirId: param(c, "id") })],
];

export function linksOf(c: C, address: Address, language: ReturnType<typeof languageOf>): Links {
  return {
    self: linkTo(c, address),
    otherLanguage: linkTo(c, address, { lang: language === "nb" ? "en" : "nb" }),
    byPin: linkTo(c, address, { by: "pin" }),
  };
}

/** This purchase's own address, as it is seen from outside; in the language that was asked for. */
export function linkTo(
  c: C,
  address: Address,
  more: { lang?: string; by?: string; mistake?: string; paying?: string } = {},
): string {
  const lang = more.lang ?? spoken(c.req.query("lang"));
  const query = new URLSearchParams({
    ...(address.by === "account" || address.theirId === "" ? {} : { id: address.theirId }),
    ...more,
    ...(lang ? { lang } : {}),
  });
  const prefix = URL.parse(c.var.publicUrls[0] ?? "")?.pathname.replace(/\/+$/, "") ?? "";
  return `${prefix}${pathOf(address)}${query.size > 0 ? `?${query}` : ""}`;
}

export function pathOf(address: Address): string {
  switch (address.by) {
    case "id":
      return "/service";
    case "service":
      return `/${encodeURIComponent(address.service)}`;
    case "account":
      return `/${encodeURIComponent(address.account)}/${encodeURIComponent(address.theirId)}`;
  }
}

/** The subject of a form: this purchase; for a form that pays at once, also the number that pays. */
export function aboutOf(address: Address, number?: string): string {
  return JSON.stringify([pathOf(address), address.theirId, number ?? ""]);
}

export function isPossible(address: Address): boolean {
  const names = [address.theirId];
  if (address.by === "service") names.push(address.service);
  if (address.by === "account") names.push(address.account);
  return names.every((name) => ID.test(name));
}

export function languageOf(c: C) {
  return chosenLanguage(c.req.query("lang"), c.req.header("accept-language"));
}

function param(c: C, name: string): string {
  return c.req.param(name as never) ?? "";
}
