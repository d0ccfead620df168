-- 0085_create_project_stats
--
-- What:     apex.project_stats_data, projects counted by account and status; and over it
--           apex.project_stats, which shows the session its own accounts.
-- Why:      002 §3, whose view has two columns without a name and can't be refreshed concurrently
--           (defect 3). Row security does not reach a materialized view, so nobody reads it but
--           through the other one.
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses nothing; both follow from apex.projects.

CREATE MATERIALIZED VIEW apex.project_stats_data AS
SELECT
    p.account_id,
    p.status,
    count(*) AS project_count,
    avg(p.confidence) AS avg_confidence
FROM apex.projects AS p
GROUP BY p.account_id, p.status;

COMMENT ON MATERIALIZED VIEW apex.project_stats_data IS
    'Every account''s figures, as of the last REFRESH MATERIALIZED VIEW CONCURRENTLY by '
    'footing_owner: 002 asks for one every 5 minutes. Empty until the first.';
COMMENT ON COLUMN apex.project_stats_data.account_id IS
    'The account; never NULL, as in apex.projects.';
COMMENT ON COLUMN apex.project_stats_data.status IS
    'The status; one the account has no project of has no row.';
COMMENT ON COLUMN apex.project_stats_data.project_count IS
    'How many of the account''s projects had it.';
COMMENT ON COLUMN apex.project_stats_data.avg_confidence IS
    'Mean of their confidence, those without one left out; NULL if none had any.';
-- No grant: everybody's rows are in it.

-- Definer rights, and the tenant filter inside; a security barrier, so that no condition of the
-- reader's runs before it.
CREATE VIEW apex.project_stats WITH (security_barrier = true) AS
SELECT
    d.account_id,
    d.status,
    d.project_count,
    d.avg_confidence
FROM apex.project_stats_data AS d
WHERE d.account_id IN (SELECT m.account_id FROM apex.session_access AS m);

COMMENT ON VIEW apex.project_stats IS
    'Projects by account and status in the accounts of the session''s person, as of the last '
    'refresh: at most 5 minutes old. Membership counts as it is now.';
COMMENT ON COLUMN apex.project_stats.account_id IS
    'The account.';
COMMENT ON COLUMN apex.project_stats.status IS
    'The status; one the account has no project of has no row.';
COMMENT ON COLUMN apex.project_stats.project_count IS
    'How many of the account''s projects had it.';
COMMENT ON COLUMN apex.project_stats.avg_confidence IS
    'Mean of their confidence, those without one left out; NULL if none had any.';

GRANT SELECT ON apex.project_stats TO authenticated_users, readonly_users;
