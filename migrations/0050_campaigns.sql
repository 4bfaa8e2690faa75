-- Campaigns: many texts as one thing.

ALTER TABLE message ADD COLUMN campaign_id TEXT;

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
