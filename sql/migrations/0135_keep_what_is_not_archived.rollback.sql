-- Reverses 0135_keep_what_is_not_archived.
--
-- Loses:    nothing

DROP FUNCTION ops.attach_partition(regclass, date);
DROP FUNCTION ops.create_detached_partition(regclass, date);

-- Replaces ops.maintenance_plan(integer, bigint, double precision) from 0135: as 0132 has it.
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
        l.table_name,
        r.keep
    FROM ops.partitioned_logs AS l
    INNER JOIN pg_namespace AS n ON n.nspname = l.schema_name
    INNER JOIN pg_class AS c
        ON c.relnamespace = n.oid AND c.relname = l.table_name AND c.relkind = 'p'
    LEFT JOIN ops.retention_policies AS r
        ON r.schema_name = l.schema_name
        AND r.table_name = l.table_name
        AND r.method = 'drop partitions'
),

partitions AS (
    SELECT
        l.parent,
        l.keep,
        format('%I.%I', l.schema_name, l.table_name) AS log,
        format('%I.%I', l.schema_name, c.relname) AS name,
        c.oid,
        i.inhdetachpending AS is_half_detached,
        substring(
            pg_get_expr(c.relpartbound, c.oid) FROM $bound$TO \('([^']+)'\)$bound$
        )::timestamptz <= now() - l.keep AS is_expired
    FROM logs AS l
    INNER JOIN pg_inherits AS i ON i.inhparent = l.parent
    INNER JOIN pg_class AS c ON c.oid = i.inhrelid
),

-- Tables called like a month of a log, with all its columns, that are no partition.
leftovers AS MATERIALIZED (
    SELECT
        l.keep,
        format('%I.%I', l.schema_name, l.table_name) AS log,
        format('%I.%I', l.schema_name, c.relname) AS name,
        right(c.relname, 7) AS month
    FROM logs AS l
    INNER JOIN pg_class AS parent ON parent.oid = l.parent
    INNER JOIN pg_class AS c
        ON c.relnamespace = parent.relnamespace
        AND c.relowner = parent.relowner
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
            ELSE format('older than %s', p.keep)
        END,
        false,
        '100ms'
    FROM partitions AS p
    WHERE p.is_half_detached
        OR p.is_expired

    UNION ALL

    SELECT
        2,
        2,
        'drop',
        p.name,
        format('DROP TABLE %s', p.name),
        format('older than %s', p.keep),
        true,
        '100ms'
    FROM partitions AS p
    WHERE p.is_expired

    UNION ALL

    SELECT
        2,
        2,
        'drop',
        o.name,
        format('DROP TABLE %s', o.name),
        format('a month of %s that is no partition of it any more, older than %s', o.log, o.keep),
        true,
        '100ms'
    FROM leftovers AS o
    WHERE to_date(o.month, 'YYYY_MM') + interval '1 month' <= now() - o.keep

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

DROP FUNCTION ops.expired_partitions();
