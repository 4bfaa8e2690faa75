-- Who signed in to the console at the operator's own identity provider: a token that has no secret, of the issuer that vouched for them.

ALTER TABLE token ADD COLUMN signs_in_by TEXT;
