-- 0131_create_delete_expired
--
-- What:     ops.delete_expired(), which deletes one batch of a table's expired rows, and
--           ops.has_expired(), which tells whether there are any.
-- Why:      000's test_executions are one table, which can't lose a month as a partition (defect 79).
--           One DELETE of a million rows holds its row locks and the vacuum horizon for minutes.
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses nothing

CREATE FUNCTION ops.has_expired(target regclass) RETURNS boolean
LANGUAGE plpgsql
STABLE
PARALLEL SAFE
AS $$
DECLARE
    policy       record;
    found_one    boolean;
BEGIN
    SELECT
        r.time_column,
        now() - r.keep AS before,
        CASE
            WHEN r.open_column IS NULL THEN 'true'
            ELSE format('t.%I <> ALL (%L)', r.open_column, r.open_values)
        END AS is_closed
    INTO STRICT policy
    FROM ops.retention_policies AS r
    WHERE to_regclass(format('%I.%I', r.schema_name, r.table_name)) = target
        AND r.method = 'delete rows';

    EXECUTE format(
        'SELECT EXISTS (SELECT FROM %s AS t WHERE t.%I < $1 AND %s)',
        target, policy.time_column, policy.is_closed
    )
    INTO found_one
    USING policy.before;

    RETURN found_one;
END
$$;

COMMENT ON FUNCTION ops.has_expired(regclass) IS
    'Is there a row older than the table''s policy keeps it, other than open ones? no_data_found '
    'for a table that ops.retention_policies does not expire by rows.';

REVOKE ALL ON FUNCTION ops.has_expired(regclass) FROM PUBLIC;

CREATE FUNCTION ops.delete_expired(target regclass, batch_size integer DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    policy       record;
    deleted      bigint;
BEGIN
    SELECT
        r.time_column,
        now() - r.keep AS before,
        coalesce(delete_expired.batch_size, r.batch_size) AS batch_size,
        CASE
            WHEN r.open_column IS NULL THEN 'true'
            ELSE format('t.%I <> ALL (%L)', r.open_column, r.open_values)
        END AS is_closed
    INTO policy
    FROM ops.retention_policies AS r
    WHERE to_regclass(format('%I.%I', r.schema_name, r.table_name)) = target
        AND r.method = 'delete rows';

    IF NOT FOUND THEN
        RAISE EXCEPTION 'no policy says that rows of % are deleted', target
            USING
                ERRCODE = 'object_not_in_prerequisite_state',
                HINT = 'ops.retention_policies names the tables, with method delete rows.';
    END IF;

    IF policy.batch_size NOT BETWEEN 1 AND 100000 THEN
        RAISE EXCEPTION 'batch_size is %, and must be from 1 to 100000', policy.batch_size
            USING ERRCODE = 'invalid_parameter_value';
    END IF;

    -- The oldest first, along the index of time_column. A row that a transaction works on is left
    -- to the next run instead of waited for. The places (ctid) are those of rows locked here, so
    -- nobody moves them before they are deleted.
    EXECUTE format(
        'DELETE FROM %1$s AS gone WHERE gone.ctid = ANY (ARRAY('
        ' SELECT t.ctid FROM %1$s AS t WHERE t.%2$I < $1 AND %3$s'
        ' ORDER BY t.%2$I LIMIT $2 FOR UPDATE SKIP LOCKED))',
        target, policy.time_column, policy.is_closed
    )
    USING policy.before, policy.batch_size;
    GET DIAGNOSTICS deleted = ROW_COUNT;

    RETURN deleted;
END
$$;

COMMENT ON FUNCTION ops.delete_expired(regclass, integer) IS
    'Deletes the oldest expired rows of a table, at most one batch, and returns how many: 0 when '
    'none is left but those that are open or locked. What refers to them goes as its foreign key '
    'says. For footing_owner, a transaction each: footing maintain calls it until it returns 0.';

REVOKE ALL ON FUNCTION ops.delete_expired(regclass, integer) FROM PUBLIC;
