-- 0134_create_archives
--
-- What:     ops.archives, which months of which logs are stored where, with the hash of their content;
--           ops.content_hash(), which tells whether two tables hold the same rows; and
--           ops.retention_policies.archive_first, for logs of which no month may go unarchived.
-- Why:      000 asks for the audit trail to be archived, and an expired month was dropped for good.
-- Locks:    ops.retention_policies ACCESS EXCLUSIVE (no rewrite, no scan)
-- Data:     reference rows of ops.column_classes: 1 new, 1 that names a column more
-- Rollback: loses which months are stored where; the store keeps them, each with its manifest.

ALTER TABLE ops.retention_policies
    ADD COLUMN archive_first boolean NOT NULL DEFAULT false;

COMMENT ON COLUMN ops.retention_policies.archive_first IS
    'For drop partitions: a month leaves only once it is archived (make archive), and its rows are '
    'those of the archive. false: it leaves without.';

CREATE TABLE ops.archives (
    schema_name name NOT NULL,
    table_name name NOT NULL,
    month date NOT NULL,
    content_hash text NOT NULL,
    row_count bigint NOT NULL,
    place text NOT NULL,
    name text NOT NULL,
    sha256 text NOT NULL,
    bytes bigint NOT NULL,
    archived_at timestamptz NOT NULL DEFAULT now(),
    held_until timestamptz,
    CONSTRAINT archives_pkey PRIMARY KEY (schema_name, table_name, month, content_hash),
    CONSTRAINT archives_month_is_a_first_day_check CHECK (extract(day FROM month) = 1),
    CONSTRAINT archives_content_hash_is_sha256_check CHECK (content_hash ~ '^[0-9a-f]{64}$'),
    CONSTRAINT archives_row_count_check CHECK (row_count >= 0),
    CONSTRAINT archives_sha256_check CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    CONSTRAINT archives_bytes_check CHECK (bytes > 0)
);

COMMENT ON TABLE ops.archives IS
    'One row for each month of a partitioned log that make archive stored, written once the stored '
    'copy was read back into a table with the same content. A month that changed afterwards and was '
    'archived again has two.';
COMMENT ON COLUMN ops.archives.schema_name IS
    'Schema of the log.';
COMMENT ON COLUMN ops.archives.table_name IS
    'The partitioned table.';
COMMENT ON COLUMN ops.archives.month IS
    'The first day of the month, in UTC.';
COMMENT ON COLUMN ops.archives.content_hash IS
    'ops.content_hash() of the partition as it was stored.';
COMMENT ON COLUMN ops.archives.row_count IS
    'How many rows it had.';
COMMENT ON COLUMN ops.archives.place IS
    'The folder or s3://bucket/prefix.';
COMMENT ON COLUMN ops.archives.name IS
    'What the archive is called there.';
COMMENT ON COLUMN ops.archives.sha256 IS
    'SHA-256 of the stored file, in hexadecimal.';
COMMENT ON COLUMN ops.archives.bytes IS
    'Size of the stored file.';
COMMENT ON COLUMN ops.archives.archived_at IS
    'When it was found to be right there.';
COMMENT ON COLUMN ops.archives.held_until IS
    'Until when the month stays in the database again (make archive/restore); NULL: never restored.';

GRANT SELECT ON ops.archives TO monitoring;

INSERT INTO ops.column_classes (schema_name, table_name, class, columns)
VALUES
    ('ops', 'archives', 'internal',
     '{schema_name, table_name, month, content_hash, row_count, place, name, sha256, bytes, '
     'archived_at, held_until}');

UPDATE ops.column_classes
SET columns = columns || '{archive_first}'
WHERE schema_name = 'ops'
    AND table_name = 'retention_policies';

-- Definer rights for the settings alone: they decide how a value is written as text. The sums of the
-- rows' hashes do not depend on the order of the rows, nor the hash on that of the columns.
CREATE FUNCTION ops.content_hash(target regclass, OUT row_count bigint, OUT content_hash text)
LANGUAGE plpgsql
STABLE
PARALLEL SAFE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = off
SET TimeZone = 'UTC'
SET DateStyle = 'ISO'
SET IntervalStyle = 'postgres'
SET extra_float_digits = 1
SET bytea_output = 'hex'
AS $$
DECLARE
    column_list  text;
BEGIN
    SELECT string_agg(format('t.%I', a.attname), ', ' ORDER BY a.attname)
    INTO STRICT column_list
    FROM pg_attribute AS a
    WHERE a.attrelid = target
        AND a.attnum > 0
        AND NOT a.attisdropped
        AND a.attgenerated = '';

    -- OFFSET 0: without it the planner moves the row's hash up, into each of its four uses.
    EXECUTE format(
        'SELECT count(*), encode(sha256(convert_to(concat_ws('':'', count(*), '
        ' sum(substring(hashed.bits FROM 1 FOR 64)::bigint),'
        ' sum(substring(hashed.bits FROM 65 FOR 64)::bigint),'
        ' sum(substring(hashed.bits FROM 129 FOR 64)::bigint),'
        ' sum(substring(hashed.bits FROM 193 FOR 64)::bigint)), ''UTF8'')), ''hex'')'
        ' FROM ('
        '  SELECT (''x'' || encode(sha256(convert_to(ROW(%2$s)::text, ''UTF8'')), ''hex''))::bit(256)'
        '   AS bits'
        '  FROM ONLY %1$s AS t'
        '  OFFSET 0'
        ' ) AS hashed',
        target, column_list
    )
    INTO row_count, content_hash;
END
$$;

COMMENT ON FUNCTION ops.content_hash(regclass) IS
    'How many rows a table has, and a SHA-256 of them: two tables with columns of the same names and '
    'types have the same one if, and for all practice only if, they hold the same rows, in whatever '
    'order. Reads all of it. Not its partitions, and no generated column.';

REVOKE ALL ON FUNCTION ops.content_hash(regclass) FROM PUBLIC;

CREATE FUNCTION ops.drop_archived(target regclass) RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
    found        record;
BEGIN
    EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', target);

    SELECT
        c.relispartition AS is_partition,
        format('%I.%I', n.nspname, c.relname) AS name,
        EXISTS (
            SELECT
            FROM ops.archives AS a
            WHERE a.schema_name = n.nspname
                AND a.table_name || to_char(a.month, '_YYYY_MM') = c.relname
                AND a.content_hash = (SELECT h.content_hash FROM ops.content_hash(target) AS h)
        ) AS is_stored
    INTO STRICT found
    FROM pg_catalog.pg_class AS c
    INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.oid = target;

    IF found.is_partition THEN
        RAISE EXCEPTION '% is a partition still', target
            USING
                ERRCODE = 'object_not_in_prerequisite_state',
                HINT = 'Detach it first: footing maintain does.';
    END IF;

    IF NOT found.is_stored THEN
        RAISE EXCEPTION '% has no archive with the rows it has now', target
            USING
                ERRCODE = 'object_not_in_prerequisite_state',
                HINT = 'Archive it, again if it was changed since: make archive.';
    END IF;

    EXECUTE format('DROP TABLE %s', found.name);
    RETURN found.name;
END
$$;

COMMENT ON FUNCTION ops.drop_archived(regclass) IS
    'Drops a detached month of a log, if ops.archives has it with exactly the rows it has, and '
    'returns its name; an error otherwise. For footing_owner.';

REVOKE ALL ON FUNCTION ops.drop_archived(regclass) FROM PUBLIC;
