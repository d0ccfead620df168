-- Reverses 0091_index_violations.
--
-- Loses:    nothing

DROP INDEX assistant.idx_violations_rule_id_detected_at;
