-- 0135_keep_what_is_not_archived
--
-- What:     ops.expired_partitions(), the months that have outlived their policy and what is known of
--           their archives; ops.maintenance_plan() reads it.
-- Why:      a month of a log that is to be archived first must not be dropped before, and one that was
--           brought back must not be dropped the next night.
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses nothing (months then leave unarchived again).

-- Definer rights: monitoring sees it through ops.maintenance_plan(). What pg_get_expr() prints of a
-- partition's bounds follows TimeZone and DateStyle.
CREATE FUNCTION ops.expired_partitions() RETURNS TABLE (
    schema_name name,
    table_name name,
    month date,
    partition_name text,
    is_attached boolean,
    keep interval,
    archive_first boolean,
    is_archived boolean,
    held_until timestamptz
)
LANGUAGE sql
STABLE
PARALLEL SAFE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO'
AS $$
WITH logs AS (
    SELECT
        c.oid AS parent,
        c.relnamespace,
        c.relowner,
        r.schema_name,
        r.table_name,
        r.keep,
        r.archive_first
    FROM ops.partitioned_logs AS l
    INNER JOIN ops.retention_policies AS r
        ON r.schema_name = l.schema_name
        AND r.table_name = l.table_name
        AND r.method = 'drop partitions'
    INNER JOIN pg_namespace AS n ON n.nspname = l.schema_name
    INNER JOIN pg_class AS c
        ON c.relnamespace = n.oid AND c.relname = l.table_name AND c.relkind = 'p'
),

months AS (
    SELECT
        l.*,
        c.relname,
        true AS is_attached,
        lower_bound.moment::date AS month,
        upper_bound.moment AS ends_at
    FROM logs AS l
    INNER JOIN pg_inherits AS i ON i.inhparent = l.parent
    INNER JOIN pg_class AS c ON c.oid = i.inhrelid
    CROSS JOIN LATERAL (
        SELECT substring(
                pg_get_expr(c.relpartbound, c.oid) FROM $bound$FROM \('([^']+)'\)$bound$
            )::timestamptz AS moment
    ) AS lower_bound
    CROSS JOIN LATERAL (
        SELECT substring(
                pg_get_expr(c.relpartbound, c.oid) FROM $bound$TO \('([^']+)'\)$bound$
            )::timestamptz AS moment
    ) AS upper_bound

    UNION ALL

    -- Tables called like a month of a log, with all its columns, that are no partition.
    SELECT
        l.*,
        c.relname,
        false,
        to_date(right(c.relname, 7), 'YYYY_MM'),
        to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month'
    FROM logs AS l
    INNER JOIN pg_class AS c
        ON c.relnamespace = l.relnamespace
        AND c.relowner = l.relowner
        AND c.relkind = 'r'
        AND NOT c.relispartition
        AND c.relname ~ ('^' || l.table_name || '_\d{4}_(0[1-9]|1[0-2])$')
    WHERE NOT EXISTS (
            SELECT
            FROM pg_attribute AS a
            WHERE a.attrelid = l.parent
                AND a.attnum > 0
                AND NOT a.attisdropped
                AND NOT EXISTS (
                    SELECT
                    FROM pg_attribute AS b
                    WHERE b.attrelid = c.oid
                        AND b.attname = a.attname
                        AND b.atttypid = a.atttypid
                )
        )
)

SELECT
    m.schema_name,
    m.table_name,
    m.month,
    format('%I.%I', m.schema_name, m.relname),
    m.is_attached,
    m.keep,
    m.archive_first,
    stored.is_archived,
    stored.held_until
FROM months AS m
CROSS JOIN LATERAL (
    SELECT
        count(*) > 0 AS is_archived,
        max(a.held_until) AS held_until
    FROM ops.archives AS a
    WHERE a.schema_name = m.schema_name
        AND a.table_name = m.table_name
        AND a.month = m.month
) AS stored
WHERE m.ends_at <= now() - m.keep
ORDER BY 1, 2, 3
$$;

COMMENT ON FUNCTION ops.expired_partitions() IS
    'Each month of a log that is older than ops.retention_policies keeps it, as a partition or a '
    'table that was one; whether ops.archives has it (drop_archived() compares the rows), and until '
    'when a restored one is held.';

REVOKE ALL ON FUNCTION ops.expired_partitions() FROM PUBLIC;

