-- What a credential may be used for, and from where.

ALTER TABLE credential ADD COLUMN scopes TEXT;
ALTER TABLE credential ADD COLUMN addresses TEXT;
