/** A merchant who charges by itself what is sold on pages: at any time, or just when somebody writes STOP. */

import type { Row } from "../oracle/oracle.ts";
import type { Charged } from "../oracle/stops.ts";
import { SOLD, type Sold } from "../services.ts";
import { BASE, type Customer } from "../setup.ts";
import type { Stage } from "../world.ts";
import { PEOPLE } from "./buyer.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Who is charged for what. */
type Order = { stage: Stage; customer: Customer; sold: Sold; person: string; theirId: string };

export async function byHand(stage: Stage, theirId: string): Promise<void> {
  const { random, timeline, judges, accounts } = stage;
  const any = timeline.wait(random.wait(DAY), `${theirId} charges somebody`).then(() => undefined);
  const stopped = await Promise.race([judges.stops.untilStopped(), any]);
  const ended = SOLD.filter(({ id }) => stopped?.ends.includes(id));
  // STOP may have ended a keyword's consent, and nothing that is sold.
  const sold = random.pick(ended.length > 0 ? ended : SOLD);
  const customer = accounts.find(({ id }) => id === stopped?.account) ?? random.pick(accounts);
  const [waiting] = judges.stops.waiting();
  const person = stopped?.person ?? (random.chance(0.6) ? waiting : undefined) ?? random.pick(PEOPLE);
  const order = (which: string, seller = customer): Order => {
    return { stage, customer: seller, sold, person, theirId: `${seller.id} ${theirId}-${which}` };
  };
  await timeline.wait(random.wait(random.pick([1, 20, 100])), `${theirId} charges ${person}`);
  await Promise.all([charge(order("1")), ...(random.chance(0.6) ? [text(order("text"))] : [])]);
  await timeline.wait(random.wait(random.pick([MINUTE, DAY])), `${theirId} charges ${person} again`);
  await Promise.all([charge(order("2")), text(order("2-text"))]);
  // What the person stopped at one is no matter of the other's.
  const other = accounts.find(({ id }) => id !== customer.id) as Customer;
  if (random.chance(0.5)) await charge(order("3", other));
}

/** A paid text for what is sold, to this person. */
export async function sendPaidText(stage: Stage, name: string, person: string, what: Charged): Promise<void> {
  const customer = stage.accounts.find(({ id }) => id === what.account);
  const sold = SOLD.find(({ id }) => id === what.service);
  if (customer && sold) await text({ stage, customer, sold, person, theirId: `${customer.id} ${name}-text` });
}

/** txtNation's direct billing, with an id or as the guide has it. */
async function charge({ stage, customer, sold, person, theirId }: Order): Promise<void> {
  const query = new URLSearchParams({
    campaign_name: `${customer.id}-campaign`,
    api_key: customer.campaignKey,
    service_id: sold.id,
    tariff: String(sold.price / 100),
    shortcode: customer.shortNumber,
    to: person.slice(1),
    ...(stage.random.chance(0.7) ? { id: theirId } : {}),
  });
  await stage.callUntilAnswered({ method: "GET", url: `${BASE}/no/dob/send?${query}` });
}

/** txtNation's paid text: by itself, or as the answer to one that the person wrote. */
async function text({ stage, customer, sold, person, theirId }: Order): Promise<void> {
  const { random, oracle, judges } = stage;
  const written = ({ account_id, sender, number }: Row) =>
    account_id === customer.id && sender === person && number !== null;
  const asked = random.chance(0.7) ? oracle.rows("inbound").find(written) : undefined;
  const query = new URLSearchParams({
    cc: `${customer.id}-campaign`,
    ekey: customer.campaignKey,
    ...(asked ? { reply: "1", id: String(asked.number) } : { reply: "0", id: theirId }),
    value: String(sold.price / 100),
    currency: "NOK",
    network: networkOf(asked),
    shortcode: customer.shortNumber,
    number: person.slice(1),
    message: `${theirId} for you`,
  });
  const { body } = await stage.callUntilAnswered({ method: "GET", url: `${BASE}/gateway.php?${query}` });
  if (body === "BARRED" && !judges.stops.hasEverStopped(person, customer.id, sold.id))
    oracle.report("P10", `${customer.id} may not text ${person}, who never wrote STOP there`);
}

/** The network of who wrote a text, in txtNation's words. */
function networkOf(written: Row | undefined): string {
  return { telia: "NETCOM-NO", ice: "TELE2-NO" }[String(written?.operator)] ?? "TELENOR-NO";
}
