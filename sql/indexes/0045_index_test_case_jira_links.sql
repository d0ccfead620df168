-- 0045_index_test_case_jira_links
--
-- What:     the links of a ticket, and of a project.
-- Why:      001 §5.2; the case's side is the unique key's (defect 49), and its names broke its own
--           rule (defect 80).
-- Locks:    atmosfera.test_case_jira_links SHARE
-- Data:     none; the table is new in this release
-- Rollback: loses nothing

CREATE INDEX idx_test_case_jira_links_jira_ticket_id_project_id
ON atmosfera.test_case_jira_links (jira_ticket_id, project_id);
COMMENT ON INDEX atmosfera.idx_test_case_jira_links_jira_ticket_id_project_id IS
    'Which cases have to do with this ticket; and the foreign key to jira_tickets.';

CREATE INDEX idx_test_case_jira_links_project_id_link_type
ON atmosfera.test_case_jira_links (project_id, link_type);
COMMENT ON INDEX atmosfera.idx_test_case_jira_links_project_id_link_type IS
    'The links of a project that count as coverage: test_coverage_summary.';
