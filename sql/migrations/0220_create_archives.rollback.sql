-- Reverses 0220_create_archives.
--
-- Loses:    table ops.archives, column ops.retention_policies.archive_first,
--           reference rows of ops.column_classes (one names the column no more)

DROP FUNCTION ops.drop_archived(regclass);
DROP FUNCTION ops.content_hash(regclass);

UPDATE ops.column_classes
SET columns = array_remove(columns, 'archive_first')
WHERE schema_name = 'ops'
    AND table_name = 'retention_policies';

DELETE FROM ops.column_classes
WHERE schema_name = 'ops'
    AND table_name = 'archives';

DROP TABLE ops.archives;

ALTER TABLE ops.retention_policies DROP COLUMN archive_first;