-- Replaces ops.maintenance_plan(integer, bigint, double precision) from 0132: what has expired is
-- told by ops.expired_partitions(); a month that is not archived, or held, is reported instead of
-- detached and dropped; and where archives are asked for, ops.drop_archived() drops.
-- Definer rights: monitoring may see what is due without reading the tables it is due in. What
-- pg_get_expr() prints of a partition's bounds follows TimeZone and DateStyle.
CREATE OR REPLACE FUNCTION ops.maintenance_plan(
    months_ahead integer DEFAULT 12,
    index_bytes bigint DEFAULT 67108864,
    index_waste double precision DEFAULT 0.5
) RETURNS TABLE (
    step bigint,
    kind text,
    target text,
    statement text,
    why text,
    in_transaction boolean,
    lock_timeout text
)
LANGUAGE sql
STABLE
PARALLEL SAFE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO'
AS $$
WITH logs AS (
    SELECT
        c.oid AS parent,
        l.schema_name,
        l.table_name
    FROM ops.partitioned_logs AS l
    INNER JOIN pg_namespace AS n ON n.nspname = l.schema_name
    INNER JOIN pg_class AS c
        ON c.relnamespace = n.oid AND c.relname = l.table_name AND c.relkind = 'p'
),

partitions AS (
    SELECT
        l.parent,
        format('%I.%I', l.schema_name, l.table_name) AS log,
        format('%I.%I', l.schema_name, c.relname) AS name,
        c.oid,
        i.inhdetachpending AS is_half_detached
    FROM logs AS l
    INNER JOIN pg_inherits AS i ON i.inhparent = l.parent
    INNER JOIN pg_class AS c ON c.oid = i.inhrelid
),

expired AS MATERIALIZED (
    SELECT
        e.*,
        CASE
            WHEN e.held_until > now() THEN 'restored from its archive, and held'
            WHEN e.archive_first AND NOT e.is_archived THEN 'not archived yet: make archive'
        END AS stays_because
    FROM ops.expired_partitions() AS e
),

indexes AS (
    SELECT
        i.indexrelid,
        i.indrelid,
        i.indkey,
        i.indisvalid AND i.indisready AS is_valid,
        i.indisvalid AND i.indisready AND a.amname = 'btree' AS is_btree,
        c.relname ~ '_cc(new|old)\d*$' AS is_leftover,
        format('%I.%I', n.nspname, c.relname) AS name,
        c.reltuples,
        c.relname,
        t.relname AS table_name,
        n.nspname AS schema_name,
        pg_relation_size(c.oid) AS bytes
    FROM pg_index AS i
    INNER JOIN pg_class AS c ON c.oid = i.indexrelid AND c.relkind = 'i'
    INNER JOIN pg_class AS t ON t.oid = i.indrelid AND t.relkind IN ('r', 'm')
    INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
    INNER JOIN pg_am AS a ON a.oid = c.relam
    WHERE c.relowner = 'footing_owner'::regrole
),

-- What a freshly built B-tree of as many entries takes: 8 bytes before and 4 outside of each entry,
-- rounded up to 8, pages filled to nine tenths. Duplicates are stored once, so it may take less:
-- the estimate errs towards leaving an index alone.
built_new AS (
    SELECT
        x.name,
        x.bytes,
        (
            1 + ceil(
                x.reltuples / floor(8152 * 0.9 / (4 + 8 * ceil((8 + widths.sum) / 8.0)))
            )
        ) * 8192 AS needed
    FROM indexes AS x
    CROSS JOIN LATERAL (
        SELECT sum(s.avg_width) AS sum
        FROM pg_stats AS s
        WHERE s.schemaname = x.schema_name
            AND (
                s.tablename = x.relname
                OR (
                    s.tablename = x.table_name
                    AND s.attname IN (
                        SELECT a.attname
                        FROM pg_attribute AS a
                        WHERE a.attrelid = x.indrelid
                            AND a.attnum = ANY (x.indkey)
                    )
                )
            )
    ) AS widths
    WHERE x.is_btree
        AND NOT x.is_leftover
        AND x.reltuples >= 0
        AND x.bytes >= index_bytes
        AND widths.sum IS NOT NULL
),

