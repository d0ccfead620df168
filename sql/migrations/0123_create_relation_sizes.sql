-- 0123_create_relation_sizes
--
-- What:     ops.relation_sizes, one row a day of how big each table is, and ops.record_sizes(),
--           which writes it.
-- Why:      000 §5.2 asks for growth, and PostgreSQL only knows the size of now. footing refresh
--           records it, so a timer that refreshes is all it needs.
-- Locks:    nothing that existed before
-- Data:     1 reference row in ops.column_classes
-- Rollback: loses how big tables were.

CREATE TABLE ops.relation_sizes (
    schema_name name NOT NULL,
    relation_name name NOT NULL,
    taken_on date NOT NULL,
    table_bytes bigint NOT NULL,
    index_bytes bigint NOT NULL,
    row_estimate bigint NOT NULL,
    CONSTRAINT relation_sizes_pkey PRIMARY KEY (schema_name, relation_name, taken_on)
);

COMMENT ON TABLE ops.relation_sizes IS
    'How big each table and materialized view was, once a day, partitions counted with their '
    'parent; kept for 400 days. Read by the report growth.';
COMMENT ON COLUMN ops.relation_sizes.schema_name IS
    'Schema of the table.';
COMMENT ON COLUMN ops.relation_sizes.relation_name IS
    'The table or materialized view.';
COMMENT ON COLUMN ops.relation_sizes.taken_on IS
    'The day in UTC; taken again on the same day, the later figures stay.';
COMMENT ON COLUMN ops.relation_sizes.table_bytes IS
    'Rows, and what was moved out of them (TOAST), with their maps.';
COMMENT ON COLUMN ops.relation_sizes.index_bytes IS
    'All its indexes.';
COMMENT ON COLUMN ops.relation_sizes.row_estimate IS
    'How many rows the last ANALYZE or VACUUM found; 0 before the first.';

GRANT SELECT ON ops.relation_sizes TO monitoring;

INSERT INTO ops.column_classes (schema_name, table_name, class, columns)
VALUES (
    'ops', 'relation_sizes', 'internal',
    '{schema_name, relation_name, taken_on, table_bytes, index_bytes, row_estimate}'
);

CREATE FUNCTION ops.record_sizes() RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
    today        constant date := (now() AT TIME ZONE 'UTC')::date;
    recorded     integer;
BEGIN
    PERFORM set_config('lock_timeout', '2s', true);

    INSERT INTO ops.relation_sizes AS r (
        schema_name, relation_name, taken_on, table_bytes, index_bytes, row_estimate
    )
    SELECT
        n.nspname,
        c.relname,
        today,
        coalesce(sum(pg_table_size(part.oid)), 0),
        coalesce(sum(pg_indexes_size(part.oid)), 0),
        sum(greatest(part.reltuples, 0))
    FROM pg_catalog.pg_class AS c
    INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_inherits AS i ON i.inhparent = c.oid
    INNER JOIN pg_catalog.pg_class AS part ON part.oid = coalesce(i.inhrelid, c.oid)
    WHERE c.relkind IN ('r', 'p', 'm')
        AND NOT c.relispartition
        AND pg_get_userbyid(c.relowner) = 'footing_owner'
    GROUP BY n.nspname, c.relname
    ORDER BY n.nspname, c.relname
    ON CONFLICT (schema_name, relation_name, taken_on) DO UPDATE
    SET
        table_bytes = excluded.table_bytes,
        index_bytes = excluded.index_bytes,
        row_estimate = excluded.row_estimate;

    GET DIAGNOSTICS recorded = ROW_COUNT;

    DELETE FROM ops.relation_sizes AS r
    WHERE r.taken_on < today - 400;

    RETURN recorded;
END
$$;

COMMENT ON FUNCTION ops.record_sizes() IS
    'Records today''s sizes and returns of how many relations. For footing_owner: footing refresh '
    'calls it. Whoever holds ACCESS EXCLUSIVE on a table for 2 seconds makes it fail (lock_timeout '
    'stays so for the transaction).';

REVOKE ALL ON FUNCTION ops.record_sizes() FROM PUBLIC;
