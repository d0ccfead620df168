-- Reverses 0043_index_jira_tickets.
--
-- Loses:    nothing

DROP INDEX atmosfera.idx_jira_tickets_project_id_last_synced;
DROP INDEX atmosfera.idx_jira_tickets_project_id_status;
