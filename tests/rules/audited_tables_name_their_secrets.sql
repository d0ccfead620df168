-- A column whose name says secret, on an audited table whose trigger does not leave it out.
SELECT t.tgrelid::regclass::text || '.' || a.attname AS offender
FROM pg_trigger AS t
JOIN pg_attribute AS a ON a.attrelid = t.tgrelid AND a.attnum > 0 AND NOT a.attisdropped
WHERE t.tgfoid = 'core.tg__audit'::regproc
    AND a.attname ~ '(password|secret|token|api_key|credential)'
    AND a.atttypid <> 'boolean'::regtype
    AND NOT a.attname = ANY (
        split_part(encode(t.tgargs, 'escape'), E'\\000', 2)::text[]
    )
