-- 0109_create_messages
--
-- What:     copilot.messages, numbered within their conversation, with row security and grants.
-- Why:      004 §5 orders messages by a time that two of one transaction share and a key that is
--           random, so an answer may come before its question (defect 44); its rows anybody may
--           read (69), and they have no updated_at (36).
-- Locks:    copilot.conversations SHARE ROW EXCLUSIVE
-- Data:     none
-- Rollback: loses every message; conversations stay, and keep their last number.

CREATE TABLE copilot.messages (
    message_id uuid NOT NULL DEFAULT gen_random_uuid(),
    conversation_id uuid NOT NULL,
    user_id uuid NOT NULL DEFAULT core.current_user_uuid(),
    sequence_number integer NOT NULL,
    role varchar(20) NOT NULL,
    content text NOT NULL,
    metadata jsonb NOT NULL DEFAULT '{}',
    token_count integer,
    timestamp timestamptz NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT messages_pkey PRIMARY KEY (message_id),
    CONSTRAINT messages_conversation_id_sequence_number_key UNIQUE (
        conversation_id,
        sequence_number
    ),
    -- The owner comes with the conversation: no second foreign key to core.users.
    CONSTRAINT messages_conversation_id_user_id_fkey FOREIGN KEY (conversation_id, user_id)
        REFERENCES copilot.conversations (conversation_id, user_id) ON DELETE CASCADE,
    CONSTRAINT messages_sequence_number_is_positive_check CHECK (sequence_number >= 1),
    CONSTRAINT messages_role_check CHECK (role IN ('user', 'assistant', 'system')),
    CONSTRAINT messages_metadata_is_an_object_check CHECK (jsonb_typeof(metadata) = 'object'),
    CONSTRAINT messages_token_count_is_a_count_check CHECK (token_count >= 0)
);

COMMENT ON TABLE copilot.messages IS
    'What was said in a conversation. A plain INSERT appends: the message gets the next number '
    'under the lock of its conversation''s row, held until commit, so that a reader who has seen '
    'number n has seen all before it. Who appends to several conversations in one transaction does '
    'so in the order of conversation_id; two that don''t may deadlock, and one of them is '
    'cancelled (40P01).';
COMMENT ON COLUMN copilot.messages.message_id IS
    'The key; the client may choose it, so that a request sent twice adds one message (ON CONFLICT '
    'DO NOTHING uses up no number).';
COMMENT ON COLUMN copilot.messages.conversation_id IS
    'The conversation. A message is never moved to another.';
COMMENT ON COLUMN copilot.messages.user_id IS
    'The conversation''s owner: the session''s person, or filled from the conversation.';
COMMENT ON COLUMN copilot.messages.sequence_number IS
    'The place in the conversation, from 1, given by trigger: the order of messages, whatever '
    'their clocks say.';
COMMENT ON COLUMN copilot.messages.role IS
    'Who speaks: user, assistant or system.';
COMMENT ON COLUMN copilot.messages.content IS
    'What is said; may be empty while an answer is on its way.';
COMMENT ON COLUMN copilot.messages.metadata IS
    'What goes with the message: model, references, generation results. One object.';
COMMENT ON COLUMN copilot.messages.token_count IS
    'What the model counted; NULL where it did not.';
COMMENT ON COLUMN copilot.messages.timestamp IS
    'When it was said. Left out, the moment it got its number, later than the message before it.';
COMMENT ON COLUMN copilot.messages.updated_at IS
    'Last change to the row, kept by trigger.';

CREATE TRIGGER tg__set_updated_at
BEFORE UPDATE ON copilot.messages
FOR EACH ROW
WHEN (OLD.* IS DISTINCT FROM NEW.*)
EXECUTE FUNCTION core.tg__set_updated_at();

-- Invoker rights: a conversation that the session can't see gives no owner. Of the BEFORE triggers,
-- which fire by name, this one comes first.
CREATE FUNCTION copilot.tg_messages__fill_owner() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    SELECT c.user_id
    INTO NEW.user_id
    FROM copilot.conversations AS c
    WHERE c.conversation_id = NEW.conversation_id;

    RETURN NEW;
END
$$;

COMMENT ON FUNCTION copilot.tg_messages__fill_owner() IS
    'The owner of a message that a loader gives none is that of its conversation.';

REVOKE ALL ON FUNCTION copilot.tg_messages__fill_owner() FROM PUBLIC;

