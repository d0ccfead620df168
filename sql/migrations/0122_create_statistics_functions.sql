-- 0122_create_statistics_functions
--
-- What:     ops.statements(), ops.checkpoints(), ops.column_widths(), ops.sequence_positions().
-- Why:      reports and exporters run on PostgreSQL 15 to 18 as monitoring. The first two read
--           views whose columns differ between versions; the other two read what only an owner
--           may: average widths of columns, and where a sequence stands (000 §5).
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses nothing

-- The columns are looked for, not the server's version: after an upgrade without ALTER EXTENSION
-- … UPDATE the old ones are still there.
CREATE FUNCTION ops.statements() RETURNS TABLE (
    queryid bigint,
    role_name name,
    query text,
    calls bigint,
    row_count bigint,
    total_ms double precision,
    mean_ms double precision,
    max_ms double precision,
    stddev_ms double precision,
    blocks_hit bigint,
    blocks_read bigint,
    blocks_dirtied bigint,
    temp_blocks bigint,
    io_ms double precision,
    wal_bytes numeric
)
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
AS $$
DECLARE
    source       constant regclass := to_regclass('extensions.pg_stat_statements');
    io_time      text := 's.blk_read_time + s.blk_write_time';
BEGIN
    IF source IS NULL THEN
        RAISE EXCEPTION 'pg_stat_statements is not in schema extensions of this database'
            USING
                ERRCODE = 'undefined_table',
                HINT = 'Add it to shared_preload_libraries, restart, and run sql/bootstrap.sql.';
    END IF;

    IF EXISTS (
        SELECT
        FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = source
            AND a.attname = 'shared_blk_read_time'
    ) THEN
        io_time := 's.shared_blk_read_time + s.shared_blk_write_time'
            || ' + s.local_blk_read_time + s.local_blk_write_time';
    END IF;

    RETURN QUERY EXECUTE format(
        'SELECT s.queryid, pg_get_userbyid(s.userid),'
        ' CASE WHEN s.query ~* %L THEN %L ELSE s.query END,'
        ' s.calls, s.rows, s.total_exec_time, s.mean_exec_time, s.max_exec_time,'
        ' s.stddev_exec_time, s.shared_blks_hit, s.shared_blks_read, s.shared_blks_dirtied,'
        ' s.temp_blks_read + s.temp_blks_written, %s, s.wal_bytes'
        ' FROM extensions.pg_stat_statements AS s'
        ' WHERE s.dbid = (SELECT d.oid FROM pg_database AS d'
        ' WHERE d.datname = current_database())',
        '\mpassword\M', '(a statement with a password: hidden)', io_time
    );
END
$$;

COMMENT ON FUNCTION ops.statements() IS
    'pg_stat_statements for this database under one set of names on every version; times in '
    'milliseconds, blocks of 8 kB. Utility statements keep their literals there, so one that names a '
    'password is hidden.';

REVOKE ALL ON FUNCTION ops.statements() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ops.statements() TO monitoring;

-- PostgreSQL 17 moved the checkpointer's columns out of pg_stat_bgwriter.
CREATE FUNCTION ops.checkpoints() RETURNS TABLE (
    timed bigint,
    requested bigint,
    write_ms double precision,
    sync_ms double precision,
    buffers_written bigint,
    buffers_cleaned bigint,
    cleaning_halts bigint,
    buffers_allocated bigint,
    counted_since timestamptz
)
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
AS $$
BEGIN
    IF to_regclass('pg_catalog.pg_stat_checkpointer') IS NOT NULL THEN
        RETURN QUERY EXECUTE
            'SELECT c.num_timed, c.num_requested, c.write_time, c.sync_time, c.buffers_written,'
            ' b.buffers_clean, b.maxwritten_clean, b.buffers_alloc, c.stats_reset'
            ' FROM pg_catalog.pg_stat_checkpointer AS c'
            ' CROSS JOIN pg_catalog.pg_stat_bgwriter AS b';
    ELSE
        RETURN QUERY EXECUTE
            'SELECT b.checkpoints_timed, b.checkpoints_req, b.checkpoint_write_time,'
            ' b.checkpoint_sync_time, b.buffers_checkpoint, b.buffers_clean,'
            ' b.maxwritten_clean, b.buffers_alloc, b.stats_reset'
            ' FROM pg_catalog.pg_stat_bgwriter AS b';
    END IF;
