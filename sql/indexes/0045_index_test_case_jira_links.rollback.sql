-- Reverses 0045_index_test_case_jira_links.
--
-- Loses:    nothing

DROP INDEX atmosfera.idx_test_case_jira_links_project_id_link_type;
DROP INDEX atmosfera.idx_test_case_jira_links_jira_ticket_id_project_id;
