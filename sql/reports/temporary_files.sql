-- temporary_files
--
-- Question: How much is sorted and hashed on disk, because it did not fit work_mem?
-- Read:     each database since its statistics were reset. Statements that do it are in
--           io_statements under temp_blocks.
-- Do:       raise work_mem for the login that runs the report, not for everybody (each sort of each
--           session may take that much); or let an index deliver the order. Set temp_file_limit, so
--           that one statement can't fill the disk.
SELECT
    d.datname AS database,
    d.temp_files AS files,
    pg_size_pretty(d.temp_bytes) AS written,
    pg_size_pretty(d.temp_bytes / nullif(d.temp_files, 0)) AS a_file,
    d.stats_reset AS counted_since,
    current_setting('work_mem') AS work_mem,
    current_setting('temp_file_limit') AS temp_file_limit,
    CASE
        WHEN d.temp_files > 0 AND d.datname = current_database()
            THEN 'find the statement: footing report io_statements'
    END AS advice
FROM pg_stat_database AS d
WHERE d.temp_files > 0
ORDER BY d.temp_bytes DESC;
