-- 0112_create_page_functions
--
-- What:     copilot.documents_page(), wireframes_page(), conversations_page(), diagrams_page() and
--           messages_page().
-- Why:      004 lists a person's items by recency and a conversation in time, and wants it below
--           100 ms. With OFFSET a page costs all pages before it, and each row that moves up
--           meanwhile shows another one twice.
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses nothing

-- With their caller's rights, and without SET, so that they are inlined. The next page is asked for
-- with the last row's updated_at and id. Both are compared as one, which the index answers; left
-- out, they are put beyond every row, since an OR would forbid that. By CASE: under row security the
-- planner takes coalesce() for leaky, and what is leaky is no index condition.
CREATE FUNCTION copilot.documents_page(
    p_before timestamptz DEFAULT NULL,
    p_before_id uuid DEFAULT NULL,
    p_limit integer DEFAULT 20
) RETURNS TABLE (
    document_id uuid,
    project_name varchar,
    status varchar,
    version integer,
    file_path varchar,
    metadata jsonb,
    created_at timestamptz,
    updated_at timestamptz
)
LANGUAGE sql
STABLE
PARALLEL SAFE
ROWS 20
BEGIN ATOMIC
    SELECT
        d.document_id,
        d.project_name,
        d.status,
        d.version,
        d.file_path,
        d.metadata,
        d.created_at,
        d.updated_at
    FROM copilot.documents AS d
    WHERE d.user_id = (SELECT core.current_user_uuid())
        AND (d.updated_at, d.document_id) < (
            CASE WHEN p_before IS NULL THEN 'infinity' ELSE p_before END,
            CASE
                WHEN p_before_id IS NULL THEN '00000000-0000-0000-0000-000000000000'
                ELSE p_before_id
            END
        )
    ORDER BY d.updated_at DESC, d.document_id DESC
    LIMIT least(greatest(coalesce(p_limit, 20), 1), 100);
END;

COMMENT ON FUNCTION copilot.documents_page(timestamptz, uuid, integer) IS
    'The session''s person''s documents, the latest first, at most 100 a page; the next page is '
    'asked for with the last row''s updated_at and document_id. Without the texts.';

CREATE FUNCTION copilot.wireframes_page(
    p_before timestamptz DEFAULT NULL,
    p_before_id uuid DEFAULT NULL,
    p_limit integer DEFAULT 20
) RETURNS TABLE (
    wireframe_id uuid,
    title varchar,
    template_type varchar,
    preview_url varchar,
    metadata jsonb,
    created_at timestamptz,
    updated_at timestamptz
)
LANGUAGE sql
STABLE
PARALLEL SAFE
ROWS 20
BEGIN ATOMIC
    SELECT
        w.wireframe_id,
        w.title,
        w.template_type,
        w.preview_url,
        w.metadata,
        w.created_at,
        w.updated_at
    FROM copilot.wireframes AS w
    WHERE w.user_id = (SELECT core.current_user_uuid())
        AND (w.updated_at, w.wireframe_id) < (
            CASE WHEN p_before IS NULL THEN 'infinity' ELSE p_before END,
            CASE
                WHEN p_before_id IS NULL THEN '00000000-0000-0000-0000-000000000000'
                ELSE p_before_id
            END
        )
    ORDER BY w.updated_at DESC, w.wireframe_id DESC
    LIMIT least(greatest(coalesce(p_limit, 20), 1), 100);
END;

COMMENT ON FUNCTION copilot.wireframes_page(timestamptz, uuid, integer) IS
    'The session''s person''s wireframes, the latest first, at most 100 a page; the next page is '
    'asked for with the last row''s updated_at and wireframe_id. Without HTML and CSS.';

CREATE FUNCTION copilot.conversations_page(
    p_before timestamptz DEFAULT NULL,
    p_before_id uuid DEFAULT NULL,
    p_limit integer DEFAULT 20
) RETURNS TABLE (
    conversation_id uuid,
    title varchar,
    metadata jsonb,
    last_sequence_number integer,
    created_at timestamptz,
    updated_at timestamptz
)
LANGUAGE sql
STABLE
PARALLEL SAFE
ROWS 20
BEGIN ATOMIC
    SELECT
        c.conversation_id,
        c.title,
        c.metadata,
        c.last_sequence_number,
        c.created_at,
        c.updated_at
    FROM copilot.conversations AS c
    WHERE c.user_id = (SELECT core.current_user_uuid())
        AND (c.updated_at, c.conversation_id) < (
            CASE WHEN p_before IS NULL THEN 'infinity' ELSE p_before END,
            CASE
                WHEN p_before_id IS NULL THEN '00000000-0000-0000-0000-000000000000'
                ELSE p_before_id
            END
        )
    ORDER BY c.updated_at DESC, c.conversation_id DESC
    LIMIT least(greatest(coalesce(p_limit, 20), 1), 100);
