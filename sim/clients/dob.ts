/**
 * A program that charges people over txtNation's wire, by direct billing and by paid texts: with an id of its own, or as
 * the guide has it, without.
 */

import { SHARED_NUMBER } from "../callbacks.ts";
import type { Answer, Call } from "../ground/cloud.ts";
import { type Said, saidInWord } from "../oracle/charges.ts";
import type { Row } from "../oracle/oracle.ts";
import { BASE, type Customer } from "../setup.ts";
import { GUARD_SECONDS, JUKEBOX, jukeboxKeywordOf, SONGS } from "../songs.ts";
import type { Stage } from "../world.ts";
import { type Actor, idle } from "./clients.ts";
import { lookUntilItEnds, strex } from "./strex.ts";

const SECOND = 1_000;

/** Who is charged for what. */
type Song = { stage: Stage; account: Customer; recipient: string; kroner: number };
type Envelope = { status: boolean; code: number; data: { transactionId?: string; statusCode?: string } };

export const dob: Actor = async (stage, name) => {
  const { random, accounts, judges, network } = stage;
  for (let n = 1; n <= stage.deeds && !stage.isOver(); n++) {
    await idle(stage, name);
    const recipient = judges.charges.newPerson();
    network.fickle.add(recipient);
    const song = { stage, account: random.pick(accounts), recipient, kroner: random.pick(SONGS) };
    if (random.chance(0.6)) await withId(song, `${name}-${n}`);
    else if (random.chance(0.7)) await withoutId(song, `${name}-${n}`);
    else await atBoth(song, `${name}-${n}`);
  }
};

function call({ account }: Song, path: string, given: Record<string, string>): Call {
  const all = { campaign_name: `${account.id}-campaign`, api_key: account.campaignKey, service_id: "songs", ...given };
  return { method: "GET", url: `${BASE}/no/${path}?${new URLSearchParams(all)}` };
}

function send(song: Song, more: Record<string, string> = {}): Call {
  const { account, recipient, kroner } = song;
  const to = recipient.slice(1);
  return call(song, "dob/send", { tariff: String(kroner), shortcode: account.shortNumber, to, ...more });
}

/** The same song by gateway.php, as a paid text. */
function text({ account, recipient, kroner }: Song, more: Record<string, string> = {}): Call {
  const given = {
    ...{ cc: `${account.id}-campaign`, ekey: account.campaignKey, number: recipient.slice(1), network: "TELENOR-NO" },
    ...{ value: String(kroner), shortcode: account.shortNumber, message: `A song for ${recipient}`, ...more },
  };
  return { method: "GET", url: `${BASE}/gateway.php?${new URLSearchParams(given)}` };
}

/** The same again and again, now and then two at once, or with another price. */
async function withId(song: Song, id: string): Promise<void> {
  const { stage, account, recipient, kroner } = song;
  const { random } = stage;
  const ask = async (price: number) => {
    const wanted = { account: account.id, theirId: id, recipient, amount: price * 100 };
    stage.judges.charges.wanted(wanted);
    const times = random.pick([1, 1, 2]);
    const asking = Array.from({ length: times }, () =>
      stage.callUntilAnswered(send({ ...song, kroner: price }, { id })),
    );
    for (const answer of await Promise.all(asking)) {
      const { status, data, isOurs } = read(answer);
      stage.judges.charges.told(wanted, status && data.transactionId === id, answer.body);
      if (isOurs && status) stage.judges.charges.said(account.id, id, saidInWord(data.statusCode), answer.body);
    }
  };
  await Promise.all([ask(kroner), ...(random.chance(0.2) ? [ask(SONGS.find((one) => one !== kroner) as number)] : [])]);
  if (random.chance(0.6)) await view(song, id);
  if (random.chance(0.3)) await refund(song, id);
}

function view(song: Song, id: string): Promise<Said> {
  const look = call(song, "status/view", { transaction_id: id });
  return lookUntilItEnds(song.stage, song.account.id, id, look, (answer) => saidInWord(read(answer).data.statusCode));
}

/** By the account's other wire: this one has no address for it. */
async function refund(song: Song, id: string): Promise<void> {
  const { stage, account } = song;
  stage.judges.charges.reversal(account.id, id);
  const { status, body } = await stage.callUntilAnswered(strex(account).giveBack(id));
  if (status !== 201) return;
  stage.judges.charges.reversal(account.id, id, true, body);
  await view(song, `-${id}`);
}

