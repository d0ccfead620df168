-- 0125_create_schema_metrics
--
-- What:     ops.migration_state(), and five views over what Footing made, ops.metric_….
-- Why:      as 0124: a sequence that runs out, a log without a partition for tomorrow, figures that
--           grow old or row security that somebody switched off show in no built-in metric.
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses nothing

-- The records are the runner's, which is not there in a database that psql migrated.
CREATE FUNCTION ops.migration_state() RETURNS TABLE (
    applied bigint,
    unfinished bigint,
    newest integer
)
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
AS $$
BEGIN
    IF to_regclass('footing.checksums') IS NULL THEN
        RETURN QUERY SELECT 0::bigint, 0::bigint, 0;
    ELSE
        RETURN QUERY EXECUTE
            'SELECT count(*) FILTER (WHERE c.state = ''applied''),'
            ' count(*) FILTER (WHERE c.state <> ''applied''),'
            ' coalesce(max(substring(c.migration_id FROM ''^\d+'')::integer)'
            ' FILTER (WHERE c.state = ''applied''), 0)'
            ' FROM footing.checksums AS c';
    END IF;
END
$$;

COMMENT ON FUNCTION ops.migration_state() IS
    'One row: how many migrations are recorded as applied, how many were begun and not ended, and '
    'the highest number applied; zeros where the runner never ran.';

REVOKE ALL ON FUNCTION ops.migration_state() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ops.migration_state() TO monitoring;

CREATE VIEW ops.metric_tables WITH (security_invoker = true) AS
WITH widths AS (
    -- a row is a head of 24 bytes and its columns, to a multiple of 8; and 4 to point at it
    SELECT
        w.relation,
        4 + 24 + ceil(sum(w.width * (1 - w.null_fraction))::numeric / 8) * 8 AS row_bytes
    FROM ops.column_widths() AS w
    GROUP BY w.relation
)

SELECT
    n.nspname AS schema,
    c.relname AS "table",
    coalesce(sum(s.n_live_tup), 0) AS live_rows,
    coalesce(sum(s.n_dead_tup), 0) AS dead_rows,
    coalesce(sum(s.n_mod_since_analyze), 0) AS changed_rows,
    sum(p.relpages::bigint) * current_setting('block_size')::integer AS bytes,
    coalesce(sum(x.pages), 0) * current_setting('block_size')::integer AS index_bytes,
    coalesce(
        sum(
            greatest(
                p.relpages::bigint * current_setting('block_size')::integer
                - p.reltuples * d.row_bytes,
                0
            )
        ) FILTER (WHERE p.reltuples >= 0),
        0
    )::double precision AS wasted_bytes,
    coalesce(sum(s.seq_scan), 0) AS sequential_scans_total,
    coalesce(sum(s.seq_tup_read), 0) AS sequential_rows_total,
    coalesce(sum(s.idx_scan), 0) AS index_scans_total,
    coalesce(sum(io.idx_blks_hit), 0) AS index_blocks_hit_total,
    coalesce(sum(io.idx_blks_read), 0) AS index_blocks_read_total,
    coalesce(sum(s.n_tup_ins + s.n_tup_upd + s.n_tup_del), 0) AS rows_written_total,
    extract(
        epoch FROM now() - coalesce(
            greatest(max(s.last_vacuum), max(s.last_autovacuum)), pg_postmaster_start_time()
        )
    )::double precision AS vacuum_age_seconds,
    coalesce(max(age(p.relfrozenxid)) FILTER (WHERE p.relkind <> 'p'), 0)::double precision
        / 2147483647 AS xid_ratio
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_inherits AS h ON h.inhparent = c.oid
INNER JOIN pg_catalog.pg_class AS p ON p.oid = coalesce(h.inhrelid, c.oid)
LEFT JOIN pg_catalog.pg_stat_all_tables AS s ON s.relid = p.oid
LEFT JOIN pg_catalog.pg_statio_all_tables AS io ON io.relid = p.oid
LEFT JOIN widths AS d ON d.relation = p.oid
LEFT JOIN LATERAL (
    SELECT sum(xc.relpages::bigint) AS pages
    FROM pg_catalog.pg_index AS i
    INNER JOIN pg_catalog.pg_class AS xc ON xc.oid = i.indexrelid
    WHERE i.indrelid = p.oid
) AS x ON true
WHERE c.relkind IN ('r', 'p', 'm')
    AND NOT c.relispartition
    AND pg_get_userbyid(c.relowner) = 'footing_owner'
