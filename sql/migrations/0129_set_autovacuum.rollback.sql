-- Reverses 0129_set_autovacuum.
--
-- Loses:    column ops.partitioned_logs.storage_parameters, reference rows of ops.column_classes
--           (one names the column no more)

-- Replaces ops.create_partition(regclass, date) from 0129: as 0016 has it.
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
BEGIN
    SELECT n.nspname, c.relname, a.attname
    INTO STRICT schema_name, parent_name, key_column
    FROM pg_catalog.pg_partitioned_table AS p
    INNER JOIN pg_catalog.pg_class AS c ON c.oid = p.partrelid
    INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    INNER JOIN pg_catalog.pg_attribute AS a
        ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
    WHERE p.partrelid = parent;

    partition := parent_name || to_char(first_day, '_YYYY_MM');

    IF to_regclass(format('%I.%I', schema_name, partition)) IS NOT NULL THEN
        RETURN NULL;
    END IF;

    -- CREATE TABLE … PARTITION OF would take ACCESS EXCLUSIVE on the parent and stop every writer;
    -- ATTACH takes SHARE UPDATE EXCLUSIVE. The CHECK tells ATTACH that there is nothing to scan,
    -- and goes once the partition's bounds say the same. EXCLUDING IDENTITY: 18 refuses to attach
    -- a partition with an identity of its own.
    EXECUTE format(
        'CREATE TABLE %1$I.%2$I ('
        ' LIKE %1$I.%3$I INCLUDING ALL EXCLUDING IDENTITY EXCLUDING INDEXES,'
        ' CONSTRAINT partition_bounds_check CHECK ('
        ' %4$I IS NOT NULL AND %4$I >= %5$L::timestamptz AND %4$I < %6$L::timestamptz))',
        schema_name, partition, parent_name, key_column,
        first_day::text || ' 00:00:00+00', next_month::text || ' 00:00:00+00'
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

ALTER TABLE webtest.test_executions RESET (
    autovacuum_vacuum_scale_factor,
    autovacuum_analyze_scale_factor,
    autovacuum_vacuum_insert_scale_factor
);

DO $$
DECLARE
    partition    record;
BEGIN
    FOR partition IN
        SELECT
            i.inhrelid::regclass AS name,
            (
                SELECT string_agg(split_part(p.parameter, '=', 1), ', ')
                FROM unnest(l.storage_parameters) AS p (parameter)
            ) AS parameters
        FROM ops.partitioned_logs AS l
        INNER JOIN pg_catalog.pg_inherits AS i
            ON i.inhparent = format('%I.%I', l.schema_name, l.table_name)::regclass
    LOOP
        EXECUTE format('ALTER TABLE %s RESET (%s)', partition.name, partition.parameters);
    END LOOP;
END
$$;

UPDATE ops.column_classes
SET columns = '{schema_name, table_name}'
WHERE schema_name = 'ops'
    AND table_name = 'partitioned_logs';

ALTER TABLE ops.partitioned_logs
DROP CONSTRAINT partitioned_logs_storage_parameters_are_assignments_check,
DROP COLUMN storage_parameters;
