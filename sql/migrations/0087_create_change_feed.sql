-- 0087_create_change_feed
--
-- What:     assistant.changes, the trigger function that fills it, and what reads and prunes it.
-- Why:      003 broadcasts changes over WebSockets. NOTIFY alone forgets whoever was not listening;
--           with this table a listener that was away catches up exactly.
-- Locks:    nothing that existed before
-- Data:     1 reference row in assistant.change_feed
-- Rollback: loses the feed; listeners load everything again.

-- The hard part is the order. An id is drawn before its transaction is visible, so a reader could
-- see 6, remember it, and never be shown 5. Here an id is drawn under a lock that is held until the
-- drawing transaction is visible: whoever sees 6 has been able to see everything below it.
--
-- The cost: commits of transactions that changed something here go one at a time. The trigger is
-- deferred to the end of the transaction, so the lock is held from there to the end of COMMIT (a
-- flush of the log; with synchronous replication, its round trip), not while a transaction works.
-- Measured on two busy cores with fsync on: one writer commits as often as without the feed, eight
-- together 200 to 300 times a second instead of 500 to 700. And since nothing else is waited for at
-- that point, the lock can't take part in a deadlock, unless the transaction says SET CONSTRAINTS
-- IMMEDIATE.
--
-- What it does not outlive: a crash after commits with synchronous_commit = off, or a restore from a
-- backup, take back ids that somebody has seen. Listeners begin anew then.
CREATE TABLE assistant.changes (
    change_id bigint GENERATED ALWAYS AS IDENTITY,
    table_name varchar(63) NOT NULL,
    operation varchar(10) NOT NULL,
    row_id varchar(50),
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT changes_pkey PRIMARY KEY (change_id),
    CONSTRAINT changes_operation_check CHECK (
        operation IN ('insert', 'update', 'delete', 'truncate')
    ),
    CONSTRAINT changes_only_truncate_names_no_row_check CHECK (
        (row_id IS NULL) = (operation = 'truncate')
    )
);

COMMENT ON TABLE assistant.changes IS
    'The change feed: which row changed, in the order in which the changes became visible. It says '
    'what to read again, never what was in it. Read by assistant.changes_since(), written by '
    'trigger, pruned by assistant.prune_changes().';
COMMENT ON COLUMN assistant.changes.change_id IS
    'Higher than that of every change visible before. Not without gaps: a rollback leaves one.';
COMMENT ON COLUMN assistant.changes.table_name IS
    'rules, practices, templates or violations, without the schema.';
COMMENT ON COLUMN assistant.changes.operation IS
    'insert, update, delete or truncate. Archiving is a delete, restoring an insert.';
COMMENT ON COLUMN assistant.changes.row_id IS
    'The primary key of the row; NULL for a truncate, which is of all of them.';
COMMENT ON COLUMN assistant.changes.changed_at IS
    'Just before the change was committed.';

CREATE TABLE assistant.change_feed (
    one_row boolean NOT NULL DEFAULT true,
    pruned_through bigint NOT NULL DEFAULT 0,
    CONSTRAINT change_feed_pkey PRIMARY KEY (one_row),
    CONSTRAINT change_feed_has_one_row_check CHECK (one_row)
);

COMMENT ON TABLE assistant.change_feed IS
    'How far the feed was pruned: one row, so that a listener that was away too long is told so.';
COMMENT ON COLUMN assistant.change_feed.one_row IS
    'Always true: there is one row.';
COMMENT ON COLUMN assistant.change_feed.pruned_through IS
    'The highest change_id that assistant.prune_changes() has deleted; 0 before the first.';

INSERT INTO assistant.change_feed DEFAULT VALUES;

-- Arguments: the key's column, and an array literal of columns whose change is not worth telling.
-- Definer rights: a change is recorded whoever made it, and nobody may write the feed.
CREATE FUNCTION assistant.tg__record_change() RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    changed_row  jsonb;
    new_id       bigint;
BEGIN
    IF TG_OP = 'UPDATE'
        AND to_jsonb(OLD) - TG_ARGV[1]::text[] = to_jsonb(NEW) - TG_ARGV[1]::text[]
    THEN
        RETURN NULL;
    END IF;

    IF TG_OP <> 'TRUNCATE' THEN
        changed_row := CASE WHEN TG_OP = 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END;
    END IF;

    -- First the lock, then the id. It is let go after the transaction has become visible.
    PERFORM pg_advisory_xact_lock(hashtextextended('assistant.changes', 0));

    INSERT INTO assistant.changes (table_name, operation, row_id)
    VALUES (TG_TABLE_NAME, lower(TG_OP), changed_row ->> TG_ARGV[0])
    RETURNING change_id INTO new_id;

    -- The number alone: every login of the database may listen, whatever it may read.
    PERFORM pg_notify('assistant_changes', new_id::text);

    RETURN NULL;
END
$$;

COMMENT ON FUNCTION assistant.tg__record_change() IS
    'Writes a row''s change to assistant.changes and notifies the channel assistant_changes with '
    'its number. For deferred constraint triggers: from there to the end of COMMIT it holds off '
    'other commits of such changes. An update that changed nothing is none.';

REVOKE ALL ON FUNCTION assistant.tg__record_change() FROM PUBLIC;

CREATE FUNCTION assistant.latest_change_id() RETURNS bigint
LANGUAGE sql
STABLE
PARALLEL SAFE
RETURN (
    SELECT
        coalesce(
            (
                SELECT c.change_id
                FROM assistant.changes AS c
                ORDER BY c.change_id DESC
                LIMIT 1
            ),
            f.pruned_through
        )
    FROM assistant.change_feed AS f
);

