-- A partition that is vacuumed and analyzed otherwise than ops.partitioned_logs says: LIKE copies no
-- storage parameters, so one made by hand has none.
SELECT i.inhrelid::regclass::text AS offender
FROM ops.partitioned_logs AS l
JOIN pg_inherits AS i ON i.inhparent = format('%I.%I', l.schema_name, l.table_name)::regclass
JOIN pg_class AS c ON c.oid = i.inhrelid
WHERE coalesce(c.reloptions, '{}') <> l.storage_parameters
