-- 0047_index_jira_sync_logs
--
-- What:     a project's synchronisations, latest first.
-- Why:      001 §5.3; its index on status, four values, answers no query (defect 58).
-- Locks:    atmosfera.jira_sync_logs SHARE
-- Data:     none; the table is new in this release
-- Rollback: loses nothing

CREATE INDEX idx_jira_sync_logs_project_id_started_at
ON atmosfera.jira_sync_logs (project_id, started_at DESC);
COMMENT ON INDEX atmosfera.idx_jira_sync_logs_project_id_started_at IS
    'The latest synchronisations of a project, whatever their status; and the foreign key to '
    'core.projects.';
