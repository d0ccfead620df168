-- 0104_create_version_functions
--
-- What:     copilot.document_history(), document_version(), compare_texts(), compare_versions() and
--           restore_version().
-- Why:      a history is kept to be read, compared and taken back (004, functional requirements;
--           defect 35).
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses nothing; the texts stay in copilot.document_versions.

-- All with their caller's rights: row security decides whose history it is.
CREATE FUNCTION copilot.document_history(p_document_id uuid) RETURNS TABLE (
    version integer,
    is_current boolean,
    bytes integer,
    written_at timestamptz,
    replaced_at timestamptz
)
LANGUAGE sql
STABLE
PARALLEL SAFE
ROWS 20
BEGIN ATOMIC
    SELECT
        t.version,
        t.replaced_at IS NULL,
        t.bytes,
        lag(t.replaced_at, 1, t.created_at) OVER (ORDER BY t.version),
        t.replaced_at
    FROM (
        SELECT
            d.version,
            octet_length(d.content) AS bytes,
            d.created_at,
            NULL::timestamptz AS replaced_at
        FROM copilot.documents AS d
        WHERE d.document_id = p_document_id
        UNION ALL
        SELECT
            v.version,
            octet_length(v.content),
            d.created_at,
            v.replaced_at
        FROM copilot.document_versions AS v
        INNER JOIN copilot.documents AS d ON d.document_id = v.document_id
        WHERE v.document_id = p_document_id
    ) AS t
    ORDER BY t.version DESC;
END;

COMMENT ON FUNCTION copilot.document_history(uuid) IS
    'Every version of a document, the present one first, without the texts: their size in bytes, '
    'when each was written and when it was replaced.';

CREATE FUNCTION copilot.document_version(p_document_id uuid, p_version integer) RETURNS TABLE (
    document_id uuid,
    version integer,
    content text,
    metadata jsonb,
    replaced_at timestamptz
)
LANGUAGE sql
STABLE
PARALLEL SAFE
ROWS 1
BEGIN ATOMIC
    SELECT
        d.document_id,
        d.version,
        d.content,
        d.metadata,
        NULL::timestamptz
    FROM copilot.documents AS d
    WHERE d.document_id = p_document_id
        AND d.version = p_version
    UNION ALL
    SELECT
        v.document_id,
        v.version,
        v.content,
        v.metadata,
        v.replaced_at
    FROM copilot.document_versions AS v
    WHERE v.document_id = p_document_id
        AND v.version = p_version;
END;

COMMENT ON FUNCTION copilot.document_version(uuid, integer) IS
    'One version of a document, a former or the present one (replaced_at NULL); no row where there '
    'is none, or it is somebody else''s.';

-- The shortest script of removed and added lines (Myers 1986): reached[d, k] is how far into the
-- former text one comes on diagonal k (former line - latter line) with d changes. Row d has d + 1
-- entries, so the triangle lies in one array. What begins and ends both texts is set aside first,
-- and beyond 1,000 changes the rest counts as rewritten, so that the time stays bounded.
CREATE FUNCTION copilot.compare_texts(p_former text, p_latter text) RETURNS TABLE (
    change text,
    former_line integer,
    latter_line integer,
    line text
)
LANGUAGE plpgsql
IMMUTABLE
STRICT
PARALLEL SAFE
COST 10000
ROWS 200
AS $$
DECLARE
    most_changes constant integer := 1000;
    former       constant text[] := string_to_array(p_former, E'\n');
    latter       constant text[] := string_to_array(p_latter, E'\n');
    former_count constant integer := cardinality(former);
    latter_count constant integer := cardinality(latter);
    same_head    integer := 0;
    same_tail    integer := 0;
    a            integer[];     -- the former lines between, as numbers: equal lines, equal number
    b            integer[];     -- the latter ones
    n            integer;
    m            integer;
    reached      integer[] := '{}';
    d            integer := 0;  -- changes so far
    k            integer;       -- diagonal
    x            integer := 0;  -- lines of a behind us
    y            integer := 0;  -- lines of b behind us
    above        integer;       -- where row d - 1 begins in reached, before its entries
    removed      boolean[];
    added        boolean[];
