-- 0043_index_jira_tickets
--
-- What:     a project's tickets by status, and by their last synchronisation.
-- Why:      001 §9.2 and §5.1. jira_key and project_id are the unique key's (defect 49). No GIN
--           index on labels: @> is not leakproof, so under a policy it can't be an index condition
--           (defect 68), and a project's tickets are found by project_id.
-- Locks:    atmosfera.jira_tickets SHARE
-- Data:     none; the table is new in this release
-- Rollback: loses nothing

CREATE INDEX idx_jira_tickets_project_id_status ON atmosfera.jira_tickets (project_id, status);
COMMENT ON INDEX atmosfera.idx_jira_tickets_project_id_status IS
    'A project''s tickets of one status (001 §9.2).';

CREATE INDEX idx_jira_tickets_project_id_last_synced
ON atmosfera.jira_tickets (project_id, last_synced);
COMMENT ON INDEX atmosfera.idx_jira_tickets_project_id_last_synced IS
    'Which tickets of a project are due: longest not synchronised first.';
