/** A tour of a minute: what to do first, and which page shows what came of it. */

import { Hono } from "hono";
import type { Child } from "hono/jsx";
import type { ConsoleEnv } from "../console-env.ts";
import { page } from "../ui/layout.tsx";
import { handsetOf } from "../ui/links.tsx";
import { sendCommand, TRIAL } from "./nothing-yet.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const tour = app;

type Stop = { title: string; says: Child; href: string; link: string };

app.get("/", async (c) => {
  const command = await sendCommand(c);
  const stops = c.get("hasSandbox") ? inSandbox(command) : outside();
  return page(
    c,
    { title: "One-minute tour" },
    <>
      <h1>One-minute tour</h1>
      <ol class="tour">
        {stops.map(({ title, says, href, link }) => (
          <li>
            <h2>{title}</h2>
            {says}
            <p>
              <a href={href}>{link}</a>
            </p>
          </li>
        ))}
      </ol>
      <p>
        <a href="/docs">The docs</a> go on from here: guides, recipes, and every endpoint with a command to run.
      </p>
    </>,
  );
});

function inSandbox(command: string | undefined): Stop[] {
  return [
    {
      title: "Send a message",
      says: (
        <>
          <p>Nothing here reaches a real phone. Run this, or use the form:</p>
          {command && (
            <pre class="command">
              <code>{command}</code>
            </pre>
          )}
        </>
      ),
      href: "/console/send",
      link: "Compose a message",
    },
    {
      title: "Watch it arrive",
      says: <p>Every number is a handset: it receives, replies, confirms and opts out as a person would.</p>,
      href: handsetOf(TRIAL.recipient),
      link: `Open handset ${TRIAL.recipient}`,
    },
    {
      title: "Follow it",
      says: <p>Each message has a timeline, the API request that created it, and its webhooks. Press / to search.</p>,
      href: "/console/messages",
      link: "See all messages",
    },
    {
      title: "Receive webhooks",
      says: (
        <p>
          Every attempt is kept with its headers, signature and response, and can be replayed. If your server rejects a
          signature, paste what it received: the page says what differs.
        </p>
      ),
      href: "/console/webhooks",
      link: "See webhooks",
    },
    {
      title: "Charge a phone bill",
      says: <p>Buy a subscription from a handset, then advance the clock a year and watch it renew.</p>,
      href: "/console/subscriptions",
      link: "See subscriptions",
    },
    {
      title: "Break something",
      says: <p>Lose a receipt, refuse charges, delay everything: see what your program does then.</p>,
      href: "/console/controls",
      link: "Set faults, or move the clock",
    },
  ];
}

function outside(): Stop[] {
  return [
    {
      title: "Open an account",
      says: <p>An account has credentials, senders and callbacks. Its programs speak the dialect they already use.</p>,
      href: "/console/setup",
      link: "Accounts",
    },
    {
      title: "Connect a carrier",
      says: <p>Carriers take messages and charges; routes say which of them takes whose.</p>,
      href: "/console/carriers",
      link: "Carriers",
    },
    {
      title: "Follow a message",
      says: <p>Each message has a timeline, the API request that created it, and its webhooks. Press / to search.</p>,
      href: "/console/messages",
      link: "Messages",
    },
    {
      title: "Watch the whole",
      says: <p>Throughput, delivery rate and time to deliver, and whatever waits.</p>,
      href: "/console/overview",
      link: "Overview",
    },
  ];
}
