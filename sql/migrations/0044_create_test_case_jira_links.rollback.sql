-- Reverses 0044_create_test_case_jira_links.
--
-- Loses:    table atmosfera.test_case_jira_links

DROP TABLE atmosfera.test_case_jira_links;

DROP FUNCTION atmosfera.tg_test_case_jira_links__fill_project_id();
