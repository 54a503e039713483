-- When somebody has to be told next what waits for their word, or what became of what they asked for; null where all know.
ALTER TABLE approval_requests ADD COLUMN tell_at BIGINT;
CREATE INDEX approval_requests_to_tell ON approval_requests (tell_at) WHERE tell_at IS NOT NULL;
