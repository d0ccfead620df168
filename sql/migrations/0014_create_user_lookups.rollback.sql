-- Reverses 0014_create_user_lookups.
--
-- Loses:    nothing

DROP FUNCTION core.user_profile(bigint);
DROP FUNCTION core.credentials_for(text);
