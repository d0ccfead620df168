-- Reverses 0090_create_violations.
--
-- Loses:    table assistant.violations

DROP TABLE assistant.violations;
