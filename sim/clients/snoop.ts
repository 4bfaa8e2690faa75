/** A customer who tries whatever nobody may: to see, change, take back and answer what is another's, or to write in their name. */

import type { Answer, Call } from "../ground/cloud.ts";
import { basic } from "../oracle/tenants.ts";
import { Deed, type Thing, type Verdict } from "../oracle/texts.ts";
import { BASE, type Customer, operatorCall } from "../setup.ts";
import type { Stage } from "../world.ts";
import { type Actor, idle } from "./clients.ts";
import { carryOut } from "./deeds.ts";
import { signed } from "./signer.ts";

const HOUR = 3_600_000;
const NOBODYS = "nobody-knows-this-one";

export const snoop: Actor = async (stage, name) => {
  const { random, accounts } = stage;
  for (let n = 1; n <= stage.deeds && !stage.isOver(); n++) {
    await idle(stage, name);
    const own = random.pick(accounts);
    const other = accounts.find((one) => one !== own) as Customer;
    for (const trick of [random.pick(TRICKS), random.pick(TRICKS), random.pick(TRICKS)]) {
      await trick({ stage, own, other, name: `${name}-${n}-${trick.name}` });
    }
  }
};

type Trick = { stage: Stage; own: Customer; other: Customer; name: string };

const json = { "content-type": "application/json" };

/** Looks at, changes, takes back a message that only the other has. */
async function anothersMessage({ stage, own, other }: Trick): Promise<void> {
  const { random, judges, timeline } = stage;
  const isOthers = ({ theirId }: Thing) => theirId !== undefined && !judges.messages.find(own.id, "target365", theirId);
  const things = judges.messages.of(other.id, "target365").filter(isOthers);
  if (things.length === 0) return;
  const thing = random.pick(things);
  const method = random.pick(["GET", "PUT", "DELETE"]);
  const body = JSON.stringify({
    sender: own.shortNumber,
    recipient: "+4798071000",
    content: `${own.id} takes it over.`,
    sendTime: new Date(timeline.now + HOUR).toISOString(),
  });
  const isSigned = random.chance(0.3);
  const ask = (id: string): Call => {
    const plain = { method, url: `${BASE}/api/out-messages/${id}`, ...(method === "PUT" ? { body } : {}) };
    return isSigned
      ? signed(plain, own, random, timeline.now)
      : { ...plain, headers: { ...json, "x-apikey": own.apiKey } };
  };
  await compare(stage, ask, thing.theirId as string, () => isOthers(thing));
}

async function anothersRecord({ stage, own, other }: Trick): Promise<void> {
  const { random, judges } = stage;
  const things = judges.messages.of(other.id, "flowroute").filter(({ theirId }) => theirId !== undefined);
  if (things.length === 0) return;
  const version = random.pick(["v2", "v2.1", "v2.2"]);
  const headers = { authorization: basic(own) };
  await compare(
    stage,
    (id) => ({ method: "GET", url: `${BASE}/${version}/messages/${id}`, headers }),
    random.pick(things).theirId as string,
  );
}

/** A charge, by the id that the other gave it: looked at, or given back. */
async function anothersCharge({ stage, own, other }: Trick): Promise<void> {
  const { random, oracle } = stage;
  const rows = oracle.rows("txn");
  const isOwn = (id: unknown) =>
    oracle.rows("txn").some(({ account_id, their_id }) => account_id === own.id && their_id === id);
  const ids = rows.flatMap(({ account_id, their_id }) =>
    account_id === other.id && !isOwn(their_id) ? [String(their_id)] : [],
  );
  if (ids.length === 0) return;
  const id = random.pick(ids);
  const method = random.pick(["GET", "GET", "DELETE"]);
  const ask = (one: string): Call => ({
    method,
    url: `${BASE}/api/strex/transactions/${encodeURIComponent(one)}`,
    headers: { "x-apikey": own.apiKey },
  });
  await compare(stage, ask, id, () => !isOwn(id));
}

