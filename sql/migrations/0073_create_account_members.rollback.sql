-- Reverses 0073_create_account_members.
--
-- Loses:    table apex.account_members

DROP VIEW apex.session_access;
DROP TABLE apex.account_members;

DROP FUNCTION apex.managed_account_ids();
