-- Reverses 0123_create_violations.
--
-- Loses:    table assistant.violations

DROP TABLE assistant.violations;
