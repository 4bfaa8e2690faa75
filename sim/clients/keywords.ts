/** A customer with keywords, and the people who write them: whatever they write is to be forwarded. */

import { SHARED_NUMBER } from "../callbacks.ts";
import type { Answer } from "../ground/cloud.ts";
import type { KeywordSet, Writing } from "../oracle/inbound.ts";
import { BASE, type Customer } from "../setup.ts";
import type { Stage } from "../world.ts";
import { type Actor, idle } from "./clients.ts";

type Own = {
  word: string;
  account: Customer;
  number: string;
  mode: "Exact" | "Startswith";
  id?: string;
  set?: KeywordSet;
};

/** Those who write here write nowhere else. */
const PEOPLE = ["+4746002001", "+4746002002", "+4746002003", "+12065557001"];

export const keywords: Actor = async (stage, name) => {
  const { random, accounts } = stage;
  const own: Own[] = [];
  for (let n = 1; n <= stage.deeds && !stage.isOver(); n++) {
    await idle(stage, name);
    const deed = random.int(1, 10);
    if (own.length === 0 || deed === 1) {
      const account = random.pick(accounts);
      const number = random.pick([account.shortNumber, account.shortNumber, SHARED_NUMBER]);
      const mode = random.pick(["Exact", "Startswith"] as const);
      own.push({ word: `word${name.replaceAll("-", "")}x${n}x`, account, number, mode });
      await register(stage, own.at(-1) as Own, n);
    } else if (deed === 2) {
      await change(stage, random.pick(own), n);
    } else if (deed === 3) {
      await remove(stage, random.pick(own));
    }
    const writing = Array.from({ length: random.int(1, 3) }, (_, time) =>
      write(stage, random.pick(own), `${name} ${n}.${time}`),
    );
    await Promise.all(writing);
  }
};

/** One person writes once: the keyword, or nothing that is one, or STOP and the keyword. */
async function write({ random, accounts, judges, network }: Stage, { word, number }: Own, mark: string): Promise<void> {
  const kind = random.int(1, 8);
  const written = random.pick([word, word.toUpperCase(), `  ${word} `, `${word}`]);
  const other = random.pick([
    ...accounts.map(({ shortNumber }) => shortNumber),
    ...accounts.map(({ longNumber }) => longNumber),
    SHARED_NUMBER,
  ]);
  const to = kind <= 5 ? number : other;
  const owner = accounts.find(({ shortNumber, longNumber }) => shortNumber === to || longNumber === to)?.id;
  const from = random.pick(PEOPLE);
  const about = { from, to, ...(owner ? { owner } : {}) };
  const writing: Writing =
    kind === 7
      ? { ...about, text: `hello, ${mark} begins with no keyword` }
      : kind === 5
        ? { ...about, text: `STOP ${word} ${mark}`, word, isStop: true }
        : { ...about, text: `${written} ${mark}`, word };
  judges.inbounds.writes(writing);
  await network.write(writing.from, writing.to, writing.text);
  judges.inbounds.heard(writing);
}

function call(own: Own, method: string, path: string, json?: object) {
  const headers = { "x-apikey": own.account.apiKey, "content-type": "application/json" };
  return { method, url: `${BASE}/api/keywords${path}`, headers, ...(json ? { body: JSON.stringify(json) } : {}) };
}

function bodyOf({ word, number, mode }: Own, { url, isEnabled }: KeywordSet) {
  return { shortNumberId: `NO-${number}`, keywordText: word, mode, forwardUrl: url, enabled: isEnabled, tags: [word] };
}

/** Registers it. Whoever was not answered looks whether it is there, before asking again. */
async function register(stage: Stage, own: Own, n: number): Promise<void> {
  const { judges, random, timeline } = stage;
  const set: KeywordSet = { account: own.account.id, number: own.number, url: urlFor(own, n), isEnabled: true };
  judges.inbounds.keywords.asked(own.word, set);
  while (!own.id) {
    const answer = await stage.call(call(own, "POST", "", bodyOf(own, set)));
    if (answer?.status === 201) own.id = answer.headers.get("location")?.split("/").at(-1) ?? "none";
    else own.id = await idIn(stage, own);
    // What it was asked for before, without an answer, may have been done; then it is its own, and taken.
    if (!own.id && answer && answer.status < 500) {
      complain(stage, own, answer);
      return;
    }
    if (!own.id) await timeline.wait(random.wait(2_000), `${own.word} is registered again`);
  }
  own.set = set;
  judges.inbounds.keywords.told(own.word, set);
}

async function idIn(stage: Stage, own: Own): Promise<string> {
  const answer = await stage.callUntilAnswered(call(own, "GET", `?keywordText=${own.word}`));
  if (answer.status !== 200) complain(stage, own, answer);
  const found = JSON.parse(answer.body || "[]") as { keywordId: string; keywordText: string }[];
  return found.find(({ keywordText }) => keywordText === own.word)?.keywordId ?? "";
}

/** From now on it is forwarded elsewhere, or not at all for a while. */
async function change(stage: Stage, own: Own, n: number): Promise<void> {
  if (!own.id || !own.set) return;
  const { judges, random } = stage;
  const set: KeywordSet = { ...own.set, url: urlFor(own, n), isEnabled: random.chance(0.7) };
  judges.inbounds.keywords.asked(own.word, set);
  const answer = await stage.callUntilAnswered(call(own, "PUT", `/${own.id}`, bodyOf(own, set)));
  if (answer.status !== 204) return complain(stage, own, answer);
  own.set = set;
  judges.inbounds.keywords.told(own.word, set);
}

async function remove(stage: Stage, own: Own): Promise<void> {
  if (!own.id || !own.set) return;
  const { judges } = stage;
  judges.inbounds.keywords.asked(own.word, undefined);
  const answer = await stage.callUntilAnswered(call(own, "DELETE", `/${own.id}`));
  // Asked again because the first answer was lost, it is gone already.
  if (answer.status !== 204 && answer.status !== 404) return complain(stage, own, answer);
  judges.inbounds.keywords.told(own.word, undefined);
  delete own.set;
}

function urlFor({ account, word }: Own, n: number): string {
  return `https://${account.host}/keywords/${word}?set=${n}`;
}

function complain({ oracle }: Stage, { word }: Own, { status, body }: Answer): void {
  oracle.report("P11", `${word} was refused: ${status} ${body}`);
}
