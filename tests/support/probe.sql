-- What a database needs for the proof of isolation: a look behind the policies, within the prober's own
-- transaction, and a function that tells whatever it is shown. tests/support/tenants.py fills in the braces.
CREATE SCHEMA probe;
GRANT USAGE ON SCHEMA probe TO PUBLIC;

CREATE TABLE probe.theirs (relation oid, place tid, version text, PRIMARY KEY (relation, place));
CREATE TABLE probe.since (xid bigint);

CREATE FUNCTION probe.leak(seen text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$
BEGIN
    RAISE NOTICE 'leaked %', seen;
    RETURN true;
END $$;

CREATE FUNCTION probe.remember() RETURNS void LANGUAGE plpgsql AS $$
DECLARE t regclass;
BEGIN
    DELETE FROM probe.theirs;
    FOR t IN
        SELECT c.oid FROM pg_catalog.pg_class AS c
        JOIN ({schemas}) AS s ON s.oid = c.relnamespace
        WHERE c.relkind = 'r'
    LOOP
        EXECUTE format(
            'INSERT INTO probe.theirs SELECT tableoid, ctid, xmin::text FROM ONLY %s AS t WHERE t::text ~ %L',
            t, '{mark}');
    END LOOP;
    DELETE FROM probe.since;
    INSERT INTO probe.since SELECT pg_catalog.txid_current();
    PERFORM probe.write_damage();
END $$;

-- What this transaction did to them: a row of theirs changed or gone, or a new row that refers to one. Written
-- by remember(), a statement for each table and each foreign key, so that a session plans each but once.
CREATE FUNCTION probe.damage() RETURNS SETOF text LANGUAGE sql AS 'SELECT NULL::text WHERE false';

CREATE FUNCTION probe.write_damage() RETURNS void LANGUAGE plpgsql AS $$
DECLARE body text;
BEGIN
    SELECT string_agg(format(
        'IF (SELECT count(*) FROM ONLY %s AS r JOIN probe.theirs AS p ON p.relation = r.tableoid'
        ' AND p.place = r.ctid AND p.version = r.xmin::text WHERE p.relation = %s) <> %s'
        ' THEN RETURN NEXT %L; END IF;',
        relation::regclass, relation, rows, format('a row of theirs in %s is not what it was', relation::regclass)
    ), E'\n')
    INTO body
    FROM (SELECT relation, count(*) AS rows FROM probe.theirs GROUP BY relation) AS t;

    SELECT body || E'\n' || string_agg(format(
        'IF EXISTS (SELECT FROM %s AS r WHERE r.xmin::text::bigint >= %s AND (%s)) THEN RETURN NEXT %L; END IF;',
        source, (SELECT xid FROM probe.since), theirs,
        format('a new row of %s refers to theirs in %s by %s', source, target, columns)
    ), E'\n')
    INTO body
    FROM (
        SELECT con.conrelid::regclass AS source, con.confrelid::regclass AS target,
            string_agg(format('r.%I::text ~ %L', a.attname, '{mark}'), ' OR ') AS theirs,
            string_agg(a.attname, ', ') AS columns
        FROM pg_catalog.pg_constraint AS con
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = con.conrelid AND a.attnum = ANY (con.conkey)
        WHERE con.contype = 'f' AND con.conparentid = 0
        GROUP BY con.oid, con.conrelid, con.confrelid
    ) AS k;

    EXECUTE format(
        'CREATE OR REPLACE FUNCTION probe.damage() RETURNS SETOF text LANGUAGE plpgsql SECURITY DEFINER AS %L',
        E'BEGIN\nIF pg_catalog.pg_current_xact_id_if_assigned() IS NULL THEN RETURN; END IF;\n'
        || coalesce(body, '') || E'\nEND');
END $$;