/** Asks for both, and holds the answers against each other; unless meanwhile it has become its own. */
async function compare(
  stage: Stage,
  ask: (id: string) => Call,
  id: string,
  isStillAnothers = () => true,
): Promise<void> {
  const [call, nobodys] = [ask(id), ask(NOBODYS)];
  const [there, nowhere] = [await stage.call(call), await stage.call(nobodys)];
  if (!there || !nowhere || !isStillAnothers()) return;
  stage.judges.tenants.alike(call, there, nowhere, { anothers: id, nobodys: NOBODYS });
}

/** What is sent from a number of the other's is refused. */
async function anothersNumber({ stage, own, other, name }: Trick): Promise<void> {
  const { random } = stage;
  const sender = random.pick([other.shortNumber, other.longNumber]);
  const [recipient, text] = ["+4798071000", `${own.id} ${name} writes from another's number.`];
  const deed = (dialect: string) =>
    new Deed(stage.judges.messages.thing(own.id, dialect, dialect === "target365" ? name : undefined), "post", {
      recipient,
      text,
      isAtMostOnce: true,
      lives: 48 * HOUR,
      isBad: true,
    });
  const target365: Call = {
    method: "POST",
    url: `${BASE}/api/out-messages`,
    headers: { ...json, "x-apikey": own.apiKey },
    body: JSON.stringify({ transactionId: name, sender, recipient, content: text }),
  };
  const flowroute: Call = {
    method: "POST",
    url: `${BASE}/v2.1/messages`,
    headers: { ...json, authorization: basic(own) },
    body: JSON.stringify({ from: other.longNumber.slice(1), to: "12065551000", body: text }),
  };
  const msg = [
    {
      from: sender.replace("+", random.pick(["", "+", "00"])),
      to: [{ number: recipient }],
      body: { content: text, type: "AUTO" },
    },
  ];
  const cm: Call = {
    method: "POST",
    url: `${BASE}/v1.0/message`,
    headers: json,
    body: JSON.stringify({ messages: { authentication: { productToken: own.productToken }, msg } }),
  };
  const [dialect, call] = random.pick([
    ["target365", target365],
    ["flowroute", flowroute],
    ["cm", cm],
    ["cm", cm],
  ] as const);
  await tryIt(
    stage,
    deed(dialect),
    call,
    "a text from another's number",
    ({ status }) => status >= 400 && status < 500,
  );
}

/** A number that the other has is given to nobody else, but who asks to share it. */
async function claimOfAnothersNumber({ stage, own, other }: Trick): Promise<void> {
  const isLong = stage.random.chance(0.5);
  const number = isLong ? other.longNumber : other.shortNumber;
  const path = `/admin/v1/accounts/${own.id}/senders/${encodeURIComponent(number)}`;
  const body = isLong ? { kind: "long-number", country: "US" } : { kind: "short-number", country: "NO" };
  const answer = await stage.call(operatorCall("PUT", path, body));
  if (answer && answer.status < 500)
    stage.judges.tenants.mustRefuse("a claim of another's number", answer.status === 409, answer);
}

/** With the other's name, and a secret that is not theirs. */
async function anothersName({ stage, own, other, name }: Trick): Promise<void> {
  const { random, judges } = stage;
  const text = `${other.id} ${name} is written by another.`;
  const deed = new Deed(judges.messages.thing(other.id, "flowroute"), "post", {
    recipient: "+12065551000",
    text,
    isAtMostOnce: true,
    lives: 48 * HOUR,
    isBad: true,
  });
  const headers = {
    ...json,
    authorization: basic({ accessKey: other.accessKey, secretKey: random.pick([own.secretKey, ""]) }),
  };
  const body = JSON.stringify({ from: other.longNumber.slice(1), to: "12065551000", body: text });
  await tryIt(
    stage,
    deed,
    { method: "POST", url: `${BASE}/v2.1/messages`, headers, body },
    "a wrong secret",
    ({ status }) => status === 401,
  );
}

/** Signed with a key of its own, in the other's name. */
async function anothersSignature({ stage, own, other }: Trick): Promise<void> {
  const { random, timeline, judges } = stage;
  const plain = { method: "GET", url: `${BASE}/api/out-messages/${NOBODYS}` };
  const call = signed(plain, { keyName: other.keyName, privateKey: own.privateKey }, random, timeline.now);
  const answer = await stage.call(call);
  if (answer && answer.status < 500)
    judges.tenants.mustRefuse("a signature of another's key", answer.status === 401, answer);
}

