-- sequences
--
-- Question: Which sequences run out of numbers?
-- Read:     used is where the sequence stands between its start and the largest value that it, or
--           the column it feeds, can hold: an int column ends at 2,147,483,647 whatever its
--           sequence says. Identity columns are sequences too.
-- Do:       above 0.7 plan the change to bigint: a new column filled by trigger and in batches, then
--           swapped (docs/conventions.md, expand and contract). At 1.0 every INSERT fails.
SELECT
    p.schema_name AS schema,
    p.sequence_name AS sequence,
    p.feeds,
    p.data_type AS type,
    p.last_value,
    p.limit_value AS limit,
    p.used_ratio AS used,
    CASE
        WHEN p.used_ratio >= 0.9 THEN 'widen the column now: expand and contract'
        WHEN p.used_ratio >= 0.7 THEN 'plan the change to bigint'
    END AS advice
FROM ops.sequence_positions() AS p
ORDER BY p.used_ratio DESC, p.schema_name, p.sequence_name;
