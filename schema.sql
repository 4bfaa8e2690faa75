-- The whole schema, in the order a message meets it. `migrations/` holds the same in steps, for databases that live.
--
-- Times are epoch milliseconds, money would be integer minor units, lists and objects are JSON text.
-- Text keys are WITHOUT ROWID and indexes are few: every index entry is a written row, and written rows are the bill.

-- Who calls us. `number` is the account as the wires that want an integer show it, and begins the ids of its messages.
CREATE TABLE account (
  id TEXT PRIMARY KEY,
  number INTEGER NOT NULL UNIQUE CHECK (number BETWEEN 1 AND 999999),
  name TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed')),
  settings TEXT NOT NULL DEFAULT '{}',
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
) WITHOUT ROWID;

-- How an account proves who it is. A secret is kept as its SHA-256 only; of a key pair we hold the public half. Which kinds
-- there are, and by what each is found, its dialect declares. `scopes` and `addresses` are JSON lists of what it may be used for,
-- and from where; NULL: for everything, from anywhere. `limits` is JSON, too.
CREATE TABLE credential (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES account (id),
  dialect TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  found_by TEXT NOT NULL CHECK (found_by IN ('secret', 'name')),
  secret_hash TEXT,
  public_key TEXT,
  sign_algo TEXT,
  not_before INTEGER,
  expires_at INTEGER,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  scopes TEXT,
  addresses TEXT,
  limits TEXT
) WITHOUT ROWID;
-- A signed request names its key and nothing else, so such a name may stand for one key only.
CREATE UNIQUE INDEX credential_key_name ON credential (dialect, kind, name) WHERE found_by = 'name';
CREATE UNIQUE INDEX credential_secret ON credential (dialect, secret_hash) WHERE found_by = 'secret';
CREATE INDEX credential_account ON credential (account_id);

-- What was used in a day of what an account, or a credential of it, may use: messages, or money in a currency, in minor units. The
-- credential is empty for the account's own limit. Only what is limited is counted. `day` is by the account's time zone. Since when the
-- account is told that it is nearly used up, and used up: epoch ms.
CREATE TABLE allowance (
  account_id TEXT NOT NULL,
  credential_id TEXT NOT NULL,
  what TEXT NOT NULL,
  day TEXT NOT NULL,
  used INTEGER NOT NULL,
  near_at INTEGER,
  reached_at INTEGER,
  PRIMARY KEY (account_id, credential_id, what, day)
) WITHOUT ROWID;
CREATE INDEX allowance_day ON allowance (day);

-- Codes that an account sent and that were confirmed, in each five minutes (epoch ms of their begin), by the country that they went to
-- and by what the number begins with. Only accounts that guard their codes have them.
CREATE TABLE code_count (
  account_id TEXT NOT NULL,
  area TEXT NOT NULL,
  at INTEGER NOT NULL,
  sent INTEGER NOT NULL,
  confirmed INTEGER NOT NULL,
  PRIMARY KEY (account_id, area, at)
) WITHOUT ROWID;
CREATE INDEX code_count_at ON code_count (at);

-- Texts of accounts that carry codes of their own, and are counted: where (JSON, as in code_count), when, and since when they are
-- confirmed. Epoch ms.
CREATE TABLE code_text (
  message_id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  areas TEXT NOT NULL,
  at INTEGER NOT NULL,
  confirmed_at INTEGER
) WITHOUT ROWID;
CREATE INDEX code_text_at ON code_text (at);

-- Where too few were confirmed, or a budget was used up: since when that is told, and until when no more codes go there. What was
-- sent before a block was over does not count after it.
CREATE TABLE code_area (
  account_id TEXT NOT NULL,
  area TEXT NOT NULL,
  reason TEXT NOT NULL CHECK (reason IN ('conversion', 'budget')),
  alarmed_at INTEGER,
  blocked_until INTEGER,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (account_id, area)
) WITHOUT ROWID;
CREATE INDEX code_area_changed ON code_area (changed_at);

-- What an account may send from.
CREATE TABLE sender (
  account_id TEXT NOT NULL REFERENCES account (id),
  sender TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('short-number', 'long-number', 'alphanumeric')),
  country TEXT NOT NULL,
  short_number_id TEXT,
  purpose TEXT CHECK (purpose IN ('transactional', 'marketing')), -- marketing heeds quiet hours
  sender_group TEXT, -- the senders that STOP to one of them may end together
  answers TEXT, -- JSON: what it answers to STOP, START and HELP
  PRIMARY KEY (account_id, sender)
) WITHOUT ROWID;
CREATE INDEX sender_number ON sender (sender);

-- Who messages and charges are handed to, as an operator set it up; routes call it by its name. `sealed` is its secrets,
-- which only a key outside of this database opens. A retired one takes nothing new, and goes when all it has is settled.
CREATE TABLE carrier (
  name TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  settings TEXT NOT NULL,
  sealed TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('on', 'off', 'retired')),
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  max_per_second INTEGER
) WITHOUT ROWID;

-- Tokens of the operator's API. One that has an account sees and touches that account alone.
CREATE TABLE token (
  id TEXT PRIMARY KEY,
  secret_hash TEXT NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('owner', 'operator', 'viewer', 'merchant')),
  account_id TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  used_at INTEGER,
  made_by TEXT,
  signs_in_by TEXT -- without a secret: of who signs in to the console at this identity provider
) WITHOUT ROWID;
CREATE UNIQUE INDEX token_secret ON token (secret_hash);