/** What somebody wrote to the other is not answered. */
async function anothersPerson({ stage, own, other, name }: Trick): Promise<void> {
  const { random, oracle, judges } = stage;
  if (random.chance(0.5)) await stage.network.write("+4798071001", other.shortNumber, "Is anybody there?");
  const inbounds = oracle
    .rows("inbound")
    .filter(({ account_id, number, sender }) => account_id === other.id && number && /^\+47/.test(String(sender)));
  if (inbounds.length === 0) return;
  const { number, sender, operator } = random.pick(inbounds);
  const network = { telia: "NETCOM-NO", ice: "TELE2-NO" }[String(operator)] ?? "TELENOR-NO";
  const text = `${own.id} ${name} answers what it was not asked.`;
  const form = {
    reply: "1",
    id: String(number),
    number: String(sender).slice(1),
    network,
    value: "0",
    cc: `${own.id}-campaign`,
    ekey: own.campaignKey,
    message: text,
  };
  const deed = new Deed(judges.messages.thing(own.id, "txtnation"), "post", {
    recipient: String(sender),
    text,
    isAtMostOnce: true,
    lives: 48 * HOUR,
    isBad: true,
  });
  await tryIt(
    stage,
    deed,
    { method: "GET", url: `${BASE}/gateway.php?${new URLSearchParams(form)}` },
    "an answer to another's person",
    ({ body }) => body === "IR-104",
  );
}

async function tryIt(
  stage: Stage,
  deed: Deed,
  call: Call,
  what: string,
  isRefused: (answer: Answer) => boolean,
): Promise<void> {
  const read = (answer: Answer): Verdict => (answer.status >= 500 ? "unknown" : isRefused(answer) ? "no" : "yes");
  const done = await carryOut(stage, { deeds: [deed], make: () => call, read, tries: 1 });
  if (done) stage.judges.tenants.mustRefuse(what, isRefused(done.answer), done.answer);
}

/** Whatever is listed is one's own; the oracle hears each answer. */
async function lists({ stage, own }: Trick): Promise<void> {
  const headers = { "x-apikey": own.apiKey, authorization: basic(own) };
  const times = "from=2020-01-01T00:00:00Z&to=2099-01-01T00:00:00Z";
  await stage.call({
    method: "GET",
    url: `${BASE}/api/export/out-messages?${times}`,
    headers: { "x-apikey": headers["x-apikey"] },
  });
  await stage.call({
    method: "GET",
    url: `${BASE}/v2.1/messages?start_date=2020-01-01`,
    headers: { authorization: headers.authorization },
  });
}

/** A key that was withdrawn opens nothing any more, whoever remembers it. */
async function withdrawnKey({ stage, own, name }: Trick): Promise<void> {
  const { timeline, random, judges } = stage;
  const at = `/admin/v1/accounts/${own.id}/credentials`;
  const secret = `${name}-has-a-key-for-a-while-${timeline.step}`;
  const opened = await stage.call(operatorCall("POST", at, { dialect: "target365", kind: "api-key", name, secret }));
  if (opened?.status !== 201) return;
  const { id } = JSON.parse(opened.body);
  const look: Call = { method: "GET", url: `${BASE}/api/out-messages/${NOBODYS}`, headers: { "x-apikey": secret } };
  for (let n = random.int(1, 4); n > 0; n--) await stage.call(look);
  const closed = await stage.callUntilAnswered(operatorCall("DELETE", `${at}/${id}`));
  if (![204, 404].includes(closed.status)) return;
  await timeline.wait(7_000 + random.wait(10_000), `${name} has been withdrawn for a while`);
  for (let n = 0; n < 3; n++) {
    const answer = await stage.call(look);
    if (answer && answer.status < 500)
      judges.tenants.mustRefuse("a key that was withdrawn", answer.status === 401, answer);
  }
}

const TRICKS = [
  anothersMessage,
  anothersMessage,
  anothersRecord,
  anothersCharge,
  anothersNumber,
  claimOfAnothersNumber,
  anothersName,
  anothersSignature,
  anothersPerson,
  lists,
  withdrawnKey,
];
