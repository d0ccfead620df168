-- Reverses 0047_index_jira_sync_logs.
--
-- Loses:    nothing

DROP INDEX atmosfera.idx_jira_sync_logs_project_id_started_at;