-- Passkeys: the second factor of an owner who logs in to the console with a token. While a token has one, it opens the console
-- alone, and with a passkey. `id` and `public_key` are base64url; `counter` is what the authenticator said last.
CREATE TABLE passkey (
  token_id TEXT NOT NULL,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  public_key TEXT NOT NULL,
  counter INTEGER NOT NULL,
  transports TEXT NOT NULL CHECK (json_valid(transports)),
  created_at INTEGER NOT NULL,
  used_at INTEGER,
  PRIMARY KEY (token_id, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX passkey_id ON passkey (id);

-- Every change that an operator asked for, written before it is made: only added to. `was` and `wanted` are JSON without
-- secrets; `hash` is over the entry and the hash of the one before.
CREATE TABLE audit (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  token TEXT NOT NULL,
  address TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  was TEXT,
  wanted TEXT,
  hash TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX audit_actor ON audit (actor, seq);
CREATE INDEX audit_action ON audit (action, seq);
CREATE INDEX audit_subject ON audit (subject, seq);

-- The last entry that was cut off the audit log's beginning: the chain goes on from its hash.
CREATE TABLE audit_anchor (
  seq INTEGER PRIMARY KEY,
  hash TEXT NOT NULL,
  cut_at INTEGER NOT NULL
) WITHOUT ROWID;

-- What an operator asked for, and a second one has to approve. `sealed` is the body of the request, which may hold secrets;
-- `shown` is the same without them. `status` is what came of it. Times are of the real clock.
CREATE TABLE approval (
  id TEXT PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'approved', 'rejected', 'expired')),
  action TEXT NOT NULL,
  method TEXT NOT NULL,
  path TEXT NOT NULL,
  sealed TEXT NOT NULL,
  shown TEXT,
  why TEXT NOT NULL,
  asked_by TEXT NOT NULL,
  asked_name TEXT NOT NULL,
  asked_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  decided_by TEXT,
  decided_name TEXT,
  decided_at INTEGER,
  status INTEGER
) WITHOUT ROWID;
CREATE INDEX approval_state ON approval (state, expires_at);

-- What happened how often, by its labels as JSON: figures for a monitoring system that only grow.
CREATE TABLE event_count (
  name TEXT NOT NULL,
  labels TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (name, labels)
) WITHOUT ROWID;

-- That a person was erased, and how much of them there was: never who. No account: it was of all of them.
CREATE TABLE erasure (
  id TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  account_id TEXT,
  actor TEXT NOT NULL,
  "rows" TEXT NOT NULL
) WITHOUT ROWID;

-- Requests that carry an Idempotency-Key. Claimed before anything is done (`claimed_until` is real time), marked in each
-- write that the request makes (`steps`, and in `record` what it had read and what it changed), completed with the answer
-- before it is sent. A row without steps has done nothing. `id` is a digest of scope, address and key; `digest` of the body.
-- `refused_at` (real time): it was refused, and is anew for requests that arrive from then on, with any body.
CREATE TABLE idempotency (
  id TEXT PRIMARY KEY,
  scope TEXT NOT NULL,
  digest TEXT NOT NULL,
  claim TEXT NOT NULL,
  claimed_until INTEGER NOT NULL,
  seed TEXT NOT NULL,
  begun_at INTEGER NOT NULL,
  begun_wall INTEGER NOT NULL,
  steps INTEGER NOT NULL DEFAULT 0,
  record TEXT NOT NULL DEFAULT '[]',
  status INTEGER,
  answer TEXT,
  until INTEGER NOT NULL,
  refused_at INTEGER
) WITHOUT ROWID;
CREATE INDEX idempotency_until ON idempotency (until);

-- Carriers that do not answer, or did not once: all places that run the gateway leave one alone that is down, and one of them
-- tries it after `until`. `is_told_up` is what the operator was told last.
CREATE TABLE outage (
  carrier TEXT PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('down', 'probing', 'up')),
  since INTEGER NOT NULL,
  "until" INTEGER NOT NULL,
  wait INTEGER NOT NULL,
  is_told_up INTEGER NOT NULL DEFAULT 1
) WITHOUT ROWID;

-- How carriers answer, by the minute (epoch ms of its begin): so many of a kind, which took at most so many milliseconds.
CREATE TABLE carrier_answer (
  minute INTEGER NOT NULL,
  carrier TEXT NOT NULL,
  answer TEXT NOT NULL CHECK (answer IN ('taken', 'refused', 'unable', 'busy', 'lost')),
  reason TEXT NOT NULL,
  "within" INTEGER NOT NULL,
  "count" INTEGER NOT NULL,
  PRIMARY KEY (minute, carrier, answer, reason, "within")
) WITHOUT ROWID;

-- What carriers take for one part of a text, by prefix of the number: billionths of the currency's unit.
CREATE TABLE price (
  prefix TEXT NOT NULL,
  carrier TEXT NOT NULL,
  nanos INTEGER NOT NULL,
  currency TEXT NOT NULL,
  PRIMARY KEY (prefix, carrier)
) WITHOUT ROWID;
CREATE INDEX price_carrier ON price (carrier, prefix);

