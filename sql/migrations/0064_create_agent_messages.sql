-- 0064_create_agent_messages
--
-- What:     webtest.agent_messages with what a work queue needs besides, row security and grants;
--           a notification for new work.
-- Why:      000 §1.2, whose messages name agents that need not exist (defect 24), and whose status
--           says neither who is at work on a message nor for how long.
-- Locks:    core.projects SHARE ROW EXCLUSIVE, webtest.agents SHARE ROW EXCLUSIVE
-- Data:     none
-- Rollback: loses every message.

CREATE TABLE webtest.agent_messages (
    id bigint GENERATED ALWAYS AS IDENTITY,
    project_id bigint NOT NULL,
    sender_id varchar(50) NOT NULL,
    receiver_id varchar(50) NOT NULL,
    message_type varchar(50) NOT NULL,
    payload jsonb NOT NULL,
    status varchar(20) NOT NULL DEFAULT 'sent',
    attempts integer NOT NULL DEFAULT 0,
    max_attempts integer NOT NULL DEFAULT 5,
    leased_until timestamptz,
    last_error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    processed_at timestamptz,
    CONSTRAINT agent_messages_pkey PRIMARY KEY (id),
    CONSTRAINT agent_messages_project_id_fkey FOREIGN KEY (project_id)
        REFERENCES core.projects (id) ON DELETE CASCADE,
    -- Checked at the end of the statement, so that a project may go with agents and messages.
    CONSTRAINT agent_messages_sender_id_fkey FOREIGN KEY (sender_id, project_id)
        REFERENCES webtest.agents (agent_id, project_id) ON DELETE NO ACTION,
    CONSTRAINT agent_messages_receiver_id_fkey FOREIGN KEY (receiver_id, project_id)
        REFERENCES webtest.agents (agent_id, project_id) ON DELETE NO ACTION,
    CONSTRAINT agent_messages_message_type_is_not_blank_check CHECK (message_type ~ '\S'),
    CONSTRAINT agent_messages_status_check CHECK (
        status IN ('sent', 'delivered', 'processed', 'failed')
    ),
    CONSTRAINT agent_messages_attempts_are_limited_check CHECK (
        attempts >= 0
        AND attempts <= max_attempts
        AND max_attempts >= 1
    ),
    CONSTRAINT agent_messages_sent_is_not_attempted_check CHECK (
        attempts = 0
        OR status <> 'sent'
    ),
    CONSTRAINT agent_messages_only_delivered_is_leased_check CHECK (
        leased_until IS NULL
        OR status = 'delivered'
    ),
    CONSTRAINT agent_messages_processed_has_a_time_check CHECK (
        (processed_at IS NOT NULL) = (status = 'processed')
    )
);

COMMENT ON TABLE webtest.agent_messages IS
    'Messages from agent to agent, which are work: webtest.claim_messages() hands them out, '
    'webtest.complete_message() and webtest.fail_message() end them. Done at least once, and no '
    'attempt goes unrecorded. Finished ones stay until a manager deletes them.';
COMMENT ON COLUMN webtest.agent_messages.id IS
    'Order of sending: the lower is handed out first.';
COMMENT ON COLUMN webtest.agent_messages.project_id IS
    'The tenant. Left out, the one project that has both agents: webtest.project_of_agents().';
COMMENT ON COLUMN webtest.agent_messages.sender_id IS
    'The agent that asks.';
COMMENT ON COLUMN webtest.agent_messages.receiver_id IS
    'The agent that is to do it, of the same project.';
COMMENT ON COLUMN webtest.agent_messages.message_type IS
    'What kind of work; the agents'' own words.';
COMMENT ON COLUMN webtest.agent_messages.payload IS
    'The work itself: any JSON.';
COMMENT ON COLUMN webtest.agent_messages.status IS
    'sent (nobody has begun), delivered (being done, or to be tried again), then processed or '
    'failed for good.';
COMMENT ON COLUMN webtest.agent_messages.attempts IS
    'How often it was handed out. Also the fencing token: only who claimed the last attempt may '
    'end it.';
COMMENT ON COLUMN webtest.agent_messages.max_attempts IS
    'After so many attempts it has failed.';
COMMENT ON COLUMN webtest.agent_messages.leased_until IS
    'Until then nobody else is handed it. NULL with delivered: at once.';
COMMENT ON COLUMN webtest.agent_messages.last_error IS
    'What the last failed attempt said.';
COMMENT ON COLUMN webtest.agent_messages.created_at IS
    'When it was sent.';
COMMENT ON COLUMN webtest.agent_messages.processed_at IS
    'When it was done; NULL exactly until then.';

