-- 0040_index_test_case_jira_links
--
-- What:     the links of a ticket.
-- Why:      001 §5.2; the case's side is the unique key's (defect 49), and its names broke its own
--           rule (defect 80).
-- Locks:    atmosfera.test_case_jira_links SHARE
-- Data:     none; the table is new in this release
-- Rollback: loses nothing

CREATE INDEX idx_test_case_jira_links_project_id_jira_ticket_id
ON atmosfera.test_case_jira_links (project_id, jira_ticket_id, link_type);
COMMENT ON INDEX atmosfera.idx_test_case_jira_links_project_id_jira_ticket_id IS
    'Which cases cover this ticket, and how many tickets are covered (test_coverage_summary); '
    'and the foreign key to jira_tickets.';
