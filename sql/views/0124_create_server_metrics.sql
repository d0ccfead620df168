-- 0124_create_server_metrics
--
-- What:     ops.statement_totals(), and eight views over the server's statistics, ops.metric_…
-- Why:      000 §5.3 names an exporter. Its own metrics break with the server's version, and its
--           custom queries with the exporter's; a view's columns stay, and their comments are
--           the metrics' help. ops/prometheus/ is generated from them: text is a label, a number a
--           gauge, a number called …_total a counter.
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses nothing

-- A sum that is 0 where pg_stat_statements is missing, so that one absent extension does not fail
-- the whole scrape.
CREATE FUNCTION ops.statement_totals() RETURNS TABLE (
    available integer,
    statements bigint,
    evictions_total bigint,
    slowest_mean_seconds double precision,
    temp_blocks numeric
)
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
AS $$
BEGIN
    RETURN QUERY EXECUTE
        'SELECT 1, count(*), (SELECT i.dealloc FROM extensions.pg_stat_statements_info AS i),'
        ' coalesce(max(s.mean_ms) FILTER (WHERE s.calls >= 10) / 1000, 0),'
        ' coalesce(sum(s.temp_blocks), 0)'
        ' FROM ops.statements() AS s';
EXCEPTION
    WHEN undefined_table OR object_not_in_prerequisite_state OR invalid_schema_name THEN
        RETURN QUERY SELECT 0, 0::bigint, 0::bigint, 0::double precision, 0::numeric;
END
$$;

COMMENT ON FUNCTION ops.statement_totals() IS
    'One row: ops.statements() in sum, and zeros where pg_stat_statements can''t be read.';

REVOKE ALL ON FUNCTION ops.statement_totals() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ops.statement_totals() TO monitoring;

CREATE VIEW ops.metric_server WITH (security_invoker = true) AS
SELECT
    extract(epoch FROM now() - pg_postmaster_start_time())::double precision AS up_seconds,
    pg_is_in_recovery()::integer AS in_recovery,
    (SELECT count(*) FROM pg_catalog.pg_settings AS s WHERE s.pending_restart)
        AS settings_pending_restart,
    current_setting('max_connections')::integer
        - current_setting('superuser_reserved_connections')::integer
        - coalesce(current_setting('reserved_connections', true)::integer, 0) AS connections_limit,
    (
        SELECT count(*)
        FROM pg_catalog.pg_stat_activity AS a
        WHERE a.backend_type = 'client backend'
    ) AS connections_used,
    x.prepared_transactions,
    x.oldest_prepared_seconds,
    CASE
        WHEN pg_is_in_recovery() AND pg_last_wal_receive_lsn() <> pg_last_wal_replay_lsn()
            THEN extract(epoch FROM now() - pg_last_xact_replay_timestamp())::double precision
        ELSE 0
    END AS replay_lag_seconds,
    (NOT pg_is_in_recovery() OR EXISTS (SELECT FROM pg_catalog.pg_stat_wal_receiver))::integer
        AS receiver_running,
    CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused()::integer ELSE 0 END
        AS replay_paused
FROM (
    SELECT
        count(*) AS prepared_transactions,
        coalesce(
            extract(epoch FROM now() - min(p.prepared)), 0
        )::double precision AS oldest_prepared_seconds
    FROM pg_catalog.pg_prepared_xacts AS p
) AS x;

COMMENT ON VIEW ops.metric_server IS
    'One row: this server as a whole.';
COMMENT ON COLUMN ops.metric_server.up_seconds IS
    'Time since the server was started.';
COMMENT ON COLUMN ops.metric_server.in_recovery IS
    '1 on a standby, 0 on a primary.';
COMMENT ON COLUMN ops.metric_server.settings_pending_restart IS
    'Settings that were changed and wait for a restart.';
COMMENT ON COLUMN ops.metric_server.connections_limit IS
    'Connections that ordinary logins may have at once.';
COMMENT ON COLUMN ops.metric_server.connections_used IS
    'Connections of clients, to any database.';
COMMENT ON COLUMN ops.metric_server.prepared_transactions IS
    'Transactions that were prepared and neither committed nor rolled back.';
COMMENT ON COLUMN ops.metric_server.oldest_prepared_seconds IS
    'Age of the oldest of them; 0 where there are none.';
COMMENT ON COLUMN ops.metric_server.replay_lag_seconds IS
    'On a standby: how long ago what it replays was committed; 0 when it has replayed all it '
    'received.';
