-- growth
--
-- Question: Which tables grow, and how fast?
-- Read:     from ops.relation_sizes, which footing refresh writes once a day: the newest day beside
--           the oldest of the last 30. Nothing is shown until there are two days.
-- Do:       in_a_year at this pace tells whether the disk holds; a table that should not grow at
--           all is a missing retention, or an application that loops.
WITH days AS (
    SELECT
        r.schema_name,
        r.relation_name,
        r.taken_on,
        r.table_bytes + r.index_bytes AS bytes,
        r.row_estimate,
        row_number() OVER newest AS from_newest,
        row_number() OVER oldest AS from_oldest
    FROM ops.relation_sizes AS r
    WHERE r.taken_on >= (now() AT TIME ZONE 'UTC')::date - 30
    WINDOW
        newest AS (PARTITION BY r.schema_name, r.relation_name ORDER BY r.taken_on DESC),
        oldest AS (PARTITION BY r.schema_name, r.relation_name ORDER BY r.taken_on)
)

SELECT
    l.schema_name AS schema,
    l.relation_name AS table,
    f.taken_on AS since,
    l.taken_on AS until,
    pg_size_pretty(l.bytes) AS size,
    pg_size_pretty(l.bytes - f.bytes) AS grew,
    pg_size_pretty((l.bytes - f.bytes) / (l.taken_on - f.taken_on)) AS a_day,
    pg_size_pretty(l.bytes + (l.bytes - f.bytes) / (l.taken_on - f.taken_on) * 365) AS in_a_year,
    l.row_estimate - f.row_estimate AS rows_more,
    CASE
        WHEN l.bytes - f.bytes > f.bytes AND l.bytes > 100 * 1024 * 1024
            THEN 'doubled since ' || f.taken_on || ': is that meant?'
    END AS advice
FROM days AS l
INNER JOIN days AS f
    ON f.schema_name = l.schema_name
    AND f.relation_name = l.relation_name
    AND f.from_oldest = 1
WHERE l.from_newest = 1
    AND l.taken_on > f.taken_on
    AND l.bytes <> f.bytes
ORDER BY l.bytes - f.bytes DESC;
