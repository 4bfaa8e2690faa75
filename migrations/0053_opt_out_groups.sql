-- STOP at any number: senders that it ends together, what they answer, and what shows that somebody opted out.

ALTER TABLE sender ADD COLUMN sender_group TEXT;
ALTER TABLE sender ADD COLUMN answers TEXT;
ALTER TABLE suppression ADD COLUMN proof TEXT;
