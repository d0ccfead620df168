-- 0055_create_test_coverage_summary
--
-- What:     atmosfera.test_coverage_summary, how many tickets of each project are covered by
--           tests.
-- Why:      001 §8.1, which multiplies tickets, links and cases before it counts, and takes a
--           deprecated case or a link of any type for coverage (defect 42), of all tenants (defect
--           65).
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses nothing

-- Each table is counted by itself. project_id is the grouping, so that a condition on it reaches
-- each of them.
-- A link's case is there and of its project, so it is enough to look whether it is deprecated: those
-- are few, and for all projects it takes half the time of a join with the rest.
CREATE VIEW atmosfera.test_coverage_summary WITH (security_invoker = true) AS
SELECT
    p.id AS project_id,
    p.name AS project_name,
    coalesce(t.tickets, 0) AS total_jira_tickets,
    coalesce(l.tickets, 0) AS covered_tickets,
    coalesce(c.cases, 0) AS total_test_cases,
    round(coalesce(l.tickets, 0)::numeric / nullif(t.tickets, 0) * 100, 2) AS coverage_percentage
FROM core.projects AS p
LEFT JOIN (
    SELECT jt.project_id, count(*) AS tickets
    FROM atmosfera.jira_tickets AS jt
    GROUP BY jt.project_id
) AS t ON t.project_id = p.id
LEFT JOIN (
    SELECT tcjl.project_id, count(DISTINCT tcjl.jira_ticket_id) AS tickets
    FROM atmosfera.test_case_jira_links AS tcjl
    WHERE tcjl.link_type = 'covers'
        AND NOT EXISTS (
            SELECT
            FROM atmosfera.test_cases AS tc
            WHERE tc.project_id = tcjl.project_id
                AND tc.id = tcjl.test_case_id
                AND tc.status = 'deprecated'
        )
    GROUP BY tcjl.project_id
) AS l ON l.project_id = p.id
LEFT JOIN (
    SELECT tc.project_id, count(*) AS cases
    FROM atmosfera.test_cases AS tc
    GROUP BY tc.project_id
) AS c ON c.project_id = p.id;

COMMENT ON VIEW atmosfera.test_coverage_summary IS
    'How well each project''s Jira tickets are covered by test cases. Shows what the reader may '
    'see: an administrator without access to a project sees it with zeros.';
COMMENT ON COLUMN atmosfera.test_coverage_summary.project_id IS
    'The project.';
COMMENT ON COLUMN atmosfera.test_coverage_summary.project_name IS
    'Its name.';
COMMENT ON COLUMN atmosfera.test_coverage_summary.total_jira_tickets IS
    'Its tickets, covered or not.';
COMMENT ON COLUMN atmosfera.test_coverage_summary.covered_tickets IS
    'Those with at least one link of type covers from a case that is not deprecated.';
COMMENT ON COLUMN atmosfera.test_coverage_summary.total_test_cases IS
    'Its test cases, deprecated ones included.';
COMMENT ON COLUMN atmosfera.test_coverage_summary.coverage_percentage IS
    'covered_tickets of total_jira_tickets; NULL without tickets.';

GRANT SELECT ON atmosfera.test_coverage_summary TO authenticated_users, readonly_users;
