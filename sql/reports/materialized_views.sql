-- materialized_views
--
-- Question: How old are the figures of each materialized view?
-- Read:     age is the time since its last refresh that succeeded began, error what the last try
--           failed with. NULL age: it was never refreshed by footing refresh.
-- Do:       run footing refresh, and see that a timer does (000 §3.2 promises 15 minutes).
SELECT
    v.schema_name AS schema,
    v.view_name AS view,
    v.step,
    v.is_filled AS filled,
    pg_size_pretty(v.bytes) AS size,
    v.refreshed_at,
    date_trunc('second', v.age) AS age,
    v.duration,
    v.error,
    CASE
        WHEN v.error IS NOT NULL THEN 'mend the cause, then: footing refresh'
        WHEN NOT v.is_filled THEN 'reading it is an error until: footing refresh'
        WHEN v.age IS NULL OR v.age > interval '1 hour' THEN 'footing refresh'
    END AS advice
FROM ops.materialized_views AS v
ORDER BY v.error IS NULL, v.age DESC NULLS FIRST, v.schema_name, v.view_name;
