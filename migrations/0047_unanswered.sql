-- What waits because a carrier's answer was lost, by carrier: few rows at any time, found without reading all that is due.

CREATE INDEX message_unanswered ON message (carrier, changed_at) WHERE state = 'unknown';
CREATE INDEX txn_unanswered ON txn (carrier, changed_at) WHERE state = 'unknown';
