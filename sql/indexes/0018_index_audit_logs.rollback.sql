-- Reverses 0018_index_audit_logs.
--
-- Loses:    nothing

DROP INDEX core.idx_audit_logs_user_id_created_at;