END
$$;

COMMENT ON FUNCTION ops.checkpoints() IS
    'One row: what checkpointer and background writer did, under one set of names on every version.';

REVOKE ALL ON FUNCTION ops.checkpoints() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ops.checkpoints() TO monitoring;

-- Definer rights: pg_stats shows a column to whom may read it. Widths say nothing about values.
CREATE FUNCTION ops.column_widths() RETURNS TABLE (
    relation oid,
    column_name name,
    width integer,
    null_fraction real
)
LANGUAGE sql STABLE PARALLEL RESTRICTED SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT
        c.oid,
        s.attname,
        s.avg_width,
        s.null_frac
    FROM pg_catalog.pg_stats AS s
    INNER JOIN pg_catalog.pg_namespace AS n ON n.nspname = s.schemaname
    INNER JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = s.tablename
    WHERE NOT s.inherited
        AND pg_catalog.pg_get_userbyid(c.relowner) = 'footing_owner'
$$;

COMMENT ON FUNCTION ops.column_widths() IS
    'Average width in bytes, and share of NULLs, of each analyzed column (and index expression) of '
    'Footing''s tables: what an estimate of bloat needs, and no value of any row.';

REVOKE ALL ON FUNCTION ops.column_widths() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ops.column_widths() TO monitoring;

-- Definer rights: where a sequence stands is told to whom may use it.
CREATE FUNCTION ops.sequence_positions() RETURNS TABLE (
    schema_name name,
    sequence_name name,
    feeds text,
    data_type text,
    last_value bigint,
    limit_value bigint,
    used_ratio numeric
)
LANGUAGE sql STABLE PARALLEL RESTRICTED SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT
        n.nspname,
        c.relname,
        t.oid::regclass::text || '.' || a.attname,
        format_type(coalesce(a.atttypid, s.seqtypid), NULL),
        p.last_value,
        p.limit_value,
        round(
            greatest(p.last_value - s.seqmin, 0)::numeric
            / nullif(p.limit_value::numeric - s.seqmin, 0), 6
        )
    FROM pg_catalog.pg_sequence AS s
    INNER JOIN pg_catalog.pg_class AS c ON c.oid = s.seqrelid
    INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_depend AS d
        ON d.classid = 'pg_catalog.pg_class'::regclass
        AND d.objid = s.seqrelid
        AND d.refclassid = 'pg_catalog.pg_class'::regclass
        AND d.deptype IN ('a', 'i')
    LEFT JOIN pg_catalog.pg_class AS t ON t.oid = d.refobjid
    LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    CROSS JOIN LATERAL (
        SELECT
            coalesce(pg_sequence_last_value(s.seqrelid::regclass), s.seqstart) AS last_value,
            least(
                s.seqmax,
                CASE a.atttypid
                    WHEN 'smallint'::regtype THEN 32767
                    WHEN 'integer'::regtype THEN 2147483647
                    ELSE s.seqmax
                END
            ) AS limit_value
    ) AS p
    WHERE s.seqincrement > 0
        AND NOT s.seqcycle
        AND pg_catalog.pg_get_userbyid(c.relowner) = 'footing_owner'
$$;

COMMENT ON FUNCTION ops.sequence_positions() IS
    'Where each ascending sequence of Footing stands, identities included: used_ratio is 1 when the '
    'next value would not fit the sequence, or the column it feeds, whichever is narrower.';

REVOKE ALL ON FUNCTION ops.sequence_positions() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ops.sequence_positions() TO monitoring;
