-- Reverses 0003_create_shared_functions.
--
-- Loses:    nothing

DROP FUNCTION core.search_steps(bigint, bigint[]);
DROP FUNCTION core.search_keys(bigint, bigint);
DROP FUNCTION core.is_envelope(text);
DROP FUNCTION core.tg__append_only();
DROP FUNCTION core.tg__set_updated_at();
