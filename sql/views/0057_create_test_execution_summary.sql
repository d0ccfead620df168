-- 0057_create_test_execution_summary
--
-- What:     atmosfera.test_execution_summary, how far each test cycle is.
-- Why:      001 §8.3, which has no column for items in progress, and divides what passed by what
--           was not run (defect 43), of all tenants (defect 65).
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses nothing

CREATE VIEW atmosfera.test_execution_summary WITH (security_invoker = true) AS
SELECT
    tc.id AS cycle_id,
    tc.name AS cycle_name,
    tc.project_id,
    coalesce(i.total, 0) AS total_tests,
    coalesce(i.passed, 0) AS passed_tests,
    coalesce(i.failed, 0) AS failed_tests,
    coalesce(i.blocked, 0) AS blocked_tests,
    coalesce(i.not_run, 0) AS not_run_tests,
    round(i.passed::numeric / nullif(i.passed + i.failed + i.blocked, 0) * 100, 2) AS pass_rate,
    coalesce(i.in_progress, 0) AS in_progress_tests
FROM atmosfera.test_cycles AS tc
LEFT JOIN (
    SELECT
        tci.project_id,
        tci.cycle_id,
        count(*) AS total,
        count(*) FILTER (WHERE tci.status = 'passed') AS passed,
        count(*) FILTER (WHERE tci.status = 'failed') AS failed,
        count(*) FILTER (WHERE tci.status = 'blocked') AS blocked,
        count(*) FILTER (WHERE tci.status = 'not-run') AS not_run,
        count(*) FILTER (WHERE tci.status = 'in-progress') AS in_progress
    FROM atmosfera.test_cycle_items AS tci
    GROUP BY tci.project_id, tci.cycle_id
) AS i ON i.project_id = tc.project_id AND i.cycle_id = tc.id;

COMMENT ON VIEW atmosfera.test_execution_summary IS
    'How far each test cycle is, and what came out. The five counts add up to total_tests; an '
    'item''s status is that of its latest run.';
COMMENT ON COLUMN atmosfera.test_execution_summary.cycle_id IS
    'The cycle.';
COMMENT ON COLUMN atmosfera.test_execution_summary.cycle_name IS
    'Its name.';
COMMENT ON COLUMN atmosfera.test_execution_summary.project_id IS
    'Its project.';
COMMENT ON COLUMN atmosfera.test_execution_summary.total_tests IS
    'Its items.';
COMMENT ON COLUMN atmosfera.test_execution_summary.passed_tests IS
    'Items whose latest run passed.';
COMMENT ON COLUMN atmosfera.test_execution_summary.failed_tests IS
    'Items whose latest run failed.';
COMMENT ON COLUMN atmosfera.test_execution_summary.blocked_tests IS
    'Items that could not be executed.';
COMMENT ON COLUMN atmosfera.test_execution_summary.not_run_tests IS
    'Items nobody has begun.';
COMMENT ON COLUMN atmosfera.test_execution_summary.pass_rate IS
    'passed_tests of those with an outcome (passed, failed, blocked), in per cent; NULL while '
    'there is none.';
COMMENT ON COLUMN atmosfera.test_execution_summary.in_progress_tests IS
    'Items being executed; 001 has no column for them, so it comes last.';

GRANT SELECT ON atmosfera.test_execution_summary TO authenticated_users, readonly_users;