COMMENT ON COLUMN ops.metric_server.receiver_running IS
    'On a standby: 1 while it receives WAL. On a primary 1.';
COMMENT ON COLUMN ops.metric_server.replay_paused IS
    'On a standby: 1 while replay is paused. On a primary 0.';

GRANT SELECT ON ops.metric_server TO monitoring;

CREATE VIEW ops.metric_databases WITH (security_invoker = true) AS
SELECT
    d.datname,
    pg_database_size(d.oid) AS size_bytes,
    s.xact_commit AS commits_total,
    s.xact_rollback AS rollbacks_total,
    s.blks_hit AS blocks_hit_total,
    s.blks_read AS blocks_read_total,
    s.tup_returned + s.tup_fetched AS rows_returned_total,
    s.tup_inserted + s.tup_updated + s.tup_deleted AS rows_written_total,
    s.deadlocks AS deadlocks_total,
    s.conflicts AS conflicts_total,
    s.temp_bytes AS temp_bytes_total,
    coalesce(s.checksum_failures, 0) AS checksum_failures_total,
    s.sessions_abandoned AS sessions_abandoned_total,
    s.sessions_fatal AS sessions_fatal_total,
    s.sessions_killed AS sessions_killed_total,
    s.active_time / 1000 AS active_seconds_total,
    age(d.datfrozenxid)::double precision / 2147483647 AS xid_ratio,
    mxid_age(d.datminmxid)::double precision / 2147483647 AS multixact_ratio
FROM pg_catalog.pg_database AS d
INNER JOIN pg_catalog.pg_stat_database AS s ON s.datid = d.oid
WHERE d.datallowconn;

COMMENT ON VIEW ops.metric_databases IS
    'One row a database of this server.';
COMMENT ON COLUMN ops.metric_databases.datname IS
    'The database.';
COMMENT ON COLUMN ops.metric_databases.size_bytes IS
    'Its size on disk.';
COMMENT ON COLUMN ops.metric_databases.commits_total IS
    'Transactions committed.';
COMMENT ON COLUMN ops.metric_databases.rollbacks_total IS
    'Transactions rolled back.';
COMMENT ON COLUMN ops.metric_databases.blocks_hit_total IS
    'Blocks found in shared_buffers.';
COMMENT ON COLUMN ops.metric_databases.blocks_read_total IS
    'Blocks asked of the operating system.';
COMMENT ON COLUMN ops.metric_databases.rows_returned_total IS
    'Rows read, by scans of tables and of indexes.';
COMMENT ON COLUMN ops.metric_databases.rows_written_total IS
    'Rows inserted, updated and deleted.';
COMMENT ON COLUMN ops.metric_databases.deadlocks_total IS
    'Deadlocks, each of which ended a transaction.';
COMMENT ON COLUMN ops.metric_databases.conflicts_total IS
    'On a standby: queries ended because replay needed what they held.';
COMMENT ON COLUMN ops.metric_databases.temp_bytes_total IS
    'Bytes written to temporary files: sorts and hashes that did not fit work_mem.';
COMMENT ON COLUMN ops.metric_databases.checksum_failures_total IS
    'Pages whose checksum was wrong when they were read: the disk lies.';
COMMENT ON COLUMN ops.metric_databases.sessions_abandoned_total IS
    'Sessions whose client went away without a word.';
COMMENT ON COLUMN ops.metric_databases.sessions_fatal_total IS
    'Sessions ended by an error of the server.';
COMMENT ON COLUMN ops.metric_databases.sessions_killed_total IS
    'Sessions ended by an operator.';
COMMENT ON COLUMN ops.metric_databases.active_seconds_total IS
    'Time that sessions spent executing.';
COMMENT ON COLUMN ops.metric_databases.xid_ratio IS
    'Share of the 2 billion transaction numbers used since the oldest unfrozen row.';
COMMENT ON COLUMN ops.metric_databases.multixact_ratio IS
    'The same of multixact numbers.';

GRANT SELECT ON ops.metric_databases TO monitoring;

