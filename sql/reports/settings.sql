-- settings
--
-- Question: Which settings are not what a server for Footing should have?
-- Read:     each row is one that differs, with its reason; a value that needs a restart to take
--           effect is listed too. Danger first.
-- Do:       change it in postgresql.conf (ops/postgres has a whole one), with ALTER SYSTEM, or for one
--           login with ALTER ROLE; then SELECT pg_reload_conf(), or restart where it says so.
SELECT
    w.level,
    s.name,
    s.setting || coalesce(' ' || s.unit, '') AS value,
    s.source,
    s.context = 'postmaster' AS needs_restart,
    w.advice
FROM pg_settings AS s
CROSS JOIN LATERAL (
    SELECT v.level, v.advice
    FROM (
        VALUES
            ('1 danger', 'fsync', s.setting = 'off',
             'on: a crash of the machine destroys the database'),
            ('1 danger', 'full_page_writes', s.setting = 'off',
             'on: a crash of the machine destroys pages'),
            ('1 danger', 'autovacuum', s.setting = 'off',
             'on: tables bloat, and wraparound stops all writing'),
            ('1 danger', 'zero_damaged_pages', s.setting = 'on',
             'off: it erases what it cannot read'),
            ('1 danger', 'data_checksums', s.setting = 'off',
             'pg_checksums --enable, with the server stopped: damage is noticed when it is read'),
            ('1 danger', 'password_encryption', s.setting = 'md5',
             'scram-sha-256'),
            ('2 safety', 'log_statement', s.setting IN ('mod', 'all'),
             'ddl at most: it writes values, passwords among them, to the log'),
            ('2 safety', 'archive_mode', s.setting = 'off',
             'on, with an archive_command: no recovery to a point in time without'),
            ('2 safety', 'wal_level', s.setting = 'minimal',
             'replica: no backup and no standby without'),
            ('2 safety', 'max_slot_wal_keep_size', s.setting = '-1',
             'some share of the disk: a forgotten slot fills it'),
            ('2 safety', 'temp_file_limit', s.setting = '-1',
             'some share of the disk: one statement can fill it'),
            ('2 safety', 'idle_in_transaction_session_timeout', s.setting = '0',
             '5min, on the logins of the products at least'),
            ('3 insight', 'shared_preload_libraries', s.setting !~ '\mpg_stat_statements\M',
             'add pg_stat_statements: the reports on statements need it'),
            ('3 insight', 'track_io_timing', s.setting = 'off',
             'on: EXPLAIN and io_statements then tell the time spent reading'),
            ('3 insight', 'log_lock_waits', s.setting = 'off',
             'on: who waited for whom, after the fact'),
            ('3 insight', 'log_checkpoints', s.setting = 'off', 'on'),
            ('3 insight', 'log_min_duration_statement', s.setting = '-1',
             '1s: slow statements in the log'),
            ('3 insight', 'log_autovacuum_min_duration', s.setting = '-1',
             '1min: autovacuum''s long runs in the log'),
            ('3 insight', 'log_temp_files', s.setting = '-1',
             '10MB: which statement sorted on disk'),
            ('3 insight', 'track_counts', s.setting = 'off',
             'on: autovacuum and every report need it'),
            ('4 speed', 'max_connections', s.setting ~ '^([5-9]\d\d|\d{4,})$',
             'below 500, and PgBouncer in front'),
            ('4 speed', 'shared_buffers', s.setting = '16384',
             'a quarter of the machine''s memory: 128 MB is the default'),
            ('4 speed', 'random_page_cost', s.setting = '4',
             '1.1 on SSDs: the default makes the planner shy of indexes'),
            ('4 speed', 'checkpoint_timeout', s.setting = '300',
             '15min, with a max_wal_size that is not reached before')
    ) AS v (level, name, differs, advice)
    WHERE v.name = s.name
        AND v.differs

    UNION ALL

    SELECT '2 safety', 'restart the server: the file has another value by now'
    WHERE s.pending_restart
) AS w
ORDER BY w.level, s.name;