/**
 * Within the guard the same request charges once; after it, each is a charge of its own. What is asked for in another
 * way, or has an id, is no repeat of it.
 */
async function withoutId(song: Song, name: string): Promise<void> {
  const { stage, account, recipient, kroner } = song;
  const { random, timeline, judges } = stage;
  judges.caps.guard(recipient);
  for (let round = 0; round < 3; round++) {
    const way = random.pick(["dob", "text"] as const);
    const wanted = { account: account.id, recipient, amount: kroner * 100, way };
    const again = () => stage.callUntilAnswered(way === "dob" ? send(song) : text(song));
    if (random.chance(0.3)) await withOwnId(song, `${name}-${round}`);
    // While an answer is on its way, much time may pass.
    const askedAt = timeline.now;
    for (const answer of await Promise.all(Array.from({ length: random.int(1, 3) }, again))) {
      if (isRepeat(way, answer)) judges.caps.refusedAsRepeat(wanted, askedAt);
      else if (!isTaken(way, answer)) stage.oracle.report("P11", `a song is refused: ${answer.status} ${answer.body}`);
    }
    const within = random.wait((GUARD_SECONDS / 8) * SECOND);
    await timeline.wait(random.chance(0.5) ? within : (GUARD_SECONDS + 120) * SECOND, `${recipient} wants it again`);
  }
}

function isRepeat(way: "dob" | "text", answer: Answer): boolean {
  return way === "dob" ? read(answer).code === 5 : answer.body === "IR-101";
}

function isTaken(way: "dob" | "text", answer: Answer): boolean {
  return way === "dob" ? read(answer).status : answer.body === "SUCCESS";
}

/** The same song in the same minute, but under an id: it is meant. */
async function withOwnId(song: Song, id: string): Promise<void> {
  const way = song.stage.random.pick(["dob", "text"] as const);
  const answer = await song.stage.callUntilAnswered(way === "dob" ? send(song, { id }) : text(song, { id }));
  if (!isTaken(way, answer)) song.stage.oracle.report("P11", `${id} is refused: ${answer.status} ${answer.body}`);
}

/**
 * Two shops sell the same for the same to the same person: what one sold is no repetition of what the other did, and who
 * has enough of one, by its keyword, has not enough of the other.
 */
async function atBoth({ stage, recipient }: Song, theirId: string): Promise<void> {
  const { random, timeline, judges, accounts, network } = stage;
  judges.caps.guard(recipient);
  const play = async (account: Customer) => {
    const { kroner, service } = JUKEBOX;
    const song = { stage, account, recipient, kroner };
    return read(await stage.callUntilAnswered(send(song, { service_id: service, shortcode: SHARED_NUMBER })));
  };
  await Promise.all(
    accounts.map(async (account) => {
      await timeline.wait(random.wait(random.pick([1, SECOND, (GUARD_SECONDS / 8) * SECOND])), `${recipient} listens`);
      const { status, code } = await play(account);
      const isOwn = ({ account_id, recipient: charged }: Row) => account_id === account.id && charged === recipient;
      if (!status && !stage.oracle.rows("txn").some(isOwn))
        stage.oracle.report("P10", `${account.id} charges ${recipient} once, and is refused: ${code}`);
    }),
  );
  if (random.chance(0.3)) return;
  const left = random.pick(accounts);
  const other = accounts.find(({ id }) => id !== left.id) as Customer;
  const text = `STOP ${jukeboxKeywordOf(left.id)}`;
  const ends = [JUKEBOX.service];
  const written = { theirId, person: recipient, number: SHARED_NUMBER, text, account: left.id, ends };
  judges.stops.writes(written);
  await network.write(recipient, SHARED_NUMBER, text, theirId);
  judges.stops.wasHeard(written);
  await timeline.wait((GUARD_SECONDS + 120) * SECOND, `${recipient} has left ${left.id}`);
  const [, { status, code }] = [await play(left), await play(other)];
  if (!status && code !== 5)
    stage.oracle.report("P10", `${recipient} has left ${left.id}, and ${other.id} is refused: ${code}`);
}

/** An answer of `/no/*`. */
function read({ status, body }: Answer): Envelope & { isOurs: boolean } {
  const envelope = JSON.parse(body) as Envelope;
  return { ...envelope, isOurs: status === 200 && envelope.code === 0 };
}
