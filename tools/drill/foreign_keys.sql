-- One row a foreign key: its name, and the query that counts the rows that refer to nothing. ALTER TABLE …
-- VALIDATE CONSTRAINT would believe what the catalogue says: that it has been validated.
SELECT
    format('%s of %s', k.conname, k.conrelid::regclass),
    format(
        'SELECT count(*) FROM ONLY %s AS c WHERE %s AND NOT EXISTS (SELECT FROM %s AS p WHERE %s)',
        k.conrelid::regclass,
        string_agg(format('c.%I IS NOT NULL', own.attname), ' AND ' ORDER BY place.nth),
        k.confrelid::regclass,
        string_agg(format('p.%I = c.%I', theirs.attname, own.attname), ' AND ' ORDER BY place.nth)
    )
FROM pg_constraint AS k
INNER JOIN pg_class AS c ON c.oid = k.conrelid AND c.relkind = 'r'
CROSS JOIN LATERAL generate_subscripts(k.conkey, 1) AS place (nth)
INNER JOIN pg_attribute AS own ON own.attrelid = k.conrelid AND own.attnum = k.conkey[place.nth]
INNER JOIN pg_attribute AS theirs ON theirs.attrelid = k.confrelid AND theirs.attnum = k.confkey[place.nth]
WHERE k.contype = 'f'
GROUP BY k.oid, k.conname, k.conrelid, k.confrelid
ORDER BY 1
