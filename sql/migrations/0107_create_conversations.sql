-- 0107_create_conversations
--
-- What:     copilot.conversations, each its author's own, with row security and grants.
-- Why:      004 §4, whose rows anybody may read (defect 69) and whose updated_at never moves (36).
-- Locks:    core.users SHARE ROW EXCLUSIVE
-- Data:     none
-- Rollback: loses every conversation.

CREATE TABLE copilot.conversations (
    conversation_id uuid NOT NULL DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL DEFAULT core.current_user_uuid(),
    title varchar(500) NOT NULL,
    metadata jsonb NOT NULL DEFAULT '{}',
    last_sequence_number integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT conversations_pkey PRIMARY KEY (conversation_id),
    CONSTRAINT conversations_conversation_id_user_id_key UNIQUE (conversation_id, user_id),
    CONSTRAINT conversations_user_id_fkey FOREIGN KEY (user_id)
        REFERENCES core.users (user_id) ON DELETE CASCADE,
    CONSTRAINT conversations_title_is_not_blank_check CHECK (title ~ '\S'),
    CONSTRAINT conversations_metadata_is_an_object_check CHECK (
        jsonb_typeof(metadata) = 'object'
    ),
    CONSTRAINT conversations_last_sequence_number_counts_check CHECK (last_sequence_number >= 0)
);

COMMENT ON TABLE copilot.conversations IS
    'A person''s conversation with a model. Its row is also the lock under which its messages are '
    'numbered, so that conversations never wait for each other.';
COMMENT ON COLUMN copilot.conversations.conversation_id IS
    'The key; the client may choose it, so that a request sent twice makes one conversation.';
COMMENT ON COLUMN copilot.conversations.user_id IS
    'Whose it is: core.users.user_id, the session''s person where the INSERT names none. It is '
    'never given to somebody else, and goes with its author.';
COMMENT ON COLUMN copilot.conversations.title IS
    'One line, by which its author knows it.';
COMMENT ON COLUMN copilot.conversations.metadata IS
    'What goes with the conversation: model, settings. One object.';
COMMENT ON COLUMN copilot.conversations.last_sequence_number IS
    'The number of the latest message, 0 before the first; kept by trigger. It never goes back, so '
    'a deleted message''s number is not given again.';
COMMENT ON COLUMN copilot.conversations.created_at IS
    'When the conversation began.';
COMMENT ON COLUMN copilot.conversations.updated_at IS
    'The last message, or the last change of the row itself, kept by trigger; the order of every '
    'list.';

CREATE TRIGGER tg__set_updated_at
BEFORE UPDATE ON copilot.conversations
FOR EACH ROW
WHEN (OLD.* IS DISTINCT FROM NEW.*)
EXECUTE FUNCTION core.tg__set_updated_at();

-- Not for each message: what is audited is the conversation, not what is said in it.
CREATE TRIGGER tg__audit
AFTER INSERT OR DELETE OR UPDATE OF title, metadata ON copilot.conversations
FOR EACH ROW
EXECUTE FUNCTION core.tg__audit(
    '{conversation_id}',
    '{title,metadata}',
    '{updated_at,last_sequence_number}'
);

ALTER TABLE copilot.conversations ENABLE ROW LEVEL SECURITY;

CREATE POLICY conversations_owner_select ON copilot.conversations
FOR SELECT TO authenticated_users, readonly_users
USING (user_id = (SELECT core.current_user_uuid()));

CREATE POLICY conversations_owner_insert ON copilot.conversations
FOR INSERT TO authenticated_users
WITH CHECK (user_id = (SELECT core.current_user_uuid()));

CREATE POLICY conversations_owner_update ON copilot.conversations
FOR UPDATE TO authenticated_users
USING (user_id = (SELECT core.current_user_uuid()));

CREATE POLICY conversations_owner_delete ON copilot.conversations
FOR DELETE TO authenticated_users
USING (user_id = (SELECT core.current_user_uuid()));

GRANT
    SELECT,
    INSERT (conversation_id, user_id, title, metadata),
    UPDATE (title, metadata, updated_at),
    DELETE
ON copilot.conversations TO authenticated_users;
GRANT SELECT ON copilot.conversations TO readonly_users;
GRANT SELECT, INSERT ON copilot.conversations TO bulk_loader;
-- updated_at may be named, as 004's SQLAlchemy does; the trigger decides what it is.
-- No UPDATE of user_id: what is one's own is not given away. last_sequence_number is the triggers'.
