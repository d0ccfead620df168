-- vacuum_age
--
-- Question: Which tables wait for VACUUM or ANALYZE?
-- Read:     dead_ratio is the share of rows that are dead; changed_ratio how much changed since the
--           planner's statistics were taken. Only tables with 1,000 dead or changed rows.
-- Do:       run advice now; then lower autovacuum_vacuum_scale_factor for that table, or find what
--           keeps autovacuum out (locks, long_transactions). Partitioned parents are never analyzed
--           by autovacuum: do it after loading.
SELECT
    s.schemaname AS schema,
    s.relname AS table,
    s.n_live_tup AS live_rows,
    s.n_dead_tup AS dead_rows,
    round(s.n_dead_tup::numeric / nullif(s.n_live_tup + s.n_dead_tup, 0), 3) AS dead_ratio,
    s.n_mod_since_analyze AS changed_rows,
    round(s.n_mod_since_analyze::numeric / greatest(s.n_live_tup, 1), 3) AS changed_ratio,
    greatest(s.last_vacuum, s.last_autovacuum) AS last_vacuum,
    greatest(s.last_analyze, s.last_autoanalyze) AS last_analyze,
    CASE
        WHEN s.n_dead_tup > 0.2 * (s.n_live_tup + s.n_dead_tup)
            THEN format('VACUUM (ANALYZE) %I.%I;', s.schemaname, s.relname)
        WHEN s.n_mod_since_analyze > 0.2 * greatest(s.n_live_tup, 1)
            THEN format('ANALYZE %I.%I;', s.schemaname, s.relname)
    END AS advice
FROM pg_stat_user_tables AS s
WHERE s.n_dead_tup >= 1000
    OR s.n_mod_since_analyze >= 1000
ORDER BY s.n_dead_tup DESC, s.n_mod_since_analyze DESC
LIMIT 50;
