-- What a kept request is called: by its client, or by us, in the header X-Request-Id of its answer and in the log.

ALTER TABLE exchange ADD COLUMN request_id TEXT;