BEGIN
    WHILE same_head < least(former_count, latter_count)
        AND former[same_head + 1] = latter[same_head + 1]
    LOOP
        same_head := same_head + 1;
    END LOOP;

    WHILE same_tail < least(former_count, latter_count) - same_head
        AND former[former_count - same_tail] = latter[latter_count - same_tail]
    LOOP
        same_tail := same_tail + 1;
    END LOOP;

    n := former_count - same_head - same_tail;
    m := latter_count - same_head - same_tail;

    SELECT
        coalesce(array_agg(t.number ORDER BY t.place) FILTER (WHERE t.is_former), '{}'),
        coalesce(array_agg(t.number ORDER BY t.place) FILTER (WHERE NOT t.is_former), '{}')
    INTO a, b
    FROM (
        SELECT
            s.is_former,
            s.place,
            dense_rank() OVER (ORDER BY s.line COLLATE "C")::integer AS number
        FROM (
            SELECT true AS is_former, f.place, f.line
            FROM unnest(former[same_head + 1:same_head + n]) WITH ORDINALITY AS f (line, place)
            UNION ALL
            SELECT false, l.place, l.line
            FROM unnest(latter[same_head + 1:same_head + m]) WITH ORDINALITY AS l (line, place)
        ) AS s
    ) AS t;

    -- Forwards: as far as one comes with 0, 1, 2 … changes, until both ends are reached.
    <<forwards>>
    WHILE d <= most_changes LOOP
        above := d * (d - 1) / 2;
        k := -d;

        WHILE k <= d LOOP
            IF d = 0 THEN
                x := 0;
            ELSIF k = -d
                OR (
                    k < d
                    AND reached[above + (d + k) / 2] < reached[above + (d + k) / 2 + 1]
                )
            THEN
                x := reached[above + (d + k) / 2 + 1];  -- add a line of b
            ELSE
                x := reached[above + (d + k) / 2] + 1;  -- remove a line of a
            END IF;

            y := x - k;

            WHILE x < n AND y < m AND a[x + 1] = b[y + 1] LOOP
                x := x + 1;
                y := y + 1;
            END LOOP;

            reached[above + d + (d + k) / 2 + 1] := x;
            EXIT forwards WHEN x >= n AND y >= m;
            k := k + 2;
        END LOOP;

        d := d + 1;
    END LOOP;

    removed := array_fill(d > most_changes, ARRAY[greatest(n, 1)]);
    added := array_fill(d > most_changes, ARRAY[greatest(m, 1)]);

    -- Backwards: which change was made last, and where from.
    IF d <= most_changes THEN
        x := n;
        y := m;

        WHILE d > 0 LOOP
            above := d * (d - 1) / 2;
            k := x - y;

            IF k = -d
                OR (
                    k < d
                    AND reached[above + (d + k) / 2] < reached[above + (d + k) / 2 + 1]
                )
            THEN
                x := reached[above + (d + k) / 2 + 1];
                y := x - k - 1;
                added[y + 1] := true;
            ELSE
                x := reached[above + (d + k) / 2];
                y := x - k + 1;
                removed[x + 1] := true;
            END IF;

            d := d - 1;
        END LOOP;
    END IF;

    x := 0;
    y := 0;

    WHILE x < former_count OR y < latter_count LOOP
        former_line := NULL;
        latter_line := NULL;

        IF x >= same_head AND x < same_head + n AND removed[x - same_head + 1] THEN
            change := 'removed';
            x := x + 1;
            former_line := x;
            line := former[x];
        ELSIF y >= same_head AND y < same_head + m AND added[y - same_head + 1] THEN
            change := 'added';
            y := y + 1;
            latter_line := y;
            line := latter[y];
        ELSE
            change := 'kept';
            x := x + 1;
            y := y + 1;
            former_line := x;
            latter_line := y;
            line := former[x];
        END IF;

        RETURN NEXT;
    END LOOP;
END
$$;

COMMENT ON FUNCTION copilot.compare_texts(text, text) IS
    'Two texts line by line, in reading order: kept, removed or added, with the line''s number in '
    'each. Removed and added lines are as few as can be up to 1,000; beyond, what lies between the '
    'first and the last difference counts as rewritten.';

CREATE FUNCTION copilot.compare_versions(
    p_document_id uuid,
    p_former integer,
    p_latter integer
) RETURNS TABLE (
    change text,
    former_line integer,
    latter_line integer,
    line text
)
LANGUAGE sql
STABLE
PARALLEL SAFE
ROWS 200
BEGIN ATOMIC
    SELECT
        c.change,
        c.former_line,
        c.latter_line,
        c.line
    FROM copilot.document_version(p_document_id, p_former) AS f
    CROSS JOIN copilot.document_version(p_document_id, p_latter) AS l
    CROSS JOIN LATERAL copilot.compare_texts(f.content, l.content) AS c;
END;

COMMENT ON FUNCTION copilot.compare_versions(uuid, integer, integer) IS
    'What changed from one version of a document to another, either way, as '
    'copilot.compare_texts() says it. WHERE change <> ''kept'' leaves the changes. No row where '
    'either version is not there.';

CREATE FUNCTION copilot.restore_version(p_document_id uuid, p_version integer) RETURNS integer
LANGUAGE plpgsql
VOLATILE
AS $$
DECLARE
    restored     integer;
BEGIN
    UPDATE copilot.documents AS d
    SET
        content = v.content,
        metadata = v.metadata
    FROM copilot.document_version(p_document_id, p_version) AS v
    WHERE d.document_id = p_document_id
    RETURNING d.version INTO restored;

    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no version % of document %', p_version, p_document_id
            USING
                ERRCODE = 'no_data_found',
                HINT = 'copilot.document_history() lists the versions of one''s own documents.';
    END IF;

    RETURN restored;
END
$$;

COMMENT ON FUNCTION copilot.restore_version(uuid, integer) IS
    'Makes a former text and its metadata the present ones, as a new version, whose number it '
    'returns: nothing is lost, and it can be undone the same way. Name and status stay. A text '
    'equal to the present one makes no new version.';

REVOKE ALL ON FUNCTION copilot.document_history(uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION copilot.document_version(uuid, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION copilot.compare_texts(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION copilot.compare_versions(uuid, integer, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION copilot.restore_version(uuid, integer) FROM PUBLIC;

GRANT EXECUTE ON FUNCTION copilot.document_history(uuid) TO authenticated_users, readonly_users;
GRANT EXECUTE ON FUNCTION copilot.document_version(uuid, integer) TO
    authenticated_users,
    readonly_users;
GRANT EXECUTE ON FUNCTION copilot.compare_texts(text, text) TO authenticated_users, readonly_users;
GRANT EXECUTE ON FUNCTION copilot.compare_versions(uuid, integer, integer) TO
    authenticated_users,
    readonly_users;
GRANT EXECUTE ON FUNCTION copilot.restore_version(uuid, integer) TO authenticated_users;
