-- 0081_index_project_payloads
--
-- What:     payloads by project and module, by what they contain, and by account.
-- Why:      002 §2's module filter; and its "JSONB queries", for which it has no index at all
--           (defect 60). jsonb_path_ops is smaller and quicker for @>, the one operator asked for.
-- Locks:    apex.project_payloads SHARE
-- Data:     none; the table is new in this release
-- Rollback: loses nothing

CREATE INDEX idx_project_payloads_project_id_module_created_at
ON apex.project_payloads (project_id, module, created_at DESC);
COMMENT ON INDEX apex.idx_project_payloads_project_id_module_created_at IS
    'A project''s payloads, of one module latest first; and the foreign key to apex.projects.';

CREATE INDEX idx_project_payloads_account_id_payload_id
ON apex.project_payloads (account_id, payload_id DESC);
COMMENT ON INDEX apex.idx_project_payloads_account_id_payload_id IS
    'An account''s newest payloads; apex.search_payloads() for what many payloads contain, so that '
    'it reads no more than the account has.';

CREATE INDEX idx_project_payloads_payload
ON apex.project_payloads USING gin (payload jsonb_path_ops);
COMMENT ON INDEX apex.idx_project_payloads_payload IS
    'Payloads that contain this: apex.search_payloads().';