plan (phase, part, kind, target, statement, why, in_transaction, lock_timeout) AS (
    SELECT
        1,
        1,
        'create',
        format('%I.%I', l.schema_name, l.table_name || to_char(m.month, '_YYYY_MM')),
        format(
            'SELECT ops.create_partition(%L, %L)',
            format('%I.%I', l.schema_name, l.table_name), m.month::date
        ),
        'rows of that month could not be written',
        true,
        '100ms'
    FROM logs AS l
    CROSS JOIN generate_series(
        date_trunc('month', now()),
        date_trunc('month', now()) + months_ahead * interval '1 month',
        interval '1 month'
    ) AS m (month)
    WHERE to_regclass(
            format('%I.%I', l.schema_name, l.table_name || to_char(m.month, '_YYYY_MM'))
        ) IS NULL

    UNION ALL

    SELECT
        2,
        1,
        'detach',
        p.name,
        format(
            'ALTER TABLE %s DETACH PARTITION %s %s',
            p.log, p.name, CASE WHEN p.is_half_detached THEN 'FINALIZE' ELSE 'CONCURRENTLY' END
        ),
        CASE
            WHEN p.is_half_detached THEN 'a detach was cut short'
            ELSE format('older than %s', e.keep)
        END,
        false,
        '100ms'
    FROM partitions AS p
    LEFT JOIN expired AS e ON e.partition_name = p.name
    WHERE p.is_half_detached
        OR (e.partition_name IS NOT NULL AND e.stays_because IS NULL)

    UNION ALL

    SELECT
        2,
        2,
        'drop',
        e.partition_name,
        format(
            CASE WHEN e.archive_first THEN 'SELECT ops.drop_archived(%L)' ELSE 'DROP TABLE %s' END,
            e.partition_name
        ),
        format(
            CASE
                WHEN e.is_attached THEN 'older than %1$s'
                ELSE 'a month of %2$s that is no partition of it any more, older than %1$s'
            END,
            e.keep, format('%I.%I', e.schema_name, e.table_name)
        ),
        true,
        '100ms'
    FROM expired AS e
    WHERE e.stays_because IS NULL

    UNION ALL

    SELECT
        3,
        1,
        'delete',
        format('%I.%I', r.schema_name, r.table_name),
        format('SELECT ops.delete_expired(%L)', format('%I.%I', r.schema_name, r.table_name)),
        format('rows older than %s, in batches of %s', r.keep, r.batch_size),
        true,
        '100ms'
    FROM ops.retention_policies AS r
    WHERE r.method = 'delete rows'
        AND CASE
            WHEN to_regclass(format('%I.%I', r.schema_name, r.table_name)) IS NOT NULL
                THEN ops.has_expired(format('%I.%I', r.schema_name, r.table_name)::regclass)
        END

    UNION ALL

    SELECT
        3,
        2,
        'prune',
        format('%I.%I', r.schema_name, r.table_name),
        format('SELECT %I.%I(%L)', n.nspname, f.proname, r.keep),
        format('what is older than %s, by the table''s own function', r.keep),
        true,
        '100ms'
    FROM ops.retention_policies AS r
    INNER JOIN pg_proc AS f ON f.oid = to_regprocedure(r.prune_function || '(interval)')
    INNER JOIN pg_namespace AS n ON n.oid = f.pronamespace

    UNION ALL

    -- On 18 alone can a parent be analyzed without its partitions, which autovacuum looks after.
    SELECT
        4,
        1,
        'analyze',
        format('%I.%I', l.schema_name, l.table_name),
        format(
            'ANALYZE %s%I.%I',
            CASE WHEN current_setting('server_version_num')::integer >= 180000 THEN 'ONLY ' END,
            l.schema_name, l.table_name
        ),
        'autovacuum never analyzes a partitioned table',
        true,
        '5s'
    FROM logs AS l
    CROSS JOIN LATERAL (
        SELECT pg_stat_get_last_analyze_time(l.parent) AS parent_at
    ) AS analyzed
    WHERE (
            analyzed.parent_at IS NULL
            OR analyzed.parent_at < now() - interval '1 day'
        )
        AND EXISTS (
            SELECT
            FROM partitions AS p
            WHERE p.parent = l.parent
                AND pg_relation_size(p.oid) > 0
                AND (
                    analyzed.parent_at IS NULL
                    OR pg_stat_get_mod_since_analyze(p.oid) > 0
                    OR pg_stat_get_last_analyze_time(p.oid) > analyzed.parent_at
                    OR pg_stat_get_last_autoanalyze_time(p.oid) > analyzed.parent_at
                )
        )

    UNION ALL

    SELECT
        5,
        1,
        'clean',
        x.name,
        format('DROP INDEX CONCURRENTLY IF EXISTS %s', x.name),
        'an INVALID index that an earlier REINDEX CONCURRENTLY left',
        false,
        '10min'
    FROM indexes AS x
    WHERE NOT x.is_valid
        AND x.is_leftover

    UNION ALL

    SELECT
        6,
        1,
        'reindex',
        b.name,
        format('REINDEX INDEX CONCURRENTLY %s', b.name),
        format(
            '%s, of which a new one would take %s',
            pg_size_pretty(b.bytes), pg_size_pretty(b.needed::bigint)
        ),
        false,
        '10min'
    FROM built_new AS b
    WHERE b.needed < b.bytes * (1 - index_waste)

    UNION ALL

    SELECT
        7,
        1,
        'report',
        x.name,
        NULL,
        'INVALID: it is being built now, or its build was cut short; footing migrate goes on with it',
        NULL,
        NULL
    FROM indexes AS x
    WHERE NOT x.is_valid
        AND NOT x.is_leftover

    UNION ALL

    SELECT
        7,
        2,
        'report',
        format('%I.%I', r.schema_name, r.table_name),
        NULL,
        'ops.retention_policies names a table or function that is not there, or not of that kind',
        NULL,
        NULL
    FROM ops.retention_policies AS r
    LEFT JOIN logs AS l ON l.schema_name = r.schema_name AND l.table_name = r.table_name
    WHERE CASE r.method
            WHEN 'drop partitions' THEN l.parent
            WHEN 'delete rows' THEN to_regclass(format('%I.%I', r.schema_name, r.table_name))
            ELSE to_regprocedure(r.prune_function || '(interval)')::oid
        END IS NULL

    UNION ALL

    SELECT
        7,
        3,
        'report',
        e.partition_name,
        NULL,
        format('older than %s, and kept: %s', e.keep, e.stays_because),
        NULL,
        NULL
    FROM expired AS e
    WHERE e.stays_because IS NOT NULL
)

