/** The keys that the gateway's operator exchanges, and what is set at each step: as docs/operating.md says, under "Keys". */

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** The key that webhooks are signed with, and the one that takes its place. Base64 of PKCS #8, of no worth elsewhere. */
export const [SIGNING_KEY, NEXT_SIGNING_KEY] = [
  "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQghxNyMX8oTYWafjuwNs4BY4VneTx2odKthTF3X6/LrlChRANCAAT3DiS9shcy059cJtdwyGoKMvzE8K9kw8bTC/seweoMtzZKgoDiYeiJFvRE6yTW0XT9aTLC/bmVX8Pv9dZO5Uvw",
  "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgPTNSgZdoRxPkV9kJU015/5vdm4U38eei6+Webqv4TgmhRANCAAR5VxA6ZJXA2TZS/5+EQfJb38dSpKFhNTtxZnduHodnhOo4kjL339j/S64yh1xz44OI7FUCzcKxfqL8GbR0dKPq",
] as const;

const [ROOT, NEXT_ROOT] = [
  "1:TWluZSBpcyB0aGUgZmlyc3Qgb2YgdHdvIHJvb3RzISE=",
  "2:QW5kIG1pbmUgaXMgdGhlIG5leHQgb2YgdGhlIHR3byE=",
] as const;

/** Two keys of one purpose that is not derived. */
const pair = (purpose: string) =>
  ["1", "2"].map((name) => `${name}:${Buffer.from(`${purpose}, key ${name}`.padEnd(32)).toString("base64")}`) as [
    string,
    string,
  ];
const REQUESTS = pair("requests");
const PEOPLE = pair("people");
const SECRETS = pair("secrets");
/** The keys that numbers and texts are sealed with, of customers that want it. */
export const DATA_KEYS = pair("data");

/** What is set where nothing is exchanged. */
export const KEYS = { SIGNING_KEY, SECRETS_KEY: SECRETS[0], DATA_KEY: DATA_KEYS[0] };

type Settings = Record<string, string>;

export type Exchange = {
  /** What is set from the beginning. */
  from: Settings;
  /** The next key is read everywhere, and makes nothing: a process that does not know it must be asked for nothing made with it. */
  ahead: Settings;
  /** It makes; the one before is read. */
  made: Settings;
  /** The one before is gone. Absent: what it made is needed for ever. */
  gone?: Settings;
  /** How long the old key is needed, once the next one makes. Milliseconds. */
  needed: number;
};

/** A list of keys for one setting, step by step. */
function listOf(setting: string, [old, next]: readonly [string, string], needed: number): Exchange {
  return {
    from: { [setting]: old },
    ahead: { [setting]: `${old},${next}` },
    made: { [setting]: `${next},${old}` },
    gone: { [setting]: next },
    needed,
  };
}

/** What it made is asked for as long as its row is there. */
function forEver({ gone: _, ...exchange }: Exchange): Exchange {
  return exchange;
}

/** A key of its own takes the place of the one that is derived from the root. */
function ownFor(setting: string, needed: number): Exchange {
  return { ...listOf(setting, ["root", pair(setting)[1].replace("2:", "own:")], needed), from: {} };
}

const SIGNING: Exchange = {
  from: { ROOT_KEY: ROOT },
  ahead: { SIGNING_KEY_PREVIOUS: NEXT_SIGNING_KEY },
  made: { SIGNING_KEY: NEXT_SIGNING_KEY, SIGNING_KEY_PREVIOUS: SIGNING_KEY },
  gone: { SIGNING_KEY_PREVIOUS: "" },
  needed: 0,
};

/** Codes, and what browsers are known by, live for a day at most. */
const CODES_LIVE = DAY;

export const EXCHANGES = {
  data: listOf("DATA_KEY", DATA_KEYS, 0),
  // What is needed for longer has a key of its own, so that the root can go.
  root: {
    ...listOf("ROOT_KEY", [ROOT, NEXT_ROOT], CODES_LIVE),
    from: { ROOT_KEY: ROOT, REQUESTS_KEY: REQUESTS[0], PEOPLE_KEY: PEOPLE[0] },
  },
  codes: ownFor("CODES_KEY", CODES_LIVE),
  browsers: ownFor("BROWSERS_KEY", CODES_LIVE),
  requests: forEver(listOf("REQUESTS_KEY", REQUESTS, 0)),
  people: forEver(listOf("PEOPLE_KEY", PEOPLE, 0)),
  // Answers that are kept for an Idempotency-Key are not sealed anew.
  secrets: listOf("SECRETS_KEY", SECRETS, 30 * DAY),
  signing: SIGNING,
  // The next key cannot have the name that the one before was published under.
  named: { ...SIGNING, from: { ...SIGNING.from, SIGNING_KEY_NAME: "the-gateway" } },
  // Once everything was derived from the key that signs.
  signingAlone: forEver({ ...SIGNING, from: {} }),
  firstRoot: forEver({ ...listOf("ROOT_KEY", ["signing", ROOT], 0), from: {} }),
} as const satisfies Record<string, Exchange>;

export type ExchangeName = keyof typeof EXCHANGES;

/** Those in which everything is derived from the key that signs, at first: no other goes before or after them. */
export const ALONE = ["signingAlone", "firstRoot"] as const satisfies readonly ExchangeName[];
/** Those of which several can be done in one world, one after another. */
export const TOGETHER = ["data", "root", "codes", "browsers", "requests", "people", "secrets"] as const;
/** One of these, too. */
export const SIGNERS = ["signing", "named"] as const;

/** How long the operator waits between two steps: no process is left then that knows less. */
export const AHEAD = 2 * MINUTE;
