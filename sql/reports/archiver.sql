-- archiver
--
-- Question: Does WAL reach the archive?
-- Read:     one row. waiting counts the files that are finished and not archived yet; failing means
--           that the last try failed. Without an archive there is no recovery to a point in time.
-- Do:       failing: run the archive_command by hand as the server's account, read the server's log;
--           until it works the disk fills with WAL.
SELECT
    current_setting('archive_mode') AS archive_mode,
    s.archived_count AS archived,
    s.last_archived_time AS last_archived,
    s.failed_count AS failed,
    s.last_failed_wal,
    s.last_failed_time AS last_failed,
    coalesce(s.last_failed_time > coalesce(s.last_archived_time, '-infinity'), false) AS failing,
    w.waiting,
    CASE
        WHEN current_setting('archive_mode') = 'off'
            THEN 'set archive_mode and archive_command: no recovery to a point in time without'
        WHEN s.last_failed_time > coalesce(s.last_archived_time, '-infinity')
            THEN 'archive_command fails: see the server''s log'
        WHEN w.waiting > 10 THEN 'the archive is slower than the writes'
    END AS advice
FROM pg_stat_archiver AS s
CROSS JOIN (
    SELECT count(*) AS waiting
    FROM pg_ls_archive_statusdir() AS f
    WHERE f.name LIKE '%.ready'
) AS w;
