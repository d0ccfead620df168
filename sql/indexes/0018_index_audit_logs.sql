-- 0018_index_audit_logs
--
-- What:     the index of a person's audit trail.
-- Why:      000's audit query filters by user_id and sorts by created_at DESC; its two separate
--           indexes can't give both. One composite can, and serves the foreign key (§2.3, §2.4).
-- Locks:    core.audit_logs SHARE
-- Data:     none; the table is new in this release
-- Rollback: loses nothing

-- Ascending, and read backwards: what comes in the order of time fills its pages that way (0027).

CREATE INDEX idx_audit_logs_user_id_created_at ON core.audit_logs (user_id, created_at);
COMMENT ON INDEX core.idx_audit_logs_user_id_created_at IS
    'The audit trail of a person, latest first; and the foreign key to core.users.';