CREATE VIEW ops.metric_sessions WITH (security_invoker = true) AS
SELECT
    d.datname,
    count(a.pid) AS connections,
    count(a.pid) FILTER (WHERE a.state = 'active') AS active,
    count(a.pid) FILTER (WHERE a.state LIKE 'idle in transaction%') AS idle_in_transaction,
    count(a.pid) FILTER (WHERE a.wait_event_type = 'Lock') AS waiting_for_lock,
    coalesce(
        extract(epoch FROM clock_timestamp() - min(a.xact_start)), 0
    )::double precision AS oldest_transaction_seconds,
    coalesce(
        extract(
            epoch FROM clock_timestamp()
            - min(a.state_change) FILTER (WHERE a.state LIKE 'idle in transaction%')
        ), 0
    )::double precision AS oldest_idle_seconds,
    coalesce(
        extract(
            epoch FROM clock_timestamp() - min(a.query_start) FILTER (WHERE a.state = 'active')
        ), 0
    )::double precision AS oldest_statement_seconds,
    coalesce(
        extract(
            epoch FROM clock_timestamp()
            - min(a.state_change) FILTER (WHERE a.wait_event_type = 'Lock')
        ), 0
    )::double precision AS oldest_wait_seconds
FROM pg_catalog.pg_database AS d
LEFT JOIN pg_catalog.pg_stat_activity AS a
    ON a.datid = d.oid
    AND a.backend_type = 'client backend'
WHERE d.datallowconn
GROUP BY d.datname;

COMMENT ON VIEW ops.metric_sessions IS
    'One row a database: what its sessions are doing now.';
COMMENT ON COLUMN ops.metric_sessions.datname IS
    'The database.';
COMMENT ON COLUMN ops.metric_sessions.connections IS
    'Client sessions.';
COMMENT ON COLUMN ops.metric_sessions.active IS
    'Those that execute a statement.';
COMMENT ON COLUMN ops.metric_sessions.idle_in_transaction IS
    'Those that hold a transaction open and do nothing.';
COMMENT ON COLUMN ops.metric_sessions.waiting_for_lock IS
    'Those that wait for a lock.';
COMMENT ON COLUMN ops.metric_sessions.oldest_transaction_seconds IS
    'Age of the oldest open transaction.';
COMMENT ON COLUMN ops.metric_sessions.oldest_idle_seconds IS
    'How long the one that is idle in transaction longest has been.';
COMMENT ON COLUMN ops.metric_sessions.oldest_statement_seconds IS
    'How long the oldest statement has been running.';
COMMENT ON COLUMN ops.metric_sessions.oldest_wait_seconds IS
    'How long somebody has waited for a lock.';

GRANT SELECT ON ops.metric_sessions TO monitoring;

CREATE VIEW ops.metric_replication WITH (security_invoker = true) AS
SELECT
    r.application_name AS follower,
    coalesce(host(r.client_addr), 'local') AS address,
    count(*) AS connections,
    bool_and(r.state = 'streaming')::integer AS streaming,
    max(
        pg_wal_lsn_diff(
            CASE
                WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
                ELSE pg_current_wal_lsn()
            END,
            coalesce(r.replay_lsn, r.flush_lsn, r.sent_lsn)
        )
    )::double precision AS lag_bytes,
    coalesce(extract(epoch FROM max(r.replay_lag)), 0)::double precision AS lag_seconds
FROM pg_catalog.pg_stat_replication AS r
GROUP BY r.application_name, r.client_addr;

COMMENT ON VIEW ops.metric_replication IS
    'One row a follower of this server, by its name and address.';
COMMENT ON COLUMN ops.metric_replication.follower IS
    'application_name of the follower.';
COMMENT ON COLUMN ops.metric_replication.address IS
    'Where it connects from.';
COMMENT ON COLUMN ops.metric_replication.connections IS
    'How many connections it has; usually 1.';
COMMENT ON COLUMN ops.metric_replication.streaming IS
    '1 while all of them stream; 0 while one still catches up.';
COMMENT ON COLUMN ops.metric_replication.lag_bytes IS
    'WAL that it has not replayed (or flushed, where it does not replay).';
COMMENT ON COLUMN ops.metric_replication.lag_seconds IS
    'How long what it confirms now was under way.';

GRANT SELECT ON ops.metric_replication TO monitoring;

CREATE VIEW ops.metric_slots WITH (security_invoker = true) AS
SELECT
    s.slot_name AS slot,
    s.active::integer AS active,
    coalesce(
        pg_wal_lsn_diff(
            CASE
                WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
                ELSE pg_current_wal_lsn()
            END,
            s.restart_lsn
        ), 0
    )::double precision AS retained_bytes,
    (s.wal_status IS NOT DISTINCT FROM 'lost')::integer AS lost
FROM pg_catalog.pg_replication_slots AS s;

COMMENT ON VIEW ops.metric_slots IS
    'One row a replication slot.';
COMMENT ON COLUMN ops.metric_slots.slot IS
    'The slot.';
