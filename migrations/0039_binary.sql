-- Messages of octets: `text` has them in hexadecimal digits, and `binary` says that it does, and how they are to be read. A new value in
-- the CHECK of `encoding` would copy the table of all messages.

ALTER TABLE message ADD COLUMN binary TEXT;
