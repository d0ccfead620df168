-- Makes a session fit for migrating: it acts as the owner. The login's own limits were lifted as it
-- connected (runner/connection.py), but for one that older servers do not know.
-- search_path holds pg_catalog only, because files name every schema.
-- row_security = off makes a backfill that a policy would filter fail instead of updating nothing.
SET ROLE footing_owner;
SET search_path = pg_catalog;
SET row_security = off;
SET default_transaction_isolation = 'read committed';
SET standard_conforming_strings = on;
SET check_function_bodies = on;
SET client_min_messages = notice;

-- PostgreSQL 17 and later.
SELECT pg_catalog.set_config(s.name, '0', false)
FROM pg_catalog.pg_settings AS s
WHERE s.name = 'transaction_timeout';

-- Ends the statement of a runner that was killed within a second. Not to be had on every platform.
DO $$
BEGIN
    SET client_connection_check_interval = '1s';
EXCEPTION WHEN invalid_parameter_value THEN
    NULL;
END
$$;
