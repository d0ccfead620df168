-- 0083_create_project_events
--
-- What:     apex.project_events, by month, append-only, with its first partitions, row security and
--           grants.
-- Why:      002 §2's audit queries and §6; partitioned from the start, which the document puts off
--           until there are a million.
-- Locks:    core.users SHARE ROW EXCLUSIVE, apex.projects SHARE ROW EXCLUSIVE
-- Data:     1 reference row in ops.partitioned_logs
-- Rollback: loses every event.

CREATE TABLE apex.project_events (
    event_id bigint GENERATED ALWAYS AS IDENTITY,
    account_id bigint NOT NULL,
    project_id bigint NOT NULL,
    user_id bigint DEFAULT core.current_user_id(),
    event_type varchar(100) NOT NULL,
    data jsonb NOT NULL DEFAULT '{}',
    timestamp timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT project_events_pkey PRIMARY KEY (timestamp, event_id),
    CONSTRAINT project_events_account_id_project_id_fkey FOREIGN KEY (account_id, project_id)
        REFERENCES apex.projects (account_id, project_id) ON DELETE CASCADE,
    CONSTRAINT project_events_user_id_fkey FOREIGN KEY (user_id)
        REFERENCES core.users (id) ON DELETE RESTRICT,
    CONSTRAINT project_events_event_type_is_not_blank_check CHECK (event_type ~ '\S'),
    CONSTRAINT project_events_data_is_an_object_check CHECK (jsonb_typeof(data) = 'object')
) PARTITION BY RANGE (timestamp);

COMMENT ON TABLE apex.project_events IS
    'What happened to a project, as the product tells it. Rows are never changed, and leave with '
    'their month''s partition or their project. A month older than last needs '
    'ops.create_partition() first. Who changed what in apex.projects is in core.audit_logs.';
COMMENT ON COLUMN apex.project_events.event_id IS
    'Tells events of one instant apart; unique together with timestamp.';
COMMENT ON COLUMN apex.project_events.account_id IS
    'The tenant: the project''s account, filled from the project where the INSERT names none.';
COMMENT ON COLUMN apex.project_events.project_id IS
    'The project, of the same account; its events go with it.';
COMMENT ON COLUMN apex.project_events.user_id IS
    'Who did it: the session''s person where the INSERT names none; NULL for the product itself. '
    'Kept after erasure, as a pseudonym.';
COMMENT ON COLUMN apex.project_events.event_type IS
    'What happened, in the product''s own words.';
COMMENT ON COLUMN apex.project_events.data IS
    'One object, with what is to be known about it; nobody''s name.';
COMMENT ON COLUMN apex.project_events.timestamp IS
    'When it happened; the partition follows from it.';

CREATE TRIGGER tg__fill_account
BEFORE INSERT ON apex.project_events
FOR EACH ROW
WHEN (NEW.account_id IS NULL)
EXECUTE FUNCTION apex.tg__fill_account();

-- No column may be blanked: user_id is a pseudonym once the person is erased.
CREATE TRIGGER tg__append_only
BEFORE UPDATE ON apex.project_events
FOR EACH ROW
EXECUTE FUNCTION core.tg__append_only('{}');

-- The foreign key deletes at depth 1: the events of a project that is deleted.
CREATE TRIGGER tg__append_only_delete
BEFORE DELETE ON apex.project_events
FOR EACH ROW
WHEN (pg_trigger_depth() = 0)
EXECUTE FUNCTION core.tg__append_only('{}');

CREATE TRIGGER tg__append_only_truncate
BEFORE TRUNCATE ON apex.project_events
FOR EACH STATEMENT
EXECUTE FUNCTION core.tg__append_only();

ALTER TABLE apex.project_events ENABLE ROW LEVEL SECURITY;

CREATE POLICY project_events_viewers_select ON apex.project_events
FOR SELECT TO authenticated_users, readonly_users
USING (
    nullif(account_id IN (SELECT m.account_id FROM apex.session_access AS m), false) IS NOT NULL
);

-- In one's own name, or in nobody's.
CREATE POLICY project_events_editors_insert ON apex.project_events
FOR INSERT TO authenticated_users
WITH CHECK (
    account_id IN (
        SELECT m.account_id
        FROM apex.session_access AS m
        WHERE m.access_level IN ('editor', 'manager')
    )
    AND (user_id IS NULL OR user_id = (SELECT core.current_user_id()))
);

GRANT
    SELECT,
    INSERT (
        account_id, project_id, user_id, event_type, data, timestamp
    )
ON apex.project_events TO authenticated_users;
GRANT SELECT ON apex.project_events TO readonly_users;
GRANT SELECT, INSERT ON apex.project_events TO bulk_loader;
-- No UPDATE or DELETE for anybody, and nothing on a partition: a grant there would go round these
-- policies.

INSERT INTO ops.partitioned_logs (schema_name, table_name)
VALUES ('apex', 'project_events');

-- Last month too: on the first of a month, yesterday's events are still to come.
SELECT ops.create_partition(
    'apex.project_events',
    (date_trunc('month', now() AT TIME ZONE 'UTC') - interval '1 month')::date
);

SELECT ops.create_partitions_ahead();
