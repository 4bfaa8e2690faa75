-- What people's phones send that is no text: `text` has its octets in hexadecimal digits, and `binary` says that it does, as of messages.

ALTER TABLE inbound ADD COLUMN binary TEXT;
