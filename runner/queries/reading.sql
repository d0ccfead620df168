-- The one transaction a reading command works in: one snapshot, nothing written.
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SET LOCAL search_path = pg_catalog;
