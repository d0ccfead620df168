-- Every object of the database and its definition, as two columns of text: the catalogue's fingerprint.
--
-- The same text from PostgreSQL 15 to 18, so a few things are left out on purpose: NOT NULL constraints
-- (18 lists them, the column says it everywhere), the MAINTAIN privilege (17), the qualifiers in a view's
-- text (15 writes them where 16 does not; the relations it reads are listed instead). Which months a
-- partitioned table has is not compared, but each partition must have its parent's shape.
WITH schemas AS (
    SELECT n.oid, n.nspname, n.nspowner, n.nspacl
      FROM pg_catalog.pg_namespace AS n
     WHERE n.nspname !~ '^(pg_|(information_schema|extensions|pgbouncer|footing|footing_sample)$)'
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                        WHERE d.classid = 'pg_namespace'::regclass AND d.objid = n.oid AND d.deptype = 'e')
),
extension_members AS (
    SELECT d.classid, d.objid FROM pg_catalog.pg_depend AS d WHERE d.deptype = 'e'
),
relations AS (
    SELECT c.*, s.nspname, pg_catalog.format('%I.%I', s.nspname, c.relname) AS name
      FROM pg_catalog.pg_class AS c
      JOIN schemas AS s ON s.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
       AND NOT c.relispartition
       AND NOT (s.nspname = 'public' AND c.relname ~ '^_?yoyo_')
       AND NOT EXISTS (SELECT FROM extension_members AS e
                        WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid)
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                          AND d.deptype = 'i' AND c.relkind = 'S')
),
sequences AS (
    -- what differs from a plain sequence of its type; a key counts up by 1 and says nothing here
    SELECT q.seqrelid AS oid, nullif(concat_ws(' ',
               CASE WHEN q.seqstart <> 1 THEN 'start ' || q.seqstart END,
               CASE WHEN q.seqincrement <> 1 THEN 'increment ' || q.seqincrement END,
               CASE WHEN q.seqmin <> 1 THEN 'minimum ' || q.seqmin END,
               CASE WHEN q.seqmax <> CASE q.seqtypid WHEN 'int8'::regtype THEN 9223372036854775807
                                                     WHEN 'int4'::regtype THEN 2147483647
                                                     ELSE 32767 END THEN 'maximum ' || q.seqmax END,
               CASE WHEN q.seqcache <> 1 THEN 'cache ' || q.seqcache END,
               CASE WHEN q.seqcycle THEN 'cycle' END), '') AS text
      FROM pg_sequence AS q
),
grants AS (
    SELECT g.kind, g.oid, string_agg(
               format('%s=%s%s/%s', coalesce(e.rolname, 'PUBLIC'), a.privilege_type,
                      CASE WHEN a.is_grantable THEN '*' ELSE '' END, o.rolname),
               ' ' ORDER BY coalesce(e.rolname, 'PUBLIC') COLLATE "C", a.privilege_type COLLATE "C",
               o.rolname COLLATE "C") AS text
      FROM (
        SELECT 'schema' AS kind, s.oid, coalesce(s.nspacl, acldefault('n', s.nspowner)) AS acl FROM schemas AS s
        UNION ALL
        SELECT 'relation', r.oid,
               coalesce(r.relacl, acldefault(CASE r.relkind WHEN 'S' THEN 's'::"char" ELSE 'r' END, r.relowner))
          FROM relations AS r
        UNION ALL
        SELECT 'function', p.oid, coalesce(p.proacl, acldefault('f', p.proowner))
          FROM pg_proc AS p JOIN schemas AS s ON s.oid = p.pronamespace
        UNION ALL
        SELECT 'type', t.oid, coalesce(t.typacl, acldefault('T', t.typowner))
          FROM pg_type AS t JOIN schemas AS s ON s.oid = t.typnamespace
        UNION ALL
        SELECT 'default', d.oid, d.defaclacl FROM pg_default_acl AS d
      ) AS g
     CROSS JOIN LATERAL aclexplode(g.acl) AS a
      LEFT JOIN pg_roles AS e ON e.oid = a.grantee
      LEFT JOIN pg_roles AS o ON o.oid = a.grantor
     WHERE a.privilege_type <> 'MAINTAIN'
     GROUP BY g.kind, g.oid
),
objects (name, definition) AS (
    SELECT format('schema %I', s.nspname),
           concat_ws('; ', 'owner ' || pg_get_userbyid(s.nspowner), 'grants ' || g.text,
                     'comment ' || obj_description(s.oid, 'pg_namespace'))
      FROM schemas AS s
      LEFT JOIN grants AS g ON g.kind = 'schema' AND g.oid = s.oid
     WHERE s.nspname <> 'public'

    UNION ALL
    SELECT CASE r.relkind WHEN 'v' THEN 'view ' WHEN 'm' THEN 'materialized view ' WHEN 'S' THEN 'sequence '
                          WHEN 'f' THEN 'foreign table ' ELSE 'table ' END || r.name,
           concat_ws('; ',
               'owner ' || pg_get_userbyid(r.relowner),
               CASE r.relpersistence WHEN 'u' THEN 'unlogged' END,
               CASE WHEN r.relkind = 'p' THEN 'partition by ' || pg_get_partkeydef(r.oid) END,
               CASE WHEN r.relrowsecurity THEN 'row security' END,
               CASE WHEN r.relforcerowsecurity THEN 'forced' END,
               CASE WHEN r.relkind = 'S' THEN (SELECT q.text FROM sequences AS q WHERE q.oid = r.oid) END,
               'inherits ' || (
                   SELECT string_agg(i.inhparent::regclass::text, ', ' ORDER BY i.inhseqno)
                     FROM pg_inherits AS i WHERE i.inhrelid = r.oid),
               'options ' || array_to_string(r.reloptions, ', '),
               CASE r.relreplident WHEN 'd' THEN NULL ELSE 'replica identity ' || r.relreplident::text END,
               'grants ' || g.text,
               'comment ' || obj_description(r.oid, 'pg_class'),
               CASE WHEN r.relkind IN ('v', 'm') THEN 'as ' || regexp_replace(
                   regexp_replace(pg_get_viewdef(r.oid), '\m[a-z_][a-z0-9_]*\.(?=[a-z_"*])', '', 'g'),
                   '\s+', ' ', 'g') END,
               CASE WHEN r.relkind IN ('v', 'm') THEN 'reading ' || (
                   SELECT string_agg(DISTINCT d.refobjid::regclass::text, ', ')
                     FROM pg_rewrite AS w
                     JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
                                        AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.oid
                    WHERE w.ev_class = r.oid) END)
      FROM relations AS r
      LEFT JOIN grants AS g ON g.kind = 'relation' AND g.oid = r.oid

    UNION ALL
    SELECT 'partitions of ' || r.name,
           coalesce(string_agg(pr.name || ': ' || pr.shape, '; ' ORDER BY pr.name)
                    FILTER (WHERE pr.shape <> own.shape), 'each has the shape of its parent')
      FROM relations AS r
     CROSS JOIN LATERAL (
        SELECT string_agg(format('%I %s %s', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull),
                          ', ' ORDER BY a.attname COLLATE "C") AS shape
          FROM pg_attribute AS a WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
     ) AS own
      LEFT JOIN LATERAL (
        SELECT p.oid::regclass::text AS name, (
               SELECT string_agg(format('%I %s %s', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull),
                                 ', ' ORDER BY a.attname COLLATE "C")
                 FROM pg_attribute AS a WHERE a.attrelid = p.oid AND a.attnum > 0 AND NOT a.attisdropped)
               || CASE WHEN p.relowner <> r.relowner THEN ' owner ' || pg_get_userbyid(p.relowner) ELSE '' END
               || CASE WHEN p.relacl IS NOT NULL
                        AND EXISTS (SELECT FROM aclexplode(p.relacl) AS a WHERE a.grantee <> p.relowner)
                       THEN ' grants ' || p.relacl::text ELSE '' END AS shape
          FROM pg_inherits AS i JOIN pg_class AS p ON p.oid = i.inhrelid
         WHERE i.inhparent = r.oid
     ) AS pr ON true
     WHERE r.relkind = 'p'
     GROUP BY r.name

    UNION ALL
    SELECT format('column %s.%I', r.name, a.attname),
           concat_ws('; ',
               -- the place among the columns that are left, not attnum: a dropped column leaves a gap
               '#' || row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum),
               format_type(a.atttypid, a.atttypmod),
               CASE WHEN a.attcollation <> t.typcollation THEN 'collate ' || a.attcollation::regcollation END,
               CASE WHEN a.attnotnull THEN 'not null' END,
               CASE a.attidentity WHEN 'a' THEN 'identity always' WHEN 'd' THEN 'identity by default' END,
               (SELECT q.text FROM sequences AS q
                 WHERE a.attidentity <> ''
                   AND q.oid = pg_get_serial_sequence(r.name, a.attname)::regclass),
               CASE a.attgenerated WHEN 's' THEN 'stored as ' WHEN 'v' THEN 'virtual as ' ELSE 'default ' END
                   || pg_get_expr(e.adbin, e.adrelid),
               CASE WHEN a.attstorage <> t.typstorage THEN 'storage ' || a.attstorage::text END,
               CASE WHEN a.attcompression <> '' THEN 'compression ' || a.attcompression::text END,
               CASE WHEN coalesce(a.attstattarget, -1) <> -1 THEN 'statistics ' || a.attstattarget END,
               'options ' || array_to_string(a.attoptions, ', '),
               'grants ' || (
                   SELECT string_agg(format('%s=%s%s', coalesce(o.rolname, 'PUBLIC'), x.privilege_type,
                                            CASE WHEN x.is_grantable THEN '*' ELSE '' END),
                                     ' ' ORDER BY o.rolname COLLATE "C", x.privilege_type COLLATE "C")
                     FROM aclexplode(a.attacl) AS x LEFT JOIN pg_roles AS o ON o.oid = x.grantee),
               'comment ' || col_description(a.attrelid, a.attnum))
      FROM relations AS r
      JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
      JOIN pg_type AS t ON t.oid = a.atttypid
      LEFT JOIN pg_attrdef AS e ON e.adrelid = a.attrelid AND e.adnum = a.attnum
     WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f')

    UNION ALL
    SELECT format('constraint %I on %s', k.conname, r.name),
           concat_ws('; ', pg_get_constraintdef(k.oid), CASE WHEN NOT k.convalidated THEN 'not validated' END,
                     'comment ' || obj_description(k.oid, 'pg_constraint'))
      FROM relations AS r
      JOIN pg_constraint AS k ON k.conrelid = r.oid AND k.contype NOT IN ('n', 't')

    UNION ALL
    SELECT format('index %I.%I', r.nspname, c.relname),
           concat_ws('; ', pg_get_indexdef(i.indexrelid),
                     CASE WHEN NOT (i.indisvalid AND i.indisready) THEN 'INVALID' END,
                     CASE WHEN i.indisclustered THEN 'clustered' END,
                     CASE WHEN i.indisreplident THEN 'replica identity' END,
                     'statistics ' || (
                         SELECT string_agg(format('%s of %s', a.attstattarget, a.attnum), ', ' ORDER BY a.attnum)
                           FROM pg_attribute AS a
                          WHERE a.attrelid = c.oid AND coalesce(a.attstattarget, -1) <> -1),
                     'comment ' || obj_description(i.indexrelid, 'pg_class'))
      FROM relations AS r
      JOIN pg_index AS i ON i.indrelid = r.oid
      JOIN pg_class AS c ON c.oid = i.indexrelid

    UNION ALL
    SELECT format('%s %s', CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END,
                  p.oid::regprocedure),
           concat_ws('; ', 'owner ' || pg_get_userbyid(p.proowner), 'grants ' || g.text,
                     'comment ' || obj_description(p.oid, 'pg_proc'),
                     CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid)
                          ELSE (SELECT concat_ws(' ', 'of', m.aggtransfn::text, m.aggfinalfn::text,
                                                 m.aggtranstype::regtype, m.agginitval)
                                  FROM pg_aggregate AS m WHERE m.aggfnoid = p.oid) END)
      FROM pg_proc AS p
      JOIN schemas AS s ON s.oid = p.pronamespace
      LEFT JOIN grants AS g ON g.kind = 'function' AND g.oid = p.oid
     WHERE NOT EXISTS (SELECT FROM extension_members AS e
                        WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid)

    UNION ALL
    SELECT format('trigger %I on %s', t.tgname, r.name),
           concat_ws('; ', pg_get_triggerdef(t.oid), CASE WHEN t.tgenabled <> 'O' THEN 'enabled ' || t.tgenabled::text END,
                     'comment ' || obj_description(t.oid, 'pg_trigger'))
      FROM relations AS r
      JOIN pg_trigger AS t ON t.tgrelid = r.oid AND NOT t.tgisinternal

    UNION ALL
    SELECT format('policy %I on %s', p.polname, r.name),
           concat_ws('; ',
               CASE WHEN p.polpermissive THEN 'permissive' ELSE 'restrictive' END,
               CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update'
                             WHEN 'd' THEN 'delete' ELSE 'all' END,
               'to ' || (SELECT string_agg(coalesce(o.rolname, 'PUBLIC'), ', ' ORDER BY o.rolname COLLATE "C")
                           FROM unnest(p.polroles) AS u (oid) LEFT JOIN pg_roles AS o ON o.oid = u.oid),
               'using ' || regexp_replace(pg_get_expr(p.polqual, p.polrelid), '\s+', ' ', 'g'),
               'check ' || regexp_replace(pg_get_expr(p.polwithcheck, p.polrelid), '\s+', ' ', 'g'),
               'comment ' || obj_description(p.oid, 'pg_policy'))
      FROM relations AS r
      JOIN pg_policy AS p ON p.polrelid = r.oid

    UNION ALL
    SELECT format('type %s', t.oid::regtype),
           concat_ws('; ', 'owner ' || pg_get_userbyid(t.typowner), 'grants ' || g.text,
               'of ' || (
                   SELECT string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)),
                                     ', ' ORDER BY a.attnum)
                     FROM pg_attribute AS a
                    WHERE a.attrelid = nullif(t.typrelid, 0) AND a.attnum > 0 AND NOT a.attisdropped),
               (SELECT 'over ' || r.rngsubtype::regtype FROM pg_range AS r WHERE r.rngtypid = t.oid),
               (SELECT string_agg(quote_literal(l.enumlabel), ', ' ORDER BY l.enumsortorder)
                  FROM pg_enum AS l WHERE l.enumtypid = t.oid),
               CASE WHEN t.typtype = 'd' THEN concat_ws(' ', format_type(t.typbasetype, t.typtypmod), t.typdefault,
                   CASE WHEN t.typnotnull THEN 'not null' END,
                   (SELECT string_agg(k.conname || ' ' || pg_get_constraintdef(k.oid), ', ' ORDER BY k.conname)
                      FROM pg_constraint AS k WHERE k.contypid = t.oid AND k.contype <> 'n')) END,
               'comment ' || obj_description(t.oid, 'pg_type'))
      FROM pg_type AS t
      JOIN schemas AS s ON s.oid = t.typnamespace
      LEFT JOIN pg_class AS c ON c.oid = t.typrelid
      LEFT JOIN grants AS g ON g.kind = 'type' AND g.oid = t.oid
     WHERE (t.typtype IN ('e', 'd', 'r') OR c.relkind = 'c')
       AND NOT EXISTS (SELECT FROM extension_members AS e
                        WHERE e.classid = 'pg_type'::regclass AND e.objid = t.oid)

    UNION ALL
    SELECT format('statistics %I.%I', s.nspname, x.stxname),
           concat_ws('; ', pg_get_statisticsobjdef(x.oid), 'owner ' || pg_get_userbyid(x.stxowner),
                     CASE WHEN coalesce(x.stxstattarget, -1) <> -1 THEN 'target ' || x.stxstattarget END,
                     'comment ' || obj_description(x.oid, 'pg_statistic_ext'))
      FROM pg_statistic_ext AS x
      JOIN schemas AS s ON s.oid = x.stxnamespace

    UNION ALL
    SELECT format('rule %I on %s', w.rulename, r.name),
           concat_ws('; ', pg_get_ruledef(w.oid),
                     CASE WHEN w.ev_enabled <> 'O' THEN 'enabled ' || w.ev_enabled::text END,
                     'comment ' || obj_description(w.oid, 'pg_rewrite'))
      FROM relations AS r
      JOIN pg_rewrite AS w ON w.ev_class = r.oid AND w.rulename <> '_RETURN'

    UNION ALL
    SELECT format('default privileges of %s%s on %s', pg_get_userbyid(d.defaclrole),
                  coalesce(' in ' || s.nspname, ''), d.defaclobjtype),
           coalesce('grants ' || g.text, 'nothing to anybody')
      FROM pg_default_acl AS d
      LEFT JOIN grants AS g ON g.kind = 'default' AND g.oid = d.oid
      LEFT JOIN schemas AS s ON s.oid = d.defaclnamespace

    UNION ALL
    SELECT format('extension %I', e.extname), format('in schema %I', n.nspname)
      FROM pg_extension AS e
      JOIN pg_namespace AS n ON n.oid = e.extnamespace
     WHERE e.extname NOT IN ('plpgsql', 'pg_stat_statements')

    UNION ALL
    SELECT format('event trigger %I', v.evtname),
           concat_ws('; ', format('on %s, %s', v.evtevent, v.evtfoid::regprocedure),
                     'tags ' || array_to_string(v.evttags, ', '),
                     CASE WHEN v.evtenabled <> 'O' THEN 'enabled ' || v.evtenabled::text END,
                     'comment ' || obj_description(v.oid, 'pg_event_trigger'))
      FROM pg_event_trigger AS v

    UNION ALL
    -- whatever else a migration may have made (a collation, a cast, a publication, a search configuration …)
    SELECT format('%s %s', i.type, i.identity),
           concat_ws('; ', 'owner ' || pg_get_userbyid(h.refobjid),
                     'comment ' || obj_description(h.objid, h.classid::regclass::name))
      FROM pg_shdepend AS h
     CROSS JOIN LATERAL pg_identify_object(h.classid, h.objid, h.objsubid) AS i
     WHERE h.dbid = (SELECT b.oid FROM pg_database AS b WHERE b.datname = current_database())
       AND h.deptype = 'o'
       AND i.schema IS DISTINCT FROM 'footing'
       AND h.classid NOT IN (
           'pg_namespace'::regclass, 'pg_class'::regclass, 'pg_proc'::regclass, 'pg_type'::regclass,
           'pg_statistic_ext'::regclass, 'pg_default_acl'::regclass, 'pg_extension'::regclass,
           'pg_event_trigger'::regclass, 'pg_largeobject'::regclass)
)
SELECT name,
       -- varchar IN (…) comes back from a dump with its casts in other places
       regexp_replace(regexp_replace(regexp_replace(definition,
           '::(character varying|text)(\(\d+\))?(\[\])?', '', 'g'),
           '\((''(?:[^'']|'''')*'')\)', '\1', 'g'),
           '\(\((ARRAY\[[^\]]*\])\)\)', '(\1)', 'g')
  FROM objects
 ORDER BY name COLLATE "C"
