SELECT
    a.attrelid::bigint AS relation,
    quote_ident(a.attname) AS name,
    format_type(a.atttypid, a.atttypmod) AS type,
    a.attnotnull AS required,
    a.attidentity::text AS identity,
    a.attgenerated::text AS generated,
    pg_get_expr(d.adbin, d.adrelid, true) AS value,
    CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text END AS collation,
    CASE
        WHEN a.attstorage <> t.typstorage
        THEN CASE a.attstorage
            WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED'
        END
    END AS storage,
    CASE WHEN coalesce(a.attstattarget, -1) <> -1 THEN a.attstattarget::integer END AS statistics,
    col_description(a.attrelid, a.attnum) AS comment
FROM pg_attribute AS a
JOIN pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = ANY (%s)
    AND a.attnum > 0
    AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum
