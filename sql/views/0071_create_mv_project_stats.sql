-- 0071_create_mv_project_stats
--
-- What:     webtest.mv_project_stats, each project's tests and runs, from a materialized view that
--           no application role reads.
-- Why:      000 §3.2, which multiplies cases by executions before it counts (defects 38, 77), can't
--           be refreshed concurrently for want of a unique index (defect 2), and as a materialized
--           view, which has no row security, would show every project to everybody (defect 65).
-- Locks:    nothing that existed before
-- Data:     none of any table; the first refresh reads 30 days of executions.
-- Rollback: loses nothing; the figures are derived.

-- Each table is counted by itself, then joined: one row a project. Refreshed as footing_owner, whom
-- no policy binds, by REFRESH MATERIALIZED VIEW CONCURRENTLY webtest.mv_project_stats_data; as
-- stale as its last refresh, which refreshed_at tells, and so are its 30 days.
CREATE MATERIALIZED VIEW webtest.mv_project_stats_data AS
SELECT
    p.id AS project_id,
    p.name AS project_name,
    coalesce(c.total, 0) AS total_tests,
    coalesce(c.active, 0) AS active_tests,
    coalesce(e.total, 0) AS total_executions_last_30_days,
    coalesce(e.passed, 0) AS passed_executions,
    coalesce(e.failed, 0) AS failed_executions,
    e.avg_execution_time,
    coalesce(e.skipped, 0) AS skipped_executions,
    coalesce(e.broken, 0) AS error_executions,
    coalesce(e.running, 0) AS running_executions,
    coalesce(e.pending, 0) AS pending_executions,
    now() AS refreshed_at
FROM core.projects AS p
LEFT JOIN (
    SELECT
        tc.project_id,
        count(*) AS total,
        count(*) FILTER (WHERE tc.status = 'active') AS active
    FROM webtest.test_cases AS tc
    GROUP BY tc.project_id
) AS c ON c.project_id = p.id
LEFT JOIN (
    SELECT
        te.project_id,
        count(*) AS total,
        count(*) FILTER (WHERE te.result = 'pass') AS passed,
        count(*) FILTER (WHERE te.result = 'fail') AS failed,
        count(*) FILTER (WHERE te.result = 'skip') AS skipped,
        count(*) FILTER (WHERE te.result = 'error') AS broken,
        count(*) FILTER (WHERE te.result = 'running') AS running,
        count(*) FILTER (WHERE te.result = 'pending') AS pending,
        avg(te.execution_time) AS avg_execution_time
    FROM webtest.test_executions AS te
    WHERE te.created_at >= now() - interval '30 days'
    GROUP BY te.project_id
) AS e ON e.project_id = p.id
WHERE p.status = 'active';

COMMENT ON MATERIALIZED VIEW webtest.mv_project_stats_data IS
    'The figures of all projects, for webtest.mv_project_stats to show from. Granted to nobody: a '
    'materialized view has no row security.';
COMMENT ON COLUMN webtest.mv_project_stats_data.project_id IS
    'The project: active ones only.';
COMMENT ON COLUMN webtest.mv_project_stats_data.project_name IS
    'Its name at the last refresh.';
COMMENT ON COLUMN webtest.mv_project_stats_data.total_tests IS
    'Its test cases, whatever their status.';
COMMENT ON COLUMN webtest.mv_project_stats_data.active_tests IS
    'Those of status active.';
COMMENT ON COLUMN webtest.mv_project_stats_data.total_executions_last_30_days IS
    'Its executions recorded in the 30 days before the refresh.';
COMMENT ON COLUMN webtest.mv_project_stats_data.passed_executions IS
    'Of these, result pass.';
COMMENT ON COLUMN webtest.mv_project_stats_data.failed_executions IS
    'Of these, result fail.';
COMMENT ON COLUMN webtest.mv_project_stats_data.avg_execution_time IS
    'Their mean execution_time in seconds, where one was measured; NULL where none was.';
COMMENT ON COLUMN webtest.mv_project_stats_data.skipped_executions IS
    'Of these, result skip; 000 has no column for the last four.';
COMMENT ON COLUMN webtest.mv_project_stats_data.error_executions IS
    'Of these, result error: the test itself broke.';
COMMENT ON COLUMN webtest.mv_project_stats_data.running_executions IS
    'Of these, still running at the refresh.';
COMMENT ON COLUMN webtest.mv_project_stats_data.pending_executions IS
    'Of these, still waiting at the refresh.';
COMMENT ON COLUMN webtest.mv_project_stats_data.refreshed_at IS
    'When the figures were taken.';

CREATE UNIQUE INDEX idx_mv_project_stats_data_project_id
ON webtest.mv_project_stats_data (project_id);
COMMENT ON INDEX webtest.idx_mv_project_stats_data_project_id IS
    'One project''s figures; and what REFRESH … CONCURRENTLY tells rows apart by.';

-- Definer rights: the reader may not read the figures of all. The filter is that of the tables'
-- policies, and a security barrier: no function of the reader's sees a row before it.
CREATE VIEW webtest.mv_project_stats WITH (security_barrier = true) AS
SELECT
    d.project_id,
    d.project_name,
    d.total_tests,
    d.active_tests,
    d.total_executions_last_30_days,
    d.passed_executions,
    d.failed_executions,
    d.avg_execution_time,
    d.skipped_executions,
    d.error_executions,
    d.running_executions,
    d.pending_executions,
    d.refreshed_at
FROM webtest.mv_project_stats_data AS d
WHERE d.project_id IN (SELECT a.project_id FROM core.session_access AS a);

COMMENT ON VIEW webtest.mv_project_stats IS
    'Tests and recent runs of each active project one may see, as of refreshed_at. The six counts '
    'by result add up to total_executions_last_30_days.';
COMMENT ON COLUMN webtest.mv_project_stats.project_id IS
    'The project: active ones only.';
COMMENT ON COLUMN webtest.mv_project_stats.project_name IS
    'Its name at the last refresh.';
COMMENT ON COLUMN webtest.mv_project_stats.total_tests IS
    'Its test cases, whatever their status.';
COMMENT ON COLUMN webtest.mv_project_stats.active_tests IS
    'Those of status active.';
COMMENT ON COLUMN webtest.mv_project_stats.total_executions_last_30_days IS
    'Its executions recorded in the 30 days before the refresh.';
COMMENT ON COLUMN webtest.mv_project_stats.passed_executions IS
    'Of these, result pass.';
COMMENT ON COLUMN webtest.mv_project_stats.failed_executions IS
    'Of these, result fail.';
COMMENT ON COLUMN webtest.mv_project_stats.avg_execution_time IS
    'Their mean execution_time in seconds, where one was measured; NULL where none was.';
COMMENT ON COLUMN webtest.mv_project_stats.skipped_executions IS
    'Of these, result skip; 000 has no column for the last four.';
COMMENT ON COLUMN webtest.mv_project_stats.error_executions IS
    'Of these, result error: the test itself broke.';
COMMENT ON COLUMN webtest.mv_project_stats.running_executions IS
    'Of these, still running at the refresh.';
COMMENT ON COLUMN webtest.mv_project_stats.pending_executions IS
    'Of these, still waiting at the refresh.';
COMMENT ON COLUMN webtest.mv_project_stats.refreshed_at IS
    'When the figures were taken.';

GRANT SELECT ON webtest.mv_project_stats TO authenticated_users, readonly_users;
-- Nothing on webtest.mv_project_stats_data, for anybody.
