-- 0129_set_autovacuum
--
-- What:     storage parameters of the tables that are written most: a column for them in
--           ops.partitioned_logs, partitions that have them, and ops.create_partition(), which
--           gives them to new ones.
-- Why:      a partitioned table can have none, and LIKE … INCLUDING ALL copies none. By default a
--           table is vacuumed when a fifth of it is dead and analyzed when a tenth has changed: of
--           10 M executions that is 2 M dead rows, and for a log weeks in which the planner takes
--           this week for empty. Measured (docs/benchmarks.md, Maintenance).
-- Locks:    ops.partitioned_logs ACCESS EXCLUSIVE, webtest.test_executions SHARE UPDATE EXCLUSIVE
-- Data:     5 reference rows of ops.partitioned_logs and 1 of ops.column_classes are updated
-- Rollback: loses the parameters.

ALTER TABLE ops.partitioned_logs
ADD COLUMN storage_parameters text[] NOT NULL DEFAULT '{}';

-- Five rows are checked at once.
ALTER TABLE ops.partitioned_logs
-- squawk-ignore constraint-missing-not-valid
ADD CONSTRAINT partitioned_logs_storage_parameters_are_assignments_check CHECK (
    array_to_string(storage_parameters, ',') ~ '^([a-z_.]+=[a-z0-9_.]+(,|$))*$'
);

COMMENT ON COLUMN ops.partitioned_logs.storage_parameters IS
    'name=value, as pg_class.reloptions has them: what each partition is made with, since the '
    'parent can have none. A rule in tests/rules/ compares.';

UPDATE ops.column_classes
SET columns = '{schema_name, table_name, storage_parameters}'
WHERE schema_name = 'ops'
    AND table_name = 'partitioned_logs';

-- Rows are only added: what matters is statistics that know this week, and a visibility map.
UPDATE ops.partitioned_logs
SET storage_parameters =
    '{autovacuum_analyze_scale_factor=0.02,autovacuum_vacuum_insert_scale_factor=0.05}';

DO $$
DECLARE
    partition    record;
BEGIN
    FOR partition IN
        SELECT
            i.inhrelid::regclass AS name,
            array_to_string(l.storage_parameters, ', ') AS parameters
        FROM ops.partitioned_logs AS l
        INNER JOIN pg_catalog.pg_inherits AS i
            ON i.inhparent = format('%I.%I', l.schema_name, l.table_name)::regclass
    LOOP
        EXECUTE format('ALTER TABLE %s SET (%s)', partition.name, partition.parameters);
    END LOOP;
END
$$;

-- An execution is written three times (pending, running, done), and a change of result is never
-- HOT: partial indexes depend on it. So two dead rows for each one, and more from retention.
ALTER TABLE webtest.test_executions SET (
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_analyze_scale_factor = 0.02,
    autovacuum_vacuum_insert_scale_factor = 0.05
);

-- Replaces ops.create_partition(regclass, date) from 0016: it passes on the storage parameters.
CREATE OR REPLACE FUNCTION ops.create_partition(parent regclass, month date) RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
    first_day    constant date := date_trunc('month', month::timestamp)::date;
    next_month   constant date := (first_day + interval '1 month')::date;
    schema_name  name;
    parent_name  name;
    partition    name;
    key_column   name;
    parameters   text;
BEGIN
    SELECT n.nspname, c.relname, a.attname, array_to_string(l.storage_parameters, ', ')
    INTO STRICT schema_name, parent_name, key_column, parameters
    FROM pg_catalog.pg_partitioned_table AS p
    INNER JOIN pg_catalog.pg_class AS c ON c.oid = p.partrelid
    INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    INNER JOIN pg_catalog.pg_attribute AS a
        ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
    LEFT JOIN ops.partitioned_logs AS l
        ON l.schema_name = n.nspname AND l.table_name = c.relname
    WHERE p.partrelid = parent;

    partition := parent_name || to_char(first_day, '_YYYY_MM');

    IF to_regclass(format('%I.%I', schema_name, partition)) IS NOT NULL THEN
        RETURN NULL;
    END IF;

    -- CREATE TABLE … PARTITION OF would take ACCESS EXCLUSIVE on the parent and stop every writer;
    -- ATTACH takes SHARE UPDATE EXCLUSIVE. The CHECK tells ATTACH that there is nothing to scan,
    -- and goes once the partition's bounds say the same. EXCLUDING IDENTITY: 18 refuses to attach
    -- a partition with an identity of its own. INCLUDING ALL includes no storage parameters.
    EXECUTE format(
        'CREATE TABLE %1$I.%2$I ('
        ' LIKE %1$I.%3$I INCLUDING ALL EXCLUDING IDENTITY EXCLUDING INDEXES,'
        ' CONSTRAINT partition_bounds_check CHECK ('
        ' %4$I IS NOT NULL AND %4$I >= %5$L::timestamptz AND %4$I < %6$L::timestamptz)) %7$s',
        schema_name, partition, parent_name, key_column,
        first_day::text || ' 00:00:00+00', next_month::text || ' 00:00:00+00',
        'WITH (' || nullif(parameters, '') || ')'
    );
    EXECUTE format(
        'ALTER TABLE %1$I.%3$I ATTACH PARTITION %1$I.%2$I FOR VALUES FROM (%4$L) TO (%5$L)',
        schema_name, partition, parent_name,
        first_day::text || ' 00:00:00+00', next_month::text || ' 00:00:00+00'
    );
    EXECUTE format(
        'ALTER TABLE %I.%I DROP CONSTRAINT partition_bounds_check', schema_name, partition
    );

    RETURN format('%I.%I', schema_name, partition);
END
$$;
