-- When a request with an Idempotency-Key was refused without an effect, by real time: one that had arrived before is not carried out any more.

ALTER TABLE idempotency ADD COLUMN refused_at INTEGER;
