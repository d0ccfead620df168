-- Reverses 0080_create_project_payloads.
--
-- Loses:    table apex.project_payloads

DROP TABLE apex.project_payloads;

DROP FUNCTION apex.tg__fill_account();