-- Queue tables turn over: vacuum by the thousand, not by the fifth of the table.
ALTER TABLE webtest.agent_messages SET (
    autovacuum_vacuum_scale_factor = 0.01,
    autovacuum_vacuum_threshold = 1000
);

-- Invoker rights, those of webtest.project_of_agents().
CREATE FUNCTION webtest.tg_agent_messages__fill_project() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    NEW.project_id := webtest.project_of_agents(NEW.sender_id, NEW.receiver_id);
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION webtest.tg_agent_messages__fill_project() IS
    'The project of a message is that of its two agents.';

REVOKE ALL ON FUNCTION webtest.tg_agent_messages__fill_project() FROM PUBLIC;

CREATE TRIGGER tg_agent_messages__fill_project
BEFORE INSERT ON webtest.agent_messages
FOR EACH ROW
WHEN (NEW.project_id IS NULL)
EXECUTE FUNCTION webtest.tg_agent_messages__fill_project();

-- The fence is only as good as its token.
CREATE FUNCTION webtest.tg_agent_messages__keep_what_was_ended() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION 'message % is %, at attempt %: it does not go back',
        OLD.id, OLD.status, OLD.attempts
        USING
            ERRCODE = 'restrict_violation',
            HINT = 'To have it done again, send another message.';
END
$$;

COMMENT ON FUNCTION webtest.tg_agent_messages__keep_what_was_ended() IS
    'Refuses to take up an ended message again, and to count attempts backwards.';

REVOKE ALL ON FUNCTION webtest.tg_agent_messages__keep_what_was_ended() FROM PUBLIC;

CREATE TRIGGER tg_agent_messages__keep_what_was_ended
BEFORE UPDATE ON webtest.agent_messages
FOR EACH ROW
WHEN (OLD.status IN ('processed', 'failed') OR NEW.attempts < OLD.attempts)
EXECUTE FUNCTION webtest.tg_agent_messages__keep_what_was_ended();

-- One notification for each receiver a statement wrote to, however many messages; a receiver of
-- two projects hears of each. Equal ones of one transaction arrive once.
CREATE FUNCTION webtest.tg_agent_messages__notify() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM pg_catalog.pg_notify(
        'webtest_agent_messages',
        pg_catalog.json_build_object('project_id', w.project_id, 'receiver_id', w.receiver_id)::text
    )
    FROM (
        SELECT DISTINCT n.project_id, n.receiver_id
        FROM new_rows AS n
        WHERE n.status IN ('sent', 'delivered')
    ) AS w;

    RETURN NULL;
END
$$;

COMMENT ON FUNCTION webtest.tg_agent_messages__notify() IS
    'Tells channel webtest_agent_messages which agent of which project has new work: '
    '{"project_id": 1, "receiver_id": "…"}, and nothing of the work. Every login of the database '
    'may listen. A hint, not a delivery: workers also ask when their wait runs out.';

REVOKE ALL ON FUNCTION webtest.tg_agent_messages__notify() FROM PUBLIC;

CREATE TRIGGER tg_agent_messages__notify
AFTER INSERT ON webtest.agent_messages
REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT
EXECUTE FUNCTION webtest.tg_agent_messages__notify();

ALTER TABLE webtest.agent_messages ENABLE ROW LEVEL SECURITY;

CREATE POLICY agent_messages_viewers_select ON webtest.agent_messages
FOR SELECT TO authenticated_users, readonly_users
USING (
    nullif(project_id IN (SELECT a.project_id FROM core.session_access AS a), false) IS NOT NULL
);

CREATE POLICY agent_messages_editors_insert ON webtest.agent_messages
FOR INSERT TO authenticated_users
WITH CHECK (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level IN ('editor', 'manager')
    )
);

CREATE POLICY agent_messages_editors_update ON webtest.agent_messages
FOR UPDATE TO authenticated_users
USING (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level IN ('editor', 'manager')
    )
);

-- What waits is work: it is ended first.
CREATE POLICY agent_messages_managers_delete ON webtest.agent_messages
FOR DELETE TO authenticated_users
USING (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level = 'manager'
    )
    AND status IN ('processed', 'failed')
);

GRANT
    SELECT,
    INSERT (
        project_id, sender_id, receiver_id, message_type, payload, status, max_attempts,
        processed_at
    ),
    UPDATE (status, attempts, leased_until, last_error, processed_at),
    DELETE
ON webtest.agent_messages TO authenticated_users;
GRANT SELECT ON webtest.agent_messages TO readonly_users;
GRANT SELECT, INSERT ON webtest.agent_messages TO bulk_loader;
-- No UPDATE of what was asked, by whom and of whom: a message's state changes, it does not.
