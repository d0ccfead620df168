-- Reverses 0078_index_apex_projects.
--
-- Loses:    nothing

DROP INDEX apex.idx_projects_content_sha256_account_id;
DROP INDEX apex.idx_projects_created_at_not_draft;
DROP INDEX apex.idx_projects_status_created_at;
DROP INDEX apex.idx_projects_account_id_status_created_at;
DROP INDEX apex.idx_projects_account_id_created_at;
