/**
 * Where one can go in the console, as data: the header, the tabs below it and the way back from a dead end are drawn from
 * this list. A page that is new is a line here; whether it is shown to a token, rights.ts says.
 */

import { withParams } from "../api.ts";
import type { C } from "../console-env.ts";
import { isShown } from "../rights.ts";

/** A page within a section. */
type Tab = {
  path: string;
  name: string;
  /** Of a list that is two tabs: what must be chosen for it to be this one. */
  query?: Readonly<Record<string, string>>;
};

export type Section = {
  path: string;
  /** The word for it everywhere: in the header, as the page's title, in links. */
  name: string;
  /** Whether it is of use where the sandbox is on alone. */
  needsSandbox?: true;
  /** Its pages, itself first; absent: it has one. */
  tabs?: readonly Tab[];
  /** Addresses that are in it, and no tab of it. */
  others?: readonly string[];
};

/** The sections, in the order in which people meet them. */
const SECTIONS: readonly Section[] = [
  { path: "/console/overview", name: "Overview" },
  { path: "/console/handsets", name: "Handsets", needsSandbox: true },
  {
    path: "/console/messages",
    name: "Messages",
    tabs: [
      { path: "/console/messages", name: "Outbound" },
      { path: "/console/messages/inbound", name: "Inbound" },
      { path: "/console/campaigns", name: "Campaigns" },
      { path: "/console/messages/requests", name: "API requests" },
    ],
  },
  { path: "/console/charges", name: "Charges" },
  {
    path: "/console/subscriptions",
    name: "Subscriptions",
    tabs: [
      { path: "/console/subscriptions", name: "List" },
      { path: "/console/subscriptions/calendar", name: "Calendar" },
      { path: "/console/subscriptions/sales", name: "Revenue and churn" },
    ],
  },
  {
    path: "/console/webhooks",
    name: "Webhooks",
    tabs: [
      { path: "/console/webhooks", name: "All" },
      { path: "/console/webhooks", name: "Dead list", query: { state: "dead" } },
      { path: "/console/webhooks/endpoints", name: "Endpoints" },
    ],
  },
  { path: "/console/send", name: "Send" },
  { path: "/console/controls", name: "Sandbox", needsSandbox: true },
  {
    path: "/console/setup",
    name: "Setup",
    tabs: [
      { path: "/console/setup", name: "Accounts" },
      { path: "/console/carriers", name: "Carriers" },
      { path: "/console/smpp", name: "SMPP" },
      { path: "/console/routes", name: "Routes" },
      { path: "/console/tokens", name: "Tokens" },
      { path: "/console/sessions", name: "Sessions" },
      { path: "/console/approvals", name: "Approvals" },
      { path: "/console/audit", name: "Audit log" },
    ],
    others: ["/console/explain"],
  },
];

/** What is of help, and no section: the tour, and the documents. */
export const BESIDE = [
  { path: "/console/tour", name: "Tour" },
  { path: "/docs", name: "Docs" },
] as const;

/** The sections that whoever asks may open. */
export function sectionsFor(c: C): readonly Section[] {
  return SECTIONS.filter(
    ({ path, needsSandbox }) => (c.get("hasSandbox") || !needsSandbox) && isShown(c.get("may"), "GET", path),
  );
}

/** The tabs above the page that was asked for, if it is one of them; and which it is. */
export function tabsFor(c: C): { name: string; tabs: { href: string; name: string; isHere: boolean }[] } | undefined {
  const path = c.req.path.replace(/\/$/, "");
  const section = SECTIONS.find(({ tabs = [] }) => tabs.some((tab) => tab.path === path));
  if (!section) return undefined;
  const tabs = (section.tabs ?? []).filter((tab) => isShown(c.get("may"), "GET", tab.path));
  const candidates = tabs.filter((tab) => tab.path === path);
  const chosen = ({ query = {} }: Tab) => Object.entries(query).every(([name, value]) => c.req.query(name) === value);
  const here = candidates.findLast((tab) => tab.query && chosen(tab)) ?? candidates.find((tab) => !tab.query);
  return {
    name: section.name,
    tabs: tabs.map((tab) => ({ href: withParams(tab.path, tab.query ?? {}), name: tab.name, isHere: tab === here })),
  };
}

/** The section that an address of the console is in. */
export function sectionOf(path: string): Section | undefined {
  const isIn = (at: string) => path === at || path.startsWith(`${at}/`);
  return (
    SECTIONS.find((section) => isIn(section.path)) ??
    SECTIONS.find(({ tabs, others }) => tabs?.some((tab) => isIn(tab.path)) || others?.some(isIn))
  );
}
