-- Reverses 0098_index_violations_archive.
--
-- Loses:    nothing

DROP INDEX assistant.idx_violations_archive_rule_id;
