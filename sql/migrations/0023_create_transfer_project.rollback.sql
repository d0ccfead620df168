-- Reverses 0023_create_transfer_project.
--
-- Loses:    nothing

DROP FUNCTION core.transfer_project(bigint, bigint);
