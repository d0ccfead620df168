-- 0091_index_violations
--
-- What:     the way from a rule to its violations.
-- Why:      003 Primary Indexes: "foreign keys: indexed" (defects 33, 59).
-- Locks:    assistant.violations SHARE
-- Data:     none; the table is new in this release
-- Rollback: loses nothing

CREATE INDEX idx_violations_rule_id_detected_at
ON assistant.violations (rule_id, detected_at DESC);
COMMENT ON INDEX assistant.idx_violations_rule_id_detected_at IS
    'The violations of a rule, latest first; and the foreign key to assistant.rules.';
