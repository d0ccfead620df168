-- 0098_index_violations_archive
--
-- What:     the way from an archived rule to its violations.
-- Why:      assistant.restore_rule() fetches them.
-- Locks:    assistant.violations_archive SHARE
-- Data:     none; the table is new in this release
-- Rollback: loses nothing

CREATE INDEX idx_violations_archive_rule_id ON assistant.violations_archive (rule_id);
COMMENT ON INDEX assistant.idx_violations_archive_rule_id IS
    'The violations of an archived rule; the foreign key to assistant.rules_archive.';