COMMENT ON COLUMN ops.metric_slots.active IS
    '1 while its follower is connected.';
COMMENT ON COLUMN ops.metric_slots.retained_bytes IS
    'WAL that is kept for it.';
COMMENT ON COLUMN ops.metric_slots.lost IS
    '1 when its WAL is gone, and its follower must be built anew.';

GRANT SELECT ON ops.metric_slots TO monitoring;

CREATE VIEW ops.metric_archiver WITH (security_invoker = true) AS
SELECT
    (current_setting('archive_mode') <> 'off')::integer AS enabled,
    a.archived_count AS archived_total,
    a.failed_count AS failed_total,
    coalesce(
        a.last_failed_time > coalesce(a.last_archived_time, '-infinity'), false
    )::integer AS failing,
    (
        SELECT count(*)
        FROM pg_ls_archive_statusdir() AS f
        WHERE f.name LIKE '%.ready'
    ) AS waiting_files,
    extract(
        epoch FROM now() - coalesce(a.last_archived_time, a.stats_reset)
    )::double precision AS last_archived_seconds
FROM pg_catalog.pg_stat_archiver AS a;

COMMENT ON VIEW ops.metric_archiver IS
    'One row: whether WAL reaches the archive.';
COMMENT ON COLUMN ops.metric_archiver.enabled IS
    '1 unless archive_mode is off.';
COMMENT ON COLUMN ops.metric_archiver.archived_total IS
    'Files archived.';
COMMENT ON COLUMN ops.metric_archiver.failed_total IS
    'Attempts that failed.';
COMMENT ON COLUMN ops.metric_archiver.failing IS
    '1 while the last attempt failed.';
COMMENT ON COLUMN ops.metric_archiver.waiting_files IS
    'Finished files that are not archived yet.';
COMMENT ON COLUMN ops.metric_archiver.last_archived_seconds IS
    'Time since the last file was archived; since the statistics began where none was.';

GRANT SELECT ON ops.metric_archiver TO monitoring;

CREATE VIEW ops.metric_checkpoints WITH (security_invoker = true) AS
SELECT
    c.timed AS timed_total,
    c.requested AS requested_total,
    c.write_ms / 1000 AS write_seconds_total,
    c.sync_ms / 1000 AS sync_seconds_total,
    c.buffers_written AS buffers_written_total,
    c.cleaning_halts AS cleaning_halts_total
FROM ops.checkpoints() AS c;

COMMENT ON VIEW ops.metric_checkpoints IS
    'One row: what checkpointer and background writer did.';
COMMENT ON COLUMN ops.metric_checkpoints.timed_total IS
    'Checkpoints that came on time.';
COMMENT ON COLUMN ops.metric_checkpoints.requested_total IS
    'Checkpoints that came early: WAL ran over, or somebody asked.';
COMMENT ON COLUMN ops.metric_checkpoints.write_seconds_total IS
    'Time spent writing in checkpoints.';
COMMENT ON COLUMN ops.metric_checkpoints.sync_seconds_total IS
    'Time spent waiting for the disk in checkpoints.';
COMMENT ON COLUMN ops.metric_checkpoints.buffers_written_total IS
    'Buffers written by checkpoints.';
COMMENT ON COLUMN ops.metric_checkpoints.cleaning_halts_total IS
    'Rounds that the background writer broke off at bgwriter_lru_maxpages.';

GRANT SELECT ON ops.metric_checkpoints TO monitoring;

CREATE VIEW ops.metric_statements WITH (security_invoker = true) AS
SELECT
    t.available,
    t.statements,
    t.evictions_total,
    t.slowest_mean_seconds,
    t.temp_blocks
FROM ops.statement_totals() AS t;

COMMENT ON VIEW ops.metric_statements IS
    'One row: pg_stat_statements of this database, in sum.';
COMMENT ON COLUMN ops.metric_statements.available IS
    '1 where pg_stat_statements can be read; all else is 0 where it can''t.';
COMMENT ON COLUMN ops.metric_statements.statements IS
    'Statements that it remembers now.';
COMMENT ON COLUMN ops.metric_statements.evictions_total IS
    'How often it forgot the rarest, for want of room: raise pg_stat_statements.max.';
COMMENT ON COLUMN ops.metric_statements.slowest_mean_seconds IS
    'Highest mean time among the statements that ran 10 times or more.';
COMMENT ON COLUMN ops.metric_statements.temp_blocks IS
    'Temporary blocks read and written by the statements it remembers.';

GRANT SELECT ON ops.metric_statements TO monitoring;
