-- What is recorded as applied or begun, in the order of applying; `unchecked` is a row of plain yoyo's.
SELECT
    coalesce(c.migration_id, m.migration_id),
    coalesce(c.state, 'unchecked'),
    coalesce(c.checksum, ''),
    pg_catalog.timezone('UTC', m.applied_at_utc)
FROM footing.checksums AS c
FULL JOIN footing._yoyo_migration AS m ON m.migration_id = c.migration_id
ORDER BY c.seq NULLS FIRST, m.applied_at_utc, m.migration_id
