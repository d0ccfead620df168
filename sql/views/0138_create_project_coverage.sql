-- 0138_create_project_coverage
--
-- What:     atmosfera.project_coverage, the figures of test_coverage_summary as of the last refresh,
--           from a materialized view that no application role reads.
-- Why:      001 §8.1 for lists and start pages: counting a large project's tickets, links and cases
--           takes as long as they are many, and reading what was counted a quarter of an hour ago
--           does not.
-- Locks:    nothing that existed before
-- Data:     none of any table; the first refresh counts every project once.
-- Rollback: loses nothing; the figures are derived.

-- Refreshed as footing_owner, whom no policy binds, by REFRESH MATERIALIZED VIEW CONCURRENTLY: so
-- test_coverage_summary, which shows a reader what that reader may see, shows it every project.
CREATE MATERIALIZED VIEW atmosfera.project_coverage_data AS
SELECT
    s.project_id,
    s.project_name,
    s.total_jira_tickets,
    s.covered_tickets,
    s.total_test_cases,
    s.coverage_percentage,
    now() AS refreshed_at
FROM atmosfera.test_coverage_summary AS s;

COMMENT ON MATERIALIZED VIEW atmosfera.project_coverage_data IS
    'The figures of all projects, for atmosfera.project_coverage to show from. Granted to nobody: a '
    'materialized view has no row security.';
COMMENT ON COLUMN atmosfera.project_coverage_data.project_id IS
    'The project.';
COMMENT ON COLUMN atmosfera.project_coverage_data.project_name IS
    'Its name at the last refresh.';
COMMENT ON COLUMN atmosfera.project_coverage_data.total_jira_tickets IS
    'Its tickets, covered or not.';
COMMENT ON COLUMN atmosfera.project_coverage_data.covered_tickets IS
    'Those with at least one link of type covers from a case that is not deprecated.';
COMMENT ON COLUMN atmosfera.project_coverage_data.total_test_cases IS
    'Its test cases, deprecated ones included.';
COMMENT ON COLUMN atmosfera.project_coverage_data.coverage_percentage IS
    'covered_tickets of total_jira_tickets; NULL without tickets.';
COMMENT ON COLUMN atmosfera.project_coverage_data.refreshed_at IS
    'When the figures were taken.';

CREATE UNIQUE INDEX idx_project_coverage_data_project_id
ON atmosfera.project_coverage_data (project_id);
COMMENT ON INDEX atmosfera.idx_project_coverage_data_project_id IS
    'One project''s figures; and what REFRESH … CONCURRENTLY tells rows apart by.';

-- Definer rights: the reader may not read the figures of all. The filter is that of the tables'
-- policies, and a security barrier: no function of the reader's sees a row before it.
CREATE VIEW atmosfera.project_coverage WITH (security_barrier = true) AS
SELECT
    d.project_id,
    d.project_name,
    d.total_jira_tickets,
    d.covered_tickets,
    d.total_test_cases,
    d.coverage_percentage,
    d.refreshed_at
FROM atmosfera.project_coverage_data AS d
WHERE d.project_id IN (SELECT a.project_id FROM core.session_access AS a);

COMMENT ON VIEW atmosfera.project_coverage IS
    'How well the Jira tickets of each project one may see were covered by test cases as of '
    'refreshed_at; test_coverage_summary counts them now.';
COMMENT ON COLUMN atmosfera.project_coverage.project_id IS
    'The project; one made since the last refresh has no row yet.';
COMMENT ON COLUMN atmosfera.project_coverage.project_name IS
    'Its name at the last refresh.';
COMMENT ON COLUMN atmosfera.project_coverage.total_jira_tickets IS
    'Its tickets, covered or not.';
COMMENT ON COLUMN atmosfera.project_coverage.covered_tickets IS
    'Those with at least one link of type covers from a case that is not deprecated.';
COMMENT ON COLUMN atmosfera.project_coverage.total_test_cases IS
    'Its test cases, deprecated ones included.';
COMMENT ON COLUMN atmosfera.project_coverage.coverage_percentage IS
    'covered_tickets of total_jira_tickets; NULL without tickets.';
COMMENT ON COLUMN atmosfera.project_coverage.refreshed_at IS
    'When the figures were taken.';

GRANT SELECT ON atmosfera.project_coverage TO authenticated_users, readonly_users;
-- Nothing on atmosfera.project_coverage_data, for anybody.
