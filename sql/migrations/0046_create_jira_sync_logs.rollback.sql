-- Reverses 0046_create_jira_sync_logs.
--
-- Loses:    table atmosfera.jira_sync_logs

DROP TABLE atmosfera.jira_sync_logs;