-- Which carriers take an account's messages, or its charges. Account '*' is everybody; an empty prefix, sender or channel is
-- any. `weights` is a list, one for each carrier; `is_rerouting`: what a carrier could not deliver goes to the next one.
CREATE TABLE route (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  prefix TEXT NOT NULL,
  kind TEXT NOT NULL DEFAULT 'message' CHECK (kind IN ('message', 'charge')),
  carriers TEXT NOT NULL,
  channel TEXT NOT NULL DEFAULT '',
  sender TEXT NOT NULL DEFAULT '',
  strategy TEXT NOT NULL DEFAULT 'in-order' CHECK (strategy IN ('in-order', 'weighted')),
  weights TEXT,
  is_rerouting INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE UNIQUE INDEX route_for ON route (account_id, prefix, kind, sender, channel);

-- Requests that may not be made again: the nonces of signed requests. `claim` tells whose request was first.
CREATE TABLE nonce (
  credential_id TEXT NOT NULL,
  nonce TEXT NOT NULL,
  claim TEXT NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (credential_id, nonce)
) WITHOUT ROWID;

-- Text going out. An id begins with its account's number and then the time, so that one account's messages lie
-- together in order of time: listing them needs no index. `history` is the timeline, appended to by the very
-- statement that changes the state. `due_at` is when something must next be done; settled rows have none. `charge` is
-- what a paid message costs whom; it is held until that is billed. `lane` is whom it overtakes: 0 what is urgent, 2 what
-- came in bulk. `channel` is there where it is not an SMS, with `rich`:
-- what is shown in place of the text. `is_code`: a code is in
-- the text, which is blanked, 1 when it is settled, 2 when its time is over; then it is 0. `rerouted_from` is the carrier that could not deliver it, when another was asked then.
CREATE TABLE message (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  dialect TEXT NOT NULL,
  their_id TEXT NOT NULL,
  sender TEXT NOT NULL,
  recipient TEXT NOT NULL,
  text TEXT NOT NULL,
  encoding TEXT NOT NULL CHECK (encoding IN ('gsm7', 'ucs2')),
  parts INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN (
    'scheduled', 'accepted', 'held', 'submitting', 'unknown', 'sent', 'delivered', 'failed', 'expired', 'cancelled'
  )),
  reason TEXT,
  priority INTEGER NOT NULL CHECK (priority IN (0, 1, 2)),
  delivery_mode TEXT NOT NULL CHECK (delivery_mode IN ('at-most-once', 'at-least-once')),
  send_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  accepted_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  due_at INTEGER,
  attempts INTEGER NOT NULL DEFAULT 0,
  report_url TEXT,
  echo TEXT NOT NULL DEFAULT '{}',
  charge TEXT,
  billed INTEGER CHECK (billed IN (0, 1)),
  carrier TEXT,
  reference TEXT,
  operator TEXT,
  history TEXT NOT NULL DEFAULT '[]',
  channel TEXT,
  rich TEXT,
  lane INTEGER NOT NULL DEFAULT 1 CHECK (lane IN (0, 1, 2)),
  rerouted_from TEXT,
  is_code INTEGER NOT NULL DEFAULT 0 CHECK (is_code IN (0, 1, 2)),
  binary TEXT, -- if there, `text` is octets in hexadecimal digits, and `encoding` says nothing
  quiet TEXT, -- when it must not be sent, as its account's settings said when it was accepted; of marketing texts alone
  reroutes INTEGER, -- 1: goes to another carrier if it is not delivered; so said the route by which it went
  campaign_id TEXT, -- the campaign that it is of: while that is paused, or once it is cancelled, nobody may claim it
  seal TEXT, -- if there, `recipient` and `text` are sealed, and `rich` and `echo` are with the text; a mark by which the same text is known
  waits_until INTEGER -- while it is with a carrier, it is due then; `due_at`, which is indexed, stays as it was
) WITHOUT ROWID;
CREATE UNIQUE INDEX message_their_id ON message (account_id, dialect, their_id);
CREATE INDEX message_recipient ON message (recipient);
CREATE INDEX message_code ON message (expires_at) WHERE is_code > 0;
CREATE INDEX message_due ON message (due_at) WHERE due_at IS NOT NULL;
-- The few that did not simply arrive, newest last: who looks for them must not go through all that did.
CREATE INDEX message_ended ON message (state, substr(id, 11)) WHERE state IN ('held', 'failed', 'expired', 'cancelled');
-- Those whose carrier's answer was lost: few at any time.
CREATE INDEX message_unanswered ON message (carrier, changed_at) WHERE state = 'unknown';

-- Many texts as one thing: sent at a pace (`per_minute`), in hours of the day, between two times, and paused or cancelled together.
-- `time_zone` empty: where each recipient's number is. `paced_at`: the time up to which texts were released. `due_at` is when a round
-- must next be made; whoever makes it has `claim`. Of its recipients: `accepted` are all lines of its lists, `waiting` those that are
-- not released, `skipped` (JSON) the others by reason. What became of its messages is counted by the trigger.
CREATE TABLE campaign (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  name TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('draft', 'scheduled', 'running', 'paused', 'finished', 'cancelled')),
  reason TEXT,
  sender TEXT NOT NULL,
  text TEXT NOT NULL,
  per_minute INTEGER NOT NULL CHECK (per_minute > 0),
  hours TEXT,
  time_zone TEXT,
  starts_at INTEGER NOT NULL,
  ends_at INTEGER,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  started_at INTEGER,
  ended_at INTEGER,
  paced_at INTEGER NOT NULL DEFAULT 0,
  due_at INTEGER,
  claim TEXT,
  accepted INTEGER NOT NULL DEFAULT 0,
  waiting INTEGER NOT NULL DEFAULT 0,
  released INTEGER NOT NULL DEFAULT 0,
  skipped TEXT NOT NULL DEFAULT '{}',
  sent INTEGER NOT NULL DEFAULT 0,
  delivered INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0,
  cancelled INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX campaign_due ON campaign (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX campaign_ended ON campaign (changed_at) WHERE due_at IS NULL;
-- Over all accounts the newest are those with the latest time in their ids.
CREATE INDEX campaign_newest ON campaign (substr(id, 11));

-- Whom a campaign writes to, each once. `place` is where the line was in its lists; the message's id of theirs is made of it. `text`
-- is theirs alone, where the campaign's text has places for names and the like.
CREATE TABLE campaign_recipient (
  campaign_id TEXT NOT NULL,
  recipient TEXT NOT NULL,
  place INTEGER NOT NULL,
  country TEXT NOT NULL,
  text TEXT,
  encoding TEXT NOT NULL CHECK (encoding IN ('gsm7', 'ucs2')),
  parts INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'released', 'skipped')),
  reason TEXT,
  message_id TEXT,
  PRIMARY KEY (campaign_id, recipient)
) WITHOUT ROWID;
CREATE INDEX campaign_recipient_waiting ON campaign_recipient (campaign_id, country, place) WHERE state = 'waiting';
CREATE INDEX campaign_recipient_person ON campaign_recipient (recipient);

