/** Who judges what. */

import type { Faults } from "../faults.ts";
import type { Timeline } from "../ground/timeline.ts";
import { SMSC } from "../smpp/smsc.ts";
import { Answers } from "./answers.ts";
import { Campaigns } from "./campaigns.ts";
import { Caps } from "./caps.ts";
import { Carriers } from "./carriers.ts";
import { Charges } from "./charges.ts";
import { Events } from "./events.ts";
import { Guards } from "./guards.ts";
import { Inbounds } from "./inbound.ts";
import { Keys } from "./keys.ts";
import { Ledger } from "./ledger.ts";
import { Limited } from "./limited.ts";
import { Messages } from "./messages.ts";
import { OptOuts } from "./optouts.ts";
import type { Oracle } from "./oracle.ts";
import { Pages } from "./pages.ts";
import { Pincodes } from "./pincodes.ts";
import { Questions } from "./questions.ts";
import { QuietHours } from "./quiet.ts";
import { Sessions } from "./sessions.ts";
import { Smscs } from "./smscs.ts";
import { Stops } from "./stops.ts";
import { Subscriptions } from "./subscriptions.ts";
import { Tenants } from "./tenants.ts";
import { Webhooks } from "./webhooks.ts";
import { Windows } from "./windows.ts";

export type Judges = {
  messages: Messages;
  charges: Charges;
  ledger: Ledger;
  caps: Caps;
  limited: Limited;
  guards: Guards;
  carriers: Carriers;
  answers: Answers;
  pages: Pages;
  pincodes: Pincodes;
  tenants: Tenants;
  webhooks: Webhooks;
  events: Events;
  inbounds: Inbounds;
  windows: Windows;
  subscriptions: Subscriptions;
  stops: Stops;
  questions: Questions;
  optOuts: OptOuts;
  sessions: Sessions;
  smscs: Smscs;
  keys: Keys;
  quietHours: QuietHours;
  campaigns: Campaigns;
};

/** @param retention how long what is over is kept, milliseconds */
export function judgesOf(oracle: Oracle, timeline: Timeline, faults: Faults, retention: number): Judges {
  const windows = oracle.add(new Windows(oracle, timeline));
  const sessions = oracle.add(new Sessions(oracle, timeline));
  const webhooks = oracle.add(new Webhooks(oracle, timeline, sessions, retention));
  const inbounds = oracle.add(new Inbounds(oracle, timeline, webhooks, retention));
  const carriers = oracle.add(new Carriers(oracle, timeline, faults));
  return {
    messages: oracle.add(new Messages(oracle, timeline, faults, retention, carriers)),
    charges: oracle.add(new Charges(oracle)),
    ledger: oracle.add(new Ledger(oracle, timeline, retention)),
    caps: oracle.add(new Caps(oracle)),
    limited: oracle.add(new Limited(oracle)),
    guards: oracle.add(new Guards(oracle, timeline)),
    carriers,
    answers: new Answers(oracle, faults),
    pages: oracle.add(new Pages(oracle)),
    pincodes: oracle.add(new Pincodes(oracle, timeline)),
    tenants: oracle.add(new Tenants(oracle)),
    webhooks,
    events: oracle.add(new Events(oracle, timeline)),
    inbounds,
    windows,
    subscriptions: oracle.add(new Subscriptions(oracle, timeline, windows)),
    questions: oracle.add(new Questions(oracle)),
    stops: oracle.add(new Stops(oracle, timeline)),
    optOuts: oracle.add(new OptOuts(oracle, timeline)),
    sessions,
    smscs: oracle.add(new Smscs(oracle, SMSC, inbounds)),
    keys: oracle.add(new Keys(oracle)),
    quietHours: oracle.add(new QuietHours(oracle, timeline)),
    campaigns: oracle.add(new Campaigns(oracle, timeline)),
  };
}
