-- Reverses 0005_index_users.
--
-- Loses:    nothing

DROP INDEX core.idx_users_username_lower;
DROP INDEX core.idx_users_email_lower;
