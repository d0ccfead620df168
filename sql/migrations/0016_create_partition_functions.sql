-- 0016_create_partition_functions
--
-- What:     ops.partitioned_logs, the tables partitioned by month, and the two functions that make
--           their partitions.
-- Why:      000 promises retention and can only delete row by row (defect 79). A log without a
--           partition for tomorrow refuses to be written, so they are made a year ahead.
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses which tables are topped up.

CREATE TABLE ops.partitioned_logs (
    schema_name name NOT NULL,
    table_name name NOT NULL,
    CONSTRAINT partitioned_logs_pkey PRIMARY KEY (schema_name, table_name)
);

COMMENT ON TABLE ops.partitioned_logs IS
    'Tables partitioned by month of a timestamptz column, which ops.create_partitions_ahead() '
    'keeps supplied. A migration that makes one adds it here.';
COMMENT ON COLUMN ops.partitioned_logs.schema_name IS
    'Schema of the partitioned table, and of its partitions.';
COMMENT ON COLUMN ops.partitioned_logs.table_name IS
    'The partitioned table; its partitions are called table_name_YYYY_MM.';

GRANT SELECT ON ops.partitioned_logs TO monitoring;

-- A month is a month in UTC, whatever the session's time zone.
CREATE FUNCTION ops.create_partition(parent regclass, month date) RETURNS text
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

COMMENT ON FUNCTION ops.create_partition(regclass, date) IS
    'Makes the partition for the month of that day and returns its name; NULL when it is there '
    'already. Also for months past, before old rows are loaded. Locks for the rest of the '
    'transaction: the parent SHARE UPDATE EXCLUSIVE, tables it refers to SHARE ROW EXCLUSIVE.';

REVOKE ALL ON FUNCTION ops.create_partition(regclass, date) FROM PUBLIC;

CREATE FUNCTION ops.create_partitions_ahead(months_ahead integer DEFAULT 12) RETURNS SETOF text
LANGUAGE plpgsql
AS $$
DECLARE
    this_month   constant date := date_trunc('month', now() AT TIME ZONE 'UTC')::date;
    log          record;
    made         text;
BEGIN
    IF months_ahead IS NULL OR months_ahead NOT BETWEEN 0 AND 60 THEN
        RAISE EXCEPTION 'months_ahead is %, and must be from 0 to 60', months_ahead
            USING
                ERRCODE = 'invalid_parameter_value',
                HINT = 'Planning slows down with the number of partitions: 12 is a good number.';
    END IF;

    -- The row locks let one run at a time at a table; the next finds the partitions made.
    FOR log IN
        SELECT l.schema_name, l.table_name
        FROM ops.partitioned_logs AS l
        ORDER BY l.schema_name, l.table_name
        FOR NO KEY UPDATE
    LOOP
        FOR step IN 0..months_ahead LOOP
            made := ops.create_partition(
                format('%I.%I', log.schema_name, log.table_name)::regclass,
                (this_month + step * interval '1 month')::date
            );

            IF made IS NOT NULL THEN
                RETURN NEXT made;
            END IF;
        END LOOP;
    END LOOP;
END
$$;

COMMENT ON FUNCTION ops.create_partitions_ahead(integer) IS
    'Makes what is missing of each log''s partitions, from this month to so many months ahead, and '
    'returns their names. For footing_owner: every migrate calls it. Two runs at once are safe.';

REVOKE ALL ON FUNCTION ops.create_partitions_ahead(integer) FROM PUBLIC;
