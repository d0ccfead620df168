-- 0114_create_refresh_functions
--
-- What:     ops.materialized_view_refreshes, when each materialized view was refreshed and how that
--           went, and ops.refresh_materialized_view(), which does it.
-- Why:      000 §3.2 and 002 §3 promise a refresh every few minutes. Two of them at one view must not
--           queue up, and who watches must see how old the figures are.
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses when each view was refreshed last.

CREATE TABLE ops.materialized_view_refreshes (
    schema_name name NOT NULL,
    view_name name NOT NULL,
    refreshed_at timestamptz,
    duration interval,
    attempted_at timestamptz NOT NULL,
    error text,
    CONSTRAINT materialized_view_refreshes_pkey PRIMARY KEY (schema_name, view_name)
) WITH (fillfactor = 50);

COMMENT ON TABLE ops.materialized_view_refreshes IS
    'One row a materialized view that was refreshed by ops.refresh_materialized_view(), updated in '
    'place. Joined with what the catalogue knows: ops.materialized_views.';
COMMENT ON COLUMN ops.materialized_view_refreshes.schema_name IS
    'Schema of the view.';
COMMENT ON COLUMN ops.materialized_view_refreshes.view_name IS
    'The materialized view.';
COMMENT ON COLUMN ops.materialized_view_refreshes.refreshed_at IS
    'When the last refresh that succeeded began: the moment its figures are of.';
COMMENT ON COLUMN ops.materialized_view_refreshes.duration IS
    'How long that refresh took.';
COMMENT ON COLUMN ops.materialized_view_refreshes.attempted_at IS
    'When the last refresh began, also one that failed.';
COMMENT ON COLUMN ops.materialized_view_refreshes.error IS
    'What the last refresh failed with; NULL after a success.';

GRANT SELECT ON ops.materialized_view_refreshes TO monitoring;

CREATE FUNCTION ops.refresh_materialized_view(view regclass) RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
    began        constant timestamptz := clock_timestamp();
    target       record;
    failure      text;
BEGIN
    SELECT
        n.nspname,
        c.relname,
        c.relispopulated AND EXISTS (
            SELECT
            FROM pg_catalog.pg_index AS i
            WHERE i.indrelid = c.oid
                AND i.indisunique
                AND i.indisvalid
                AND i.indpred IS NULL
                AND i.indexprs IS NULL
        ) AS concurrently
    INTO target
    FROM pg_catalog.pg_class AS c
    INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.oid = view
        AND c.relkind = 'm';

    IF NOT FOUND THEN
        RAISE EXCEPTION '% is not a materialized view', view
            USING
                ERRCODE = 'wrong_object_type',
                HINT = 'They are listed in ops.materialized_views.';
    END IF;

    -- The key is the view's own address in the catalogue; PostgreSQL's integers are signed.
    IF NOT pg_try_advisory_xact_lock('pg_catalog.pg_class'::regclass::integer, view::oid::bigint::bit(32)::integer)
    THEN
        RETURN 'skipped';
    END IF;

    BEGIN
        PERFORM set_config('lock_timeout', '2s', true);
        EXECUTE format(
            'REFRESH MATERIALIZED VIEW %s %I.%I',
            CASE WHEN target.concurrently THEN 'CONCURRENTLY' ELSE '' END,
            target.nspname,
            target.relname
        );
    EXCEPTION
        WHEN lock_not_available THEN
            RETURN 'skipped';
        WHEN OTHERS THEN
            failure := format('%s (%s)', SQLERRM, SQLSTATE);
    END;

    INSERT INTO ops.materialized_view_refreshes AS r (
        schema_name, view_name, refreshed_at, duration, attempted_at, error
    )
    VALUES (
        target.nspname,
        target.relname,
        CASE WHEN failure IS NULL THEN began END,
        CASE WHEN failure IS NULL THEN clock_timestamp() - began END,
        began,
        failure
    )
    ON CONFLICT (schema_name, view_name) DO UPDATE
    SET
        refreshed_at = coalesce(excluded.refreshed_at, r.refreshed_at),
        duration = coalesce(excluded.duration, r.duration),
        attempted_at = excluded.attempted_at,
        error = excluded.error;

    RETURN CASE WHEN failure IS NULL THEN 'refreshed' ELSE 'failed' END;
END
$$;

COMMENT ON FUNCTION ops.refresh_materialized_view(regclass) IS
    'Refreshes one view and records it: CONCURRENTLY, so that readers go on, unless it was never '
    'filled. Returns refreshed; skipped where another refresh of it runs or its lock is not had in 2 '
    'seconds (lock_timeout stays so for the transaction); failed with the reason in '
    'ops.materialized_view_refreshes. For footing_owner: footing refresh calls it view by view.';

REVOKE ALL ON FUNCTION ops.refresh_materialized_view(regclass) FROM PUBLIC;