CREATE TRIGGER tg_messages__fill_owner
BEFORE INSERT ON copilot.messages
FOR EACH ROW
WHEN (NEW.user_id IS NULL)
EXECUTE FUNCTION copilot.tg_messages__fill_owner();

-- Definer rights: nobody else changes last_sequence_number. Only a conversation of the message's
-- owner is looked at or locked, and the INSERT policy then asks whether that owner is the session's
-- person. Messages of the same statement count too: an INSERT of a thousand rows locks its
-- conversation once, and updates it once, at its end.
-- A number that a loader gives is kept.
CREATE FUNCTION copilot.tg_messages__number() RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    last_number  integer;
BEGIN
    SELECT c.last_sequence_number
    INTO last_number
    FROM copilot.conversations AS c
    WHERE c.conversation_id = NEW.conversation_id
        AND c.user_id = NEW.user_id
    FOR NO KEY UPDATE;

    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no conversation %', NEW.conversation_id
            USING
                ERRCODE = 'foreign_key_violation',
                HINT = 'It must be a conversation of the person in app.user_id.';
    END IF;

    IF NEW.sequence_number IS NULL THEN
        SELECT greatest(max(m.sequence_number), last_number) + 1
        INTO NEW.sequence_number
        FROM copilot.messages AS m
        WHERE m.conversation_id = NEW.conversation_id;
    END IF;

    NEW.timestamp := coalesce(NEW.timestamp, clock_timestamp());
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION copilot.tg_messages__number() IS
    'Gives a message the next number of its conversation, and the time, under the lock of the '
    'conversation''s row.';

REVOKE ALL ON FUNCTION copilot.tg_messages__number() FROM PUBLIC;

CREATE TRIGGER tg_messages__number
BEFORE INSERT ON copilot.messages
FOR EACH ROW
EXECUTE FUNCTION copilot.tg_messages__number();

-- Definer rights, likewise. The rows are locked already, so their order is no matter. One by one, by
-- their key: a join with the new rows would be planned once a session, by how many came first.
CREATE FUNCTION copilot.tg_messages__advance_conversation() RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    latest       record;
BEGIN
    FOR latest IN
        SELECT n.conversation_id, max(n.sequence_number) AS sequence_number
        FROM appended AS n
        GROUP BY n.conversation_id
    LOOP
        UPDATE copilot.conversations AS c
        SET last_sequence_number = greatest(c.last_sequence_number, latest.sequence_number)
        WHERE c.conversation_id = latest.conversation_id;
    END LOOP;

    RETURN NULL;
END
$$;

COMMENT ON FUNCTION copilot.tg_messages__advance_conversation() IS
    'Brings a conversation''s last number, and with it updated_at, up to the messages appended.';

REVOKE ALL ON FUNCTION copilot.tg_messages__advance_conversation() FROM PUBLIC;

CREATE TRIGGER tg_messages__advance_conversation
AFTER INSERT ON copilot.messages
REFERENCING NEW TABLE AS appended
FOR EACH STATEMENT
EXECUTE FUNCTION copilot.tg_messages__advance_conversation();

ALTER TABLE copilot.messages ENABLE ROW LEVEL SECURITY;

CREATE POLICY messages_owner_select ON copilot.messages
FOR SELECT TO authenticated_users, readonly_users
USING (user_id = (SELECT core.current_user_uuid()));

CREATE POLICY messages_owner_insert ON copilot.messages
FOR INSERT TO authenticated_users
WITH CHECK (user_id = (SELECT core.current_user_uuid()));

CREATE POLICY messages_owner_update ON copilot.messages
FOR UPDATE TO authenticated_users
USING (user_id = (SELECT core.current_user_uuid()));

CREATE POLICY messages_owner_delete ON copilot.messages
FOR DELETE TO authenticated_users
USING (user_id = (SELECT core.current_user_uuid()));

GRANT
    SELECT,
    INSERT (message_id, conversation_id, role, content, metadata, token_count, timestamp),
    UPDATE (content, metadata, token_count, updated_at),
    DELETE
ON copilot.messages TO authenticated_users;
GRANT SELECT ON copilot.messages TO readonly_users;
GRANT SELECT, INSERT ON copilot.messages TO bulk_loader;
-- No INSERT of user_id or sequence_number, no UPDATE of what was said when by whom: an answer that
-- arrives in pieces grows, and stays where it is.