GROUP BY n.nspname, c.relname;

COMMENT ON VIEW ops.metric_tables IS
    'One row a table or materialized view of Footing, its partitions with it. Sizes are those '
    'the last VACUUM or ANALYZE saw, so that no lock is waited for.';
COMMENT ON COLUMN ops.metric_tables.schema IS
    'Schema of the table.';
COMMENT ON COLUMN ops.metric_tables."table" IS
    'The table.';
COMMENT ON COLUMN ops.metric_tables.live_rows IS
    'Rows, as the statistics estimate them.';
COMMENT ON COLUMN ops.metric_tables.dead_rows IS
    'Rows that VACUUM has yet to remove.';
COMMENT ON COLUMN ops.metric_tables.changed_rows IS
    'Rows changed since the last ANALYZE.';
COMMENT ON COLUMN ops.metric_tables.bytes IS
    'Its rows, without indexes and TOAST.';
COMMENT ON COLUMN ops.metric_tables.index_bytes IS
    'Its indexes.';
COMMENT ON COLUMN ops.metric_tables.wasted_bytes IS
    'An estimate from the planner''s statistics of what its rows do not need; good to some ten percent.';
COMMENT ON COLUMN ops.metric_tables.sequential_scans_total IS
    'Scans that read all of it, or of a partition.';
COMMENT ON COLUMN ops.metric_tables.sequential_rows_total IS
    'Rows those scans read.';
COMMENT ON COLUMN ops.metric_tables.index_scans_total IS
    'Scans by an index.';
COMMENT ON COLUMN ops.metric_tables.index_blocks_hit_total IS
    'Blocks of its indexes found in shared buffers.';
COMMENT ON COLUMN ops.metric_tables.index_blocks_read_total IS
    'Blocks of its indexes that were not.';
COMMENT ON COLUMN ops.metric_tables.rows_written_total IS
    'Rows inserted, updated and deleted.';
COMMENT ON COLUMN ops.metric_tables.vacuum_age_seconds IS
    'Time since its last VACUUM, by hand or not, of any of its partitions; since the server '
    'started where it had none.';
COMMENT ON COLUMN ops.metric_tables.xid_ratio IS
    'Share of the 2 billion transaction numbers used since its oldest unfrozen row.';

GRANT SELECT ON ops.metric_tables TO monitoring;

CREATE VIEW ops.metric_sequences WITH (security_invoker = true) AS
SELECT
    p.schema_name AS schema,
    p.sequence_name AS sequence,
    p.used_ratio::double precision AS used_ratio
FROM ops.sequence_positions() AS p;

COMMENT ON VIEW ops.metric_sequences IS
    'One row a sequence of Footing, identities included.';
COMMENT ON COLUMN ops.metric_sequences.schema IS
    'Schema of the sequence.';
COMMENT ON COLUMN ops.metric_sequences.sequence IS
    'The sequence.';
COMMENT ON COLUMN ops.metric_sequences.used_ratio IS
    '1 when the next value would not fit the sequence, or the column it feeds.';

GRANT SELECT ON ops.metric_sequences TO monitoring;

CREATE VIEW ops.metric_partitions WITH (security_invoker = true) AS
SELECT
    l.schema_name AS schema,
    l.table_name AS "table",
    count(c.oid) AS partitions,
    count(c.oid) FILTER (
        WHERE c.relname > l.table_name || to_char(now() AT TIME ZONE 'UTC', '_YYYY_MM')
    ) AS months_ahead
FROM ops.partitioned_logs AS l
LEFT JOIN pg_catalog.pg_namespace AS n ON n.nspname = l.schema_name
LEFT JOIN pg_catalog.pg_class AS parent
    ON parent.relnamespace = n.oid
    AND parent.relname = l.table_name
LEFT JOIN pg_catalog.pg_inherits AS h ON h.inhparent = parent.oid
LEFT JOIN pg_catalog.pg_class AS c ON c.oid = h.inhrelid
GROUP BY l.schema_name, l.table_name;

COMMENT ON VIEW ops.metric_partitions IS
    'One row a log partitioned by month; the months are read from the partitions'' names, '
    'because ops.partition_coverage, which reads their bounds, waits for who has locked one.';
COMMENT ON COLUMN ops.metric_partitions.schema IS
    'Schema of the log.';
COMMENT ON COLUMN ops.metric_partitions."table" IS
    'The log.';