SELECT
    row_number() OVER (ORDER BY p.phase, p.target, p.part),
    p.kind,
    p.target,
    p.statement,
    p.why,
    p.in_transaction,
    p.lock_timeout
FROM plan AS p
ORDER BY 1
$$;

COMMENT ON FUNCTION ops.maintenance_plan(integer, bigint, double precision) IS
    'What is to be done now, in order: months to make ahead, expired ones to detach and drop, '
    'expired rows, partitioned tables to analyze, INVALID leftovers, B-trees larger than index_bytes '
    'of which more than the part index_waste is air (an estimate); and what only a person can mend, '
    'without a statement. delete is repeated until it returns 0. lock_timeout is for a first try: '
    'short where waiting makes others wait. A drop only follows a detach that succeeded. Reads only.';

CREATE FUNCTION ops.create_detached_partition(parent regclass, month date) RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
    first_day    constant date := date_trunc('month', month::timestamp)::date;
    next_month   constant date := (first_day + interval '1 month')::date;
    names        record;
BEGIN
    SELECT
        n.nspname AS schema_name,
        c.relname AS parent_name,
        c.relname || to_char(first_day, '_YYYY_MM') AS partition_name,
        a.attname AS key_column,
        'WITH (' || nullif(array_to_string(l.storage_parameters, ', '), '') || ')' AS parameters
    INTO STRICT names
    FROM pg_catalog.pg_partitioned_table AS p
    INNER JOIN pg_catalog.pg_class AS c ON c.oid = p.partrelid
    INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    INNER JOIN pg_catalog.pg_attribute AS a
        ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
    LEFT JOIN ops.partitioned_logs AS l
        ON l.schema_name = n.nspname AND l.table_name = c.relname
    WHERE p.partrelid = parent;

    -- With its indexes, which ATTACH then takes over instead of building them under its locks.
    EXECUTE format(
        'CREATE TABLE %1$I.%2$I ('
        ' LIKE %1$I.%3$I INCLUDING ALL EXCLUDING IDENTITY,'
        ' CONSTRAINT partition_bounds_check CHECK ('
        ' %4$I IS NOT NULL AND %4$I >= %5$L::timestamptz AND %4$I < %6$L::timestamptz)) %7$s',
        names.schema_name, names.partition_name, names.parent_name, names.key_column,
        first_day::text || ' 00:00:00+00', next_month::text || ' 00:00:00+00', names.parameters
    );

    RETURN format('%I.%I', names.schema_name, names.partition_name);
END
$$;

COMMENT ON FUNCTION ops.create_detached_partition(regclass, date) IS
    'Makes a table like a partition of that month, empty and not attached, for rows to be loaded '
    'before ops.attach_partition(); returns its name. Locks nothing that applications use.';

REVOKE ALL ON FUNCTION ops.create_detached_partition(regclass, date) FROM PUBLIC;

CREATE FUNCTION ops.attach_partition(parent regclass, month date) RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
    first_day    constant date := date_trunc('month', month::timestamp)::date;
    next_month   constant date := (first_day + interval '1 month')::date;
    partition    text;
BEGIN
    SELECT format('%I.%I', n.nspname, c.relname || to_char(first_day, '_YYYY_MM'))
    INTO STRICT partition
    FROM pg_catalog.pg_class AS c
    INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.oid = parent;

    EXECUTE format(
        'ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%L) TO (%L)',
        parent, partition,
        first_day::text || ' 00:00:00+00', next_month::text || ' 00:00:00+00'
    );
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS partition_bounds_check', partition);

    RETURN partition;
END
$$;

COMMENT ON FUNCTION ops.attach_partition(regclass, date) IS
    'Attaches the table called like the partition of that month, with its bounds, and returns its '
    'name. Locks for the rest of the transaction: the parent SHARE UPDATE EXCLUSIVE, tables it '
    'refers to SHARE ROW EXCLUSIVE, while each row''s reference is looked up.';

REVOKE ALL ON FUNCTION ops.attach_partition(regclass, date) FROM PUBLIC;