COMMENT ON FUNCTION assistant.latest_change_id() IS
    'Where a new listener begins: LISTEN assistant_changes, remember this number, then load '
    'everything, then follow assistant.changes_since(). NULL for a session of nobody.';

REVOKE ALL ON FUNCTION assistant.latest_change_id() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION assistant.latest_change_id() TO authenticated_users, readonly_users;

CREATE FUNCTION assistant.changes_since(
    p_change_id bigint,
    p_limit integer DEFAULT 1000
) RETURNS SETOF assistant.changes
LANGUAGE plpgsql
STABLE
PARALLEL SAFE
ROWS 100
AS $$
DECLARE
    pruned       bigint;
    latest       bigint;
BEGIN
    SELECT f.pruned_through, assistant.latest_change_id()
    INTO pruned, latest
    FROM assistant.change_feed AS f;

    IF pruned IS NULL THEN
        RETURN;  -- nobody is signed in, who sees no change
    END IF;

    IF p_change_id IS NULL OR p_change_id < pruned OR p_change_id > latest THEN
        RAISE EXCEPTION 'the feed can''t be continued after change %: it has those from % to %',
            coalesce(p_change_id::text, 'NULL'), pruned + 1, latest
            USING
                ERRCODE = 'object_not_in_prerequisite_state',
                HINT = 'Begin anew: remember assistant.latest_change_id(), then load everything.';
    END IF;

    RETURN QUERY
    SELECT c.*
    FROM assistant.changes AS c
    WHERE c.change_id > p_change_id
    ORDER BY c.change_id
    LIMIT least(greatest(coalesce(p_limit, 1000), 1), 10000);
END
$$;

COMMENT ON FUNCTION assistant.changes_since(bigint, integer) IS
    'The changes after the last one seen, in order, at most 10,000 at a time; fewer than asked for '
    'means there are no more. Raises object_not_in_prerequisite_state for a number that was '
    'pruned, or that this database has not reached (it was restored, or is a standby behind).';

REVOKE ALL ON FUNCTION assistant.changes_since(bigint, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION assistant.changes_since(bigint, integer) TO
    authenticated_users,
    readonly_users;

-- Maintenance is run by a scheduled job as the owner, for nobody in particular, or by a person.
CREATE FUNCTION assistant.require_maintainer() RETURNS void
LANGUAGE plpgsql
STABLE
PARALLEL SAFE
AS $$
BEGIN
    IF NOT pg_catalog.pg_has_role(session_user, 'footing_owner', 'MEMBER') THEN
        PERFORM core.require_admin();
    END IF;
END
$$;

COMMENT ON FUNCTION assistant.require_maintainer() IS
    'Raises insufficient_privilege unless the login is a member of footing_owner or the session''s '
    'person is an active administrator.';

REVOKE ALL ON FUNCTION assistant.require_maintainer() FROM PUBLIC;

CREATE FUNCTION assistant.prune_changes(older_than interval DEFAULT '30 days') RETURNS bigint
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    first_kept   bigint;
    pruned       bigint;
    highest      bigint;
BEGIN
    PERFORM assistant.require_maintainer();

    IF older_than IS NULL OR older_than < interval '0' THEN
        RAISE EXCEPTION 'older_than is %, and must be an interval of 0 or more',
            coalesce(older_than::text, 'NULL')
            USING ERRCODE = 'invalid_parameter_value';
    END IF;

    -- One at a time.
    PERFORM FROM assistant.change_feed AS f FOR UPDATE;

    -- By id, not by time: the feed loses its beginning and nothing else, whatever the clock did.
    SELECT c.change_id
    INTO first_kept
    FROM assistant.changes AS c
    WHERE c.changed_at >= now() - older_than
    ORDER BY c.change_id
    LIMIT 1;

    WITH gone AS (
        DELETE FROM assistant.changes AS c
        WHERE first_kept IS NULL
            OR c.change_id < first_kept
        RETURNING c.change_id
    )
    SELECT count(*), max(g.change_id)
    INTO pruned, highest
    FROM gone AS g;

    UPDATE assistant.change_feed AS f
    SET pruned_through = highest
    WHERE highest IS NOT NULL;

    RETURN pruned;
END
$$;

COMMENT ON FUNCTION assistant.prune_changes(interval) IS
    'Deletes the beginning of the feed up to the first change that is younger, and returns how '
    'many that were. A listener that was away longer is told so by assistant.changes_since(). '
    'For footing_owner and administrators; once a day is often enough.';

REVOKE ALL ON FUNCTION assistant.prune_changes(interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION assistant.prune_changes(interval) TO authenticated_users;

ALTER TABLE assistant.changes ENABLE ROW LEVEL SECURITY;

CREATE POLICY changes_everybody_select ON assistant.changes
FOR SELECT TO authenticated_users, readonly_users
USING ((SELECT core.active_user_id()) IS NOT NULL);

GRANT SELECT ON assistant.changes TO authenticated_users, readonly_users;
-- Nobody writes it but the trigger.

ALTER TABLE assistant.change_feed ENABLE ROW LEVEL SECURITY;

CREATE POLICY change_feed_everybody_select ON assistant.change_feed
FOR SELECT TO authenticated_users, readonly_users
USING ((SELECT core.active_user_id()) IS NOT NULL);

GRANT SELECT ON assistant.change_feed TO authenticated_users, readonly_users;
-- Nobody writes it but assistant.prune_changes().