COMMENT ON COLUMN ops.metric_partitions.partitions IS
    'How many months there are.';
COMMENT ON COLUMN ops.metric_partitions.months_ahead IS
    'Months after this one that can be written already.';

GRANT SELECT ON ops.metric_partitions TO monitoring;

CREATE VIEW ops.metric_materialized_views WITH (security_invoker = true) AS
SELECT
    n.nspname AS schema,
    c.relname AS view,
    c.relispopulated::integer AS filled,
    (h.error IS NOT NULL)::integer AS failed,
    coalesce(extract(epoch FROM now() - h.refreshed_at), 'NaN')::double precision AS age_seconds
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN ops.materialized_view_refreshes AS h
    ON h.schema_name = n.nspname
    AND h.view_name = c.relname
WHERE c.relkind = 'm'
    AND pg_get_userbyid(c.relowner) = 'footing_owner';

COMMENT ON VIEW ops.metric_materialized_views IS
    'One row a materialized view of Footing.';
COMMENT ON COLUMN ops.metric_materialized_views.schema IS
    'Schema of the view.';
COMMENT ON COLUMN ops.metric_materialized_views.view IS
    'The view.';
COMMENT ON COLUMN ops.metric_materialized_views.filled IS
    '0 until its first refresh: reading it is an error.';
COMMENT ON COLUMN ops.metric_materialized_views.failed IS
    '1 when its last refresh failed.';
COMMENT ON COLUMN ops.metric_materialized_views.age_seconds IS
    'How old its figures are; a view that footing refresh never refreshed has NaN.';

GRANT SELECT ON ops.metric_materialized_views TO monitoring;

CREATE VIEW ops.metric_schema WITH (security_invoker = true) AS
SELECT
    (
        SELECT count(*)
        FROM pg_catalog.pg_index AS i
        WHERE NOT (i.indisvalid AND i.indisready)
            AND NOT EXISTS (
                SELECT
                FROM pg_catalog.pg_stat_progress_create_index AS p
                WHERE p.relid = i.indrelid
            )
    ) AS invalid_indexes,
    (
        SELECT count(*)
        FROM pg_catalog.pg_constraint AS k
        WHERE NOT k.convalidated
            AND k.conrelid <> 0
    ) AS unvalidated_constraints,
    (
        SELECT count(*)
        FROM pg_catalog.pg_trigger AS t
        WHERE t.tgenabled = 'D'
    ) AS disabled_triggers,
    (
        SELECT count(*)
        FROM pg_catalog.pg_class AS c
        INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname IN ('core', 'webtest', 'atmosfera', 'apex', 'assistant', 'copilot')
            AND c.relkind IN ('r', 'p')
            AND NOT c.relispartition
            AND NOT c.relrowsecurity
    ) AS tables_without_row_security,
    m.applied AS migrations_applied,
    m.unfinished AS migrations_unfinished,
    m.newest AS newest_migration,
    (
        SELECT coalesce(
            extract(epoch FROM now() - max(r.taken_on)::timestamp AT TIME ZONE 'UTC'), 'NaN'
        )
        FROM ops.relation_sizes AS r
    )::double precision AS sizes_age_seconds
FROM ops.migration_state() AS m;

COMMENT ON VIEW ops.metric_schema IS
    'One row: what of this database''s schema is unfinished or unsafe.';
COMMENT ON COLUMN ops.metric_schema.invalid_indexes IS
    'Indexes that are INVALID, those apart that are being built.';
COMMENT ON COLUMN ops.metric_schema.unvalidated_constraints IS
    'Constraints that do not speak for the rows that were there before them.';
COMMENT ON COLUMN ops.metric_schema.disabled_triggers IS
    'Triggers that were disabled, those of foreign keys included.';
COMMENT ON COLUMN ops.metric_schema.tables_without_row_security IS
    'Tables of the kernel or a product whose row security is off: every row is everybody''s.';
COMMENT ON COLUMN ops.metric_schema.migrations_applied IS
    'Migrations recorded as applied.';
COMMENT ON COLUMN ops.metric_schema.migrations_unfinished IS
    'Migrations without a transaction that were begun and not ended.';
COMMENT ON COLUMN ops.metric_schema.newest_migration IS
    'Highest number applied: the same on every server of one release.';
COMMENT ON COLUMN ops.metric_schema.sizes_age_seconds IS
    'Time since footing refresh last recorded the sizes of tables; NaN where it never did.';

GRANT SELECT ON ops.metric_schema TO monitoring;