-- Of a campaign's messages, those that have not left: it is paused, and cancelled, with them.
CREATE INDEX message_campaign ON message (campaign_id) WHERE campaign_id IS NOT NULL AND state IN ('scheduled', 'accepted');

-- Messages move in many statements, and none may forget to count.
CREATE TRIGGER campaign_counted AFTER UPDATE OF state ON message
WHEN new.campaign_id IS NOT NULL AND old.state <> new.state
  AND ('sent' IN (old.state, new.state) OR new.state IN ('delivered', 'failed', 'expired', 'cancelled'))
BEGIN
  UPDATE campaign
    SET sent = sent + (new.state = 'sent') - (old.state = 'sent'),
      delivered = delivered + (new.state = 'delivered'),
      failed = failed + (new.state IN ('failed', 'expired')),
      cancelled = cancelled + (new.state = 'cancelled')
    WHERE id = new.campaign_id;
END;

-- The first thing in a text, by which it is known whose it is. A text stands for one keyword only in each mode, at a
-- number that several accounts may have: `sameness` is how it is compared. Its id is counted, and never given twice.
CREATE TABLE keyword (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES account (id),
  dialect TEXT NOT NULL,
  short_number TEXT NOT NULL,
  mode TEXT NOT NULL CHECK (mode IN ('exact', 'startswith', 'wildcard', 'regex')),
  text TEXT NOT NULL,
  sameness TEXT NOT NULL,
  aliases TEXT NOT NULL DEFAULT '[]',
  forward_url TEXT NOT NULL,
  is_enabled INTEGER NOT NULL,
  pre_auth TEXT,
  tags TEXT NOT NULL DEFAULT '[]',
  properties TEXT NOT NULL DEFAULT '{}',
  echo TEXT NOT NULL DEFAULT '{}',
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX keyword_text ON keyword (short_number, mode, sameness);
CREATE INDEX keyword_account ON keyword (account_id);

-- Text a person sent to us. A carrier may report it twice: its own id for it tells. The account is the one whose keyword it
-- fits, else the one that has the number, if just one has. `number` is for wires that want an integer, and is never given
-- twice. `forward` is what its keyword then said: where it goes, in which dialect, and what is handed on with it. `told` is
-- what held for its account then: its rates, and where each dialect was to tell of it, in which form.
CREATE TABLE inbound (
  id TEXT PRIMARY KEY,
  number INTEGER NOT NULL,
  carrier TEXT NOT NULL,
  their_id TEXT NOT NULL,
  account_id TEXT,
  sender TEXT NOT NULL,
  recipient TEXT NOT NULL,
  text TEXT NOT NULL,
  operator TEXT,
  keyword TEXT,
  is_stop INTEGER NOT NULL DEFAULT 0,
  received_at INTEGER NOT NULL,
  keyword_id TEXT,
  forward TEXT,
  channel TEXT,
  told TEXT,
  binary TEXT -- if there, `text` is octets in hexadecimal digits
) WITHOUT ROWID;
CREATE UNIQUE INDEX inbound_their_id ON inbound (their_id, carrier);
CREATE UNIQUE INDEX inbound_number ON inbound (number);
CREATE INDEX inbound_account ON inbound (account_id);
CREATE INDEX inbound_sender ON inbound (sender);

-- Who asked to be left alone, and by which word. `number` is the sender; `@name` a group of them, `@*` all by their STOP, `*` all as it
-- was noted. Kept until they write that they changed their mind.
CREATE TABLE suppression (
  account_id TEXT NOT NULL REFERENCES account (id),
  number TEXT NOT NULL,
  recipient TEXT NOT NULL,
  word TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  source TEXT NOT NULL DEFAULT 'person' CHECK (source IN ('person', 'carrier', 'operator')),
  proof TEXT, -- the id of the text that they wrote, or of the message that a carrier refused; or as it was given
  PRIMARY KEY (account_id, number, recipient)
) WITHOUT ROWID;
CREATE INDEX suppression_number ON suppression (number, recipient);
CREATE INDEX suppression_person ON suppression (account_id, recipient);

-- How far we have counted.
CREATE TABLE counter (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) WITHOUT ROWID;

-- Who a charge is for, on the phone bill and in the agreement with the operators. Purchase pages show its name, terms and contact.
CREATE TABLE merchant (
  account_id TEXT NOT NULL REFERENCES account (id),
  id TEXT NOT NULL,
  name TEXT,
  short_number_ids TEXT NOT NULL DEFAULT '[]',
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  terms_url TEXT,
  contact TEXT,
  PRIMARY KEY (account_id, id)
) WITHOUT ROWID;

-- What a merchant sells. `terms` is the rest of it: price, texts, rules. Its purchase page lies at /{id}, if that is its
-- account's.
CREATE TABLE service (
  account_id TEXT NOT NULL REFERENCES account (id),
  id TEXT NOT NULL,
  merchant_id TEXT NOT NULL,
  short_number TEXT NOT NULL,
  keyword TEXT COLLATE NOCASE,
  terms TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (account_id, id)
) WITHOUT ROWID;
CREATE INDEX service_number ON service (short_number);

-- Whose address /{name} is. Never deleted: a link that was published leads to the account that published it, or nowhere,
-- whatever became of the service and of the account.
CREATE TABLE page_name (
  name TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;

-- Where an account's inbound texts and reports go, for dialects that set it by account. `number` is the one of its numbers
-- that the row is about, empty for all that have none of their own; an address that is not there is that of all. `template`
-- is what reports are made of; `forms`, in which of its forms the dialect tells each kind of news.
CREATE TABLE callback (
  account_id TEXT NOT NULL REFERENCES account (id),
  dialect TEXT NOT NULL,
  number TEXT NOT NULL DEFAULT '',
  message_url TEXT,
  report_url TEXT,
  mms_message_url TEXT,
  mms_report_url TEXT,
  subscription_url TEXT,
  method TEXT NOT NULL DEFAULT 'POST' CHECK (method IN ('POST', 'GET')),
  template TEXT,
  forms TEXT NOT NULL DEFAULT '{}',
  PRIMARY KEY (account_id, dialect, number)
) WITHOUT ROWID;

-- A charge on a phone bill, or the reversal of one. Never forgotten, but where a window ended and nothing was confirmed
-- in it: an id of theirs is used once, for ever. The row is
-- there before a carrier hears of it. `in_hand_until` is by
-- the real clock, whatever the sandbox's says: until then whoever claimed it may be asking. `guard` is the kind of request
-- that asked for it without an id: repeats of it are looked for among those of the same kind. `is_stopped`: the person said STOP while a carrier had it; it is given back if billed. `fingerprint` tells the same request from another with the same id. `due_at` and `history` are as in message.
CREATE TABLE txn (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  dialect TEXT NOT NULL,
  their_id TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('charge', 'reversal')),
  merchant_id TEXT NOT NULL,
  service_id TEXT,
  short_number TEXT NOT NULL,
  service_code TEXT NOT NULL,
  invoice_text TEXT NOT NULL,
  recipient TEXT,
  amount INTEGER NOT NULL CHECK ((kind = 'charge' AND amount > 0) OR (kind = 'reversal' AND amount < 0)),
  currency TEXT NOT NULL,
  age INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL CHECK (state IN (
    'waiting', 'ready', 'charging', 'sent', 'unknown', 'billed', 'reversed', 'failed', 'expired', 'cancelled'
  )),
  reason TEXT,
  waits_for TEXT CHECK (waits_for IN ('window', 'ok')),
  consent TEXT,
  consent_description TEXT,
  makes_consent INTEGER NOT NULL DEFAULT 0,
  starts_subscription INTEGER NOT NULL DEFAULT 0,
  terms TEXT,
  message_id TEXT,
  subscription_id TEXT,
  period INTEGER,
  reverses TEXT,
  registration_minutes INTEGER NOT NULL DEFAULT 0,
  charged_at INTEGER,
  in_hand_until INTEGER,
  is_stopped INTEGER NOT NULL DEFAULT 0,
  disputed_at INTEGER,
  expires_at INTEGER NOT NULL,
  accepted_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  due_at INTEGER,
  attempts INTEGER NOT NULL DEFAULT 0,
  echo TEXT NOT NULL DEFAULT '{}',
  carrier TEXT,
  reference TEXT,
  operator TEXT,
  history TEXT NOT NULL DEFAULT '[]',
  guard TEXT,
  one_time_password TEXT
) WITHOUT ROWID;
CREATE UNIQUE INDEX txn_their_id ON txn (account_id, their_id);
CREATE INDEX txn_recipient ON txn (recipient) WHERE recipient IS NOT NULL;
CREATE INDEX txn_subscription ON txn (subscription_id) WHERE subscription_id IS NOT NULL;
CREATE INDEX txn_due ON txn (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX txn_ended ON txn (state, substr(id, 11)) WHERE state IN ('reversed', 'failed', 'expired', 'cancelled');
CREATE INDEX txn_unanswered ON txn (carrier, changed_at) WHERE state = 'unknown';
CREATE INDEX txn_disputed ON txn (disputed_at) WHERE disputed_at IS NOT NULL;
CREATE INDEX txn_asked ON txn (recipient, short_number) WHERE waits_for = 'ok' AND state = 'waiting';

-- Double entry: each billed transaction writes two rows that sum to zero, in the write that makes it billed. `book` is
-- whose account it is: the operator owes us, we owe the merchant.
CREATE TABLE ledger (
  id TEXT PRIMARY KEY,
  txn_id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  book TEXT NOT NULL,
  amount INTEGER NOT NULL,
  currency TEXT NOT NULL,
  at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX ledger_at ON ledger (account_id, at);

-- The ledger's rows added up, by day (UTC, counted from 1970): written in the write that writes the rows, so that no
-- balance goes through all of them.
CREATE TABLE ledger_day (
  account_id TEXT NOT NULL,
  book TEXT NOT NULL,
  currency TEXT NOT NULL,
  day INTEGER NOT NULL,
  amount INTEGER NOT NULL,
  PRIMARY KEY (account_id, book, currency, day)
) WITHOUT ROWID;

-- What subscriptions brought in, less what was given back, added up in the write that bills it. `at` is the quarter of an
-- hour in which the charge was accepted: no time zone's day begins within one.
CREATE TABLE revenue (
  account_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  service_id TEXT NOT NULL,
  currency TEXT NOT NULL,
  amount INTEGER NOT NULL,
  PRIMARY KEY (account_id, at, service_id, currency)
) WITHOUT ROWID;

-- One person's way through a one-click purchase.
CREATE TABLE win (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  dialect TEXT NOT NULL,
  txn_id TEXT NOT NULL,
  their_id TEXT NOT NULL,
  custom_id TEXT,
  is_public INTEGER NOT NULL DEFAULT 0,
  service_id TEXT,
  state TEXT NOT NULL CHECK (state IN ('open', 'confirmed', 'cancelled', 'abandoned', 'expired')),
  recipient TEXT,
  is_pin_sent INTEGER NOT NULL DEFAULT 0,
  pins_sent INTEGER NOT NULL DEFAULT 0,
  session TEXT,
  redirect_url TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX win_recipient ON win (recipient) WHERE recipient IS NOT NULL;
CREATE UNIQUE INDEX win_their_id ON win (account_id, their_id);
CREATE UNIQUE INDEX win_public_id ON win (their_id) WHERE is_public = 1;
-- Those that ended with nothing confirmed: they are forgotten in the order in which they ended.
CREATE INDEX win_unconfirmed ON win (account_id, changed_at) WHERE state IN ('cancelled', 'abandoned', 'expired');

-- What a person saw when they confirmed a purchase, and from where: `page` is a digest of the page, `shown` its words, `terms` what was
-- bought. `message_id` carried the code, if it was by one. Written in the write that confirms.
CREATE TABLE evidence (
  window_id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  txn_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  "by" TEXT NOT NULL CHECK ("by" IN ('pin', 'network')),
  message_id TEXT,
  language TEXT NOT NULL,
  page TEXT NOT NULL,
  is_as_sent INTEGER NOT NULL CHECK (is_as_sent IN (0, 1)),
  shown TEXT NOT NULL,
  terms TEXT NOT NULL,
  address TEXT NOT NULL,
  browser TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX evidence_txn ON evidence (txn_id);

-- How far the charges of an account have been gone through, where it keeps their people for a time alone: every settled one up to this id
-- has a pseudonym in the person's place.
CREATE TABLE forgotten (
  account_id TEXT PRIMARY KEY,
  txn_id TEXT NOT NULL
) WITHOUT ROWID;

-- What is left of a purchase that was forgotten: its id, which its customer may not use again.
CREATE TABLE spent_id (
  account_id TEXT NOT NULL,
  their_id TEXT NOT NULL,
  PRIMARY KEY (account_id, their_id)
) WITHOUT ROWID;

-- Codes sent to prove who has a phone, as hashes. Few tries, short lives.
CREATE TABLE pin (
  account_id TEXT NOT NULL,
  purpose TEXT NOT NULL CHECK (purpose IN ('otp', 'window', 'pincode')),
  their_id TEXT NOT NULL,
  merchant_id TEXT NOT NULL,
  recipient TEXT NOT NULL,
  hash TEXT NOT NULL,
  tries_left INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  message_id TEXT NOT NULL,
  echo TEXT NOT NULL DEFAULT '{}',
  carrier TEXT,
  txn_id TEXT,
  is_sent INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (account_id, purpose, their_id, created_at)
) WITHOUT ROWID;
CREATE INDEX pin_recipient ON pin (recipient, created_at);
CREATE INDEX pin_created ON pin (created_at);

-- How many PINs purchase pages sent in an hour that begins then: by account, by service, by the network of the browser,
-- of which only a digest is kept.
CREATE TABLE pin_budget (
  hour INTEGER NOT NULL,
  scope TEXT NOT NULL CHECK (scope IN ('address', 'service', 'account')),
  subject TEXT NOT NULL,
  sent INTEGER NOT NULL,
  PRIMARY KEY (hour, scope, subject)
) WITHOUT ROWID;

-- What a person agreed to be charged for again. One that was ended stays, and says so. `short_number` is where STOP is sent
-- to what was agreed to by keyword.
CREATE TABLE consent (
  account_id TEXT NOT NULL,
  merchant_id TEXT NOT NULL,
  service_id TEXT NOT NULL,
  recipient TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active', 'ended')),
  token TEXT NOT NULL,
  description TEXT,
  ended_by TEXT CHECK (ended_by IN ('person', 'merchant')),
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  short_number TEXT,
  PRIMARY KEY (account_id, recipient, merchant_id, service_id)
) WITHOUT ROWID;
CREATE INDEX consent_number ON consent (recipient) WHERE short_number IS NOT NULL;

-- A text whose person is asked, because of its keyword, whether they may be charged: it is forwarded with the answer. A
-- consent that comes of it is kept under the keyword's id. `message_id` is the question, if this text brought one: who
-- writes again while asked is not asked again. An OK counts from `asks_at`, until `due_at`.
CREATE TABLE preauth (
  inbound_id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  keyword_id TEXT NOT NULL,
  merchant_id TEXT NOT NULL,
  description TEXT,
  short_number TEXT NOT NULL,
  recipient TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'agreed', 'refused', 'expired')),
  token TEXT NOT NULL,
  message_id TEXT,
  asks_at INTEGER NOT NULL,
  due_at INTEGER,
  changed_at INTEGER NOT NULL,
  info_id TEXT
) WITHOUT ROWID;
CREATE INDEX preauth_recipient ON preauth (recipient) WHERE due_at IS NOT NULL;
CREATE INDEX preauth_info ON preauth (info_id) WHERE info_id IS NOT NULL AND due_at IS NOT NULL;
CREATE INDEX preauth_due ON preauth (due_at) WHERE due_at IS NOT NULL;

-- A consent that is billed again each period. `due_at` is when the next charge is to be made; `resting_due_at`, when it was
-- to be made of one that came due while its account is closed or its service not rebilled: it waits there for these to
-- be open again, and is looked at no more until then. `never_begun`: its first charge was declined, and it ended with that.
CREATE TABLE subscription (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  dialect TEXT NOT NULL,
  service_id TEXT NOT NULL,
  merchant_id TEXT NOT NULL,
  recipient TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active', 'dunning', 'cancelled')),
  reason TEXT,
  ended_by TEXT CHECK (ended_by IN ('person', 'merchant', 'operator', 'dunning')),
  price INTEGER NOT NULL CHECK (price > 0),
  currency TEXT NOT NULL,
  interval TEXT NOT NULL CHECK (interval IN ('weekly', 'monthly', 'yearly')),
  time_zone TEXT NOT NULL,
  auto_rebill INTEGER NOT NULL,
  anchor INTEGER NOT NULL,
  period INTEGER NOT NULL,
  declines INTEGER NOT NULL DEFAULT 0,
  due_at INTEGER,
  txn_id TEXT,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  history TEXT NOT NULL DEFAULT '[]',
  resting_due_at INTEGER,
  never_begun INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX subscription_recipient ON subscription (recipient);
CREATE INDEX subscription_due ON subscription (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX subscription_resting ON subscription (account_id, service_id, resting_due_at) WHERE resting_due_at IS NOT NULL;
CREATE INDEX subscription_open ON subscription (account_id, service_id) WHERE state <> 'cancelled';
-- When those that we bill began and ended, with all that is told of them in figures. Each entry is written once.
CREATE INDEX subscription_begun ON subscription (created_at, account_id, service_id)
  WHERE auto_rebill = 1 AND never_begun = 0;
CREATE INDEX subscription_ended ON subscription (changed_at, account_id, service_id, ended_by, reason, created_at)
  WHERE state = 'cancelled' AND auto_rebill = 1 AND never_begun = 0;
-- Nobody is rebilled twice for the same thing.
CREATE UNIQUE INDEX subscription_rebilling ON subscription (account_id, recipient, service_id)
  WHERE state <> 'cancelled' AND auto_rebill = 1;

-- How many subscriptions there are. Triggers keep it: subscriptions change in many statements, and none may forget it.
CREATE TABLE subscription_count (
  account_id TEXT NOT NULL,
  service_id TEXT NOT NULL,
  auto_rebill INTEGER NOT NULL,
  state TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (account_id, service_id, auto_rebill, state)
) WITHOUT ROWID;

-- The charges that come, added up by the quarter of an hour in which they are due, as in revenue. Kept by triggers, too.
CREATE TABLE renewal (
  account_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  service_id TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  currency TEXT NOT NULL,
  count INTEGER NOT NULL,
  amount INTEGER NOT NULL,
  dunning INTEGER NOT NULL,
  PRIMARY KEY (account_id, at, service_id, time_zone, currency)
) WITHOUT ROWID;

CREATE TRIGGER subscription_counted AFTER INSERT ON subscription
BEGIN
  INSERT INTO subscription_count (account_id, service_id, auto_rebill, state, count)
    VALUES (new.account_id, new.service_id, new.auto_rebill, new.state, 1)
    ON CONFLICT (account_id, service_id, auto_rebill, state) DO UPDATE SET count = count + 1;
  INSERT INTO renewal (account_id, at, service_id, time_zone, currency, count, amount, dunning)
    SELECT new.account_id, new.due_at / 900000 * 900000, new.service_id, new.time_zone, new.currency, 1, new.price,
      new.state = 'dunning'
    WHERE new.due_at IS NOT NULL
    ON CONFLICT (account_id, at, service_id, time_zone, currency) DO UPDATE
    SET count = count + 1, amount = amount + excluded.amount, dunning = dunning + excluded.dunning;
END;
CREATE TRIGGER subscription_recounted AFTER UPDATE OF state ON subscription WHEN old.state <> new.state
BEGIN
  UPDATE subscription_count SET count = count - 1
    WHERE account_id = old.account_id AND service_id = old.service_id AND auto_rebill = old.auto_rebill
      AND state = old.state;
  INSERT INTO subscription_count (account_id, service_id, auto_rebill, state, count)
    VALUES (new.account_id, new.service_id, new.auto_rebill, new.state, 1)
    ON CONFLICT (account_id, service_id, auto_rebill, state) DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER subscription_renewal_moved AFTER UPDATE OF due_at, price, state ON subscription
WHEN old.due_at IS NOT new.due_at OR (new.due_at IS NOT NULL AND (old.price <> new.price OR old.state <> new.state))
BEGIN
  UPDATE renewal SET count = count - 1, amount = amount - old.price, dunning = dunning - (old.state = 'dunning')
    WHERE account_id = old.account_id AND at = old.due_at / 900000 * 900000 AND service_id = old.service_id
      AND time_zone = old.time_zone AND currency = old.currency;
  DELETE FROM renewal
    WHERE account_id = old.account_id AND at = old.due_at / 900000 * 900000 AND service_id = old.service_id
      AND time_zone = old.time_zone AND currency = old.currency
      AND count = 0;
  INSERT INTO renewal (account_id, at, service_id, time_zone, currency, count, amount, dunning)
    SELECT new.account_id, new.due_at / 900000 * 900000, new.service_id, new.time_zone, new.currency, 1, new.price,
      new.state = 'dunning'
    WHERE new.due_at IS NOT NULL
    ON CONFLICT (account_id, at, service_id, time_zone, currency) DO UPDATE
    SET count = count + 1, amount = amount + excluded.amount, dunning = dunning + excluded.dunning;
END;

-- One row for each period of a subscription, ever: the lock that lets it be billed once.
CREATE TABLE period (
  subscription_id TEXT NOT NULL,
  period INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('charging', 'declined', 'billed', 'failed', 'cancelled')),
  attempt INTEGER NOT NULL,
  txn_id TEXT NOT NULL,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (subscription_id, period)
) WITHOUT ROWID;

-- A call we owe a customer. The id is made of its subject's (a message, transaction, inbound text or subscription) and
-- of what happened, so the same news is owed once however often it comes, and a message's webhooks lie together. `event`
-- is what happened, in our words; the dialect makes the bytes. `endpoint` is the address without its query, or of kind `event` the name of the
-- account's own endpoint: what is slow, or dead, or paused together. `history` holds the attempts.
CREATE TABLE webhook (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  dialect TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('report', 'charge', 'inbound', 'subscription', 'event')),
  subject TEXT NOT NULL,
  url TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  event TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('owed', 'delivering', 'answered', 'dead')),
  reason TEXT,
  attempts INTEGER NOT NULL DEFAULT 0,
  due_at INTEGER,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  history TEXT NOT NULL DEFAULT '[]',
  is_paused INTEGER NOT NULL DEFAULT 0, -- dead only because its endpoint is paused: owed anew when that is resumed
  order_key TEXT, -- webhooks of one named endpoint with the same key go one after another; NULL: in any order
  waits_until INTEGER -- as in message, while it is being delivered
) WITHOUT ROWID;
CREATE INDEX webhook_due ON webhook (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_dead ON webhook (account_id, endpoint) WHERE state = 'dead';
-- The dead list, newest last: who turns its pages must not sort all of it each time.
CREATE INDEX webhook_newest_dead ON webhook (substr(id, 11)) WHERE state = 'dead';
CREATE INDEX webhook_in_order ON webhook (account_id, endpoint, order_key) WHERE order_key IS NOT NULL AND due_at IS NOT NULL;

-- Where webhooks go, once one has failed there: since when, and whether we have stopped knocking.
CREATE TABLE endpoint (
  account_id TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  failing_since INTEGER,
  failures INTEGER NOT NULL DEFAULT 0,
  paused_at INTEGER,
  reason TEXT,
  PRIMARY KEY (account_id, endpoint)
) WITHOUT ROWID;

-- Endpoints that an account has set up by name: the address, and which of its events go there (`events` are patterns; `services`,
-- `numbers` and `tags` are NULL for all). `schedule` is the seconds between attempts, `per_second` the most calls in a second, `form` `standard` or the dialect whose form they have. `sealed` holds the keys that calls are signed with and the
-- values of its own headers; the ones before the last rotation sign as well until `old_until`. Whether it is switched off stands in
-- `endpoint`, under its name.
CREATE TABLE named_endpoint (
  account_id TEXT NOT NULL,
  name TEXT NOT NULL,
  url TEXT NOT NULL,
  failover_url TEXT,
  description TEXT NOT NULL,
  events TEXT NOT NULL,
  services TEXT,
  numbers TEXT,
  ordered_by TEXT NOT NULL CHECK (ordered_by IN ('none', 'subject', 'recipient')),
  schedule TEXT NOT NULL,
  sealed TEXT NOT NULL,
  public_key TEXT NOT NULL,
  old_sealed TEXT,
  old_public_key TEXT,
  old_until INTEGER,
  sealed_with TEXT NOT NULL,
  headers TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  per_second INTEGER,
  tags TEXT,
  form TEXT NOT NULL DEFAULT 'standard',
  PRIMARY KEY (account_id, name)
) WITHOUT ROWID;
CREATE INDEX named_endpoint_sealed_with ON named_endpoint (sealed_with);

-- The accounts whose events are written down: those with a named endpoint, and those that fetch them (`is_pulled`).
CREATE TABLE event_log (
  account_id TEXT PRIMARY KEY,
  is_pulled INTEGER NOT NULL,
  since INTEGER NOT NULL
) WITHOUT ROWID;

-- What happened at such an account, numbered from 1 without a gap, in the write that it happened in. `stem` is what the ids of the
-- webhooks about it begin with. The newest row stays, so that no number is given twice; what is forgotten of it is its data.
CREATE TABLE event (
  account_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  type TEXT NOT NULL,
  at INTEGER NOT NULL,
  stem TEXT NOT NULL,
  recipient TEXT,
  service_id TEXT,
  own_number TEXT,
  data TEXT NOT NULL,
  PRIMARY KEY (account_id, number)
) WITHOUT ROWID;
CREATE INDEX event_recipient ON event (recipient) WHERE recipient IS NOT NULL;

-- What customers' programs sent us lately, and what they were answered. A view for people, and no record: under load some
-- are left out. An id begins with the real time. Secrets are masked, long bodies cut.
CREATE TABLE exchange (
  id TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  account_id TEXT,
  dialect TEXT NOT NULL,
  method TEXT NOT NULL,
  path TEXT NOT NULL,
  request TEXT NOT NULL,
  status INTEGER NOT NULL,
  answer TEXT NOT NULL,
  milliseconds INTEGER NOT NULL,
  request_id TEXT
) WITHOUT ROWID;

-- The public halves of the keys we sign webhooks with. Kept after they retire, under names that are never used again.
CREATE TABLE server_key (
  name TEXT PRIMARY KEY,
  public_key TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;

-- Parts of long texts that people wrote, as a carrier hands them over, until they are joined. A joined one stays for two days, so
-- that a repeat of it is known.
CREATE TABLE inbound_part (
  carrier TEXT NOT NULL,
  their_id TEXT NOT NULL,
  sender TEXT NOT NULL,
  recipient TEXT NOT NULL,
  reference TEXT NOT NULL,
  number INTEGER NOT NULL,
  total INTEGER NOT NULL,
  text TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  is_joined INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (carrier, their_id)
) WITHOUT ROWID;
CREATE INDEX inbound_part_text ON inbound_part (sender, recipient, reference) WHERE is_joined = 0;
CREATE INDEX inbound_part_received ON inbound_part (is_joined, received_at);

-- Names that an operator chose for signing keys, beside the one that each was first published under.
CREATE TABLE server_key_name (
  name TEXT PRIMARY KEY,
  public_key TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;

-- Who is logged in to the console: by a digest of what only the browser has. `token` is a digest of the operator's
-- token it was begun with; another token ends it. `token_id` is that token's, where it is no setting. Times are of the real clock.
CREATE TABLE session (
  id TEXT PRIMARY KEY,
  token TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  address TEXT NOT NULL,
  browser TEXT NOT NULL,
  token_id TEXT,
  passkey_id TEXT
) WITHOUT ROWID;

-- The sandbox's clock, as milliseconds to add to the real one; and which numbers the demo account gave up, and to whom.
CREATE TABLE sandbox (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;