END;

COMMENT ON FUNCTION copilot.conversations_page(timestamptz, uuid, integer) IS
    'The session''s person''s conversations, the latest first, at most 100 a page; the next page '
    'is asked for with the last row''s updated_at and conversation_id.';

CREATE FUNCTION copilot.diagrams_page(
    p_before timestamptz DEFAULT NULL,
    p_before_id uuid DEFAULT NULL,
    p_limit integer DEFAULT 20
) RETURNS TABLE (
    diagram_id uuid,
    title varchar,
    diagram_type varchar,
    preview_url varchar,
    metadata jsonb,
    created_at timestamptz,
    updated_at timestamptz
)
LANGUAGE sql
STABLE
PARALLEL SAFE
ROWS 20
BEGIN ATOMIC
    SELECT
        d.diagram_id,
        d.title,
        d.diagram_type,
        d.preview_url,
        d.metadata,
        d.created_at,
        d.updated_at
    FROM copilot.diagrams AS d
    WHERE d.user_id = (SELECT core.current_user_uuid())
        AND (d.updated_at, d.diagram_id) < (
            CASE WHEN p_before IS NULL THEN 'infinity' ELSE p_before END,
            CASE
                WHEN p_before_id IS NULL THEN '00000000-0000-0000-0000-000000000000'
                ELSE p_before_id
            END
        )
    ORDER BY d.updated_at DESC, d.diagram_id DESC
    LIMIT least(greatest(coalesce(p_limit, 20), 1), 100);
END;

COMMENT ON FUNCTION copilot.diagrams_page(timestamptz, uuid, integer) IS
    'The session''s person''s diagrams, the latest first, at most 100 a page; the next page is '
    'asked for with the last row''s updated_at and diagram_id. Without their code.';

CREATE FUNCTION copilot.messages_page(
    p_conversation_id uuid,
    p_before integer DEFAULT NULL,
    p_limit integer DEFAULT 50
) RETURNS TABLE (
    message_id uuid,
    sequence_number integer,
    role varchar,
    content text,
    metadata jsonb,
    token_count integer,
    "timestamp" timestamptz,
    updated_at timestamptz
)
LANGUAGE sql
STABLE
PARALLEL SAFE
ROWS 50
BEGIN ATOMIC
    SELECT
        m.message_id,
        m.sequence_number,
        m.role,
        m.content,
        m.metadata,
        m.token_count,
        m."timestamp",
        m.updated_at
    FROM copilot.messages AS m
    WHERE m.conversation_id = p_conversation_id
        AND m.sequence_number < CASE WHEN p_before IS NULL THEN 2147483647 ELSE p_before END
    ORDER BY m.sequence_number DESC
    LIMIT least(greatest(coalesce(p_limit, 50), 1), 200);
END;

COMMENT ON FUNCTION copilot.messages_page(uuid, integer, integer) IS
    'The latest messages of a conversation, newest first, at most 200 a page; the page before is '
    'asked for with the last row''s sequence_number. What came after number n: WHERE '
    'conversation_id = $1 AND sequence_number > n ORDER BY sequence_number.';

REVOKE ALL ON FUNCTION copilot.documents_page(timestamptz, uuid, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION copilot.wireframes_page(timestamptz, uuid, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION copilot.conversations_page(timestamptz, uuid, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION copilot.diagrams_page(timestamptz, uuid, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION copilot.messages_page(uuid, integer, integer) FROM PUBLIC;

GRANT EXECUTE ON FUNCTION copilot.documents_page(timestamptz, uuid, integer) TO
    authenticated_users,
    readonly_users;
GRANT EXECUTE ON FUNCTION copilot.wireframes_page(timestamptz, uuid, integer) TO
    authenticated_users,
    readonly_users;
GRANT EXECUTE ON FUNCTION copilot.conversations_page(timestamptz, uuid, integer) TO
    authenticated_users,
    readonly_users;
GRANT EXECUTE ON FUNCTION copilot.diagrams_page(timestamptz, uuid, integer) TO
    authenticated_users,
    readonly_users;
GRANT EXECUTE ON FUNCTION copilot.messages_page(uuid, integer, integer) TO
    authenticated_users,
    readonly_users;
