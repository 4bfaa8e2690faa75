-- The dead list, newest last: who turns its pages must not sort all of it each time.
CREATE INDEX webhook_newest_dead ON webhook (substr(id, 11)) WHERE state = 'dead';
