-- Reverses 0081_index_project_payloads.
--
-- Loses:    nothing

DROP INDEX apex.idx_project_payloads_payload;
DROP INDEX apex.idx_project_payloads_account_id_payload_id;
DROP INDEX apex.idx_project_payloads_project_id_module_created_at;
