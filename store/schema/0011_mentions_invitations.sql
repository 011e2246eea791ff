-- Mentions, and invitations to groups.

-- A message has 16 too if it names the user, or answers what the user wrote.
CREATE INDEX message_mention ON message (conversation, timestamp_ms)
    WHERE (has & 16) <> 0 AND outgoing = 0 AND kind = 'message';

UPDATE message SET has = has | 16 WHERE outgoing = 0 AND kind = 'message' AND EXISTS (
    SELECT 1 FROM account WHERE message.quote_author = account.id OR instr(lower(message.text), '@' || lower(hex(account.id))) > 0);

-- Groups that the user is invited to are requests, too.
CREATE INDEX conversation_invited ON conversation (row) WHERE membership = 'invited' AND blocked = 0 AND hidden = 0;
