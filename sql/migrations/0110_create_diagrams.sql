-- 0110_create_diagrams
--
-- What:     copilot.diagrams, each its author's own, with row security and grants.
-- Why:      004 §6, whose rows anybody may read (defect 69) and whose updated_at never moves (36).
-- Locks:    core.users SHARE ROW EXCLUSIVE
-- Data:     none
-- Rollback: loses every diagram.

CREATE TABLE copilot.diagrams (
    diagram_id uuid NOT NULL DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL DEFAULT core.current_user_uuid(),
    title varchar(500) NOT NULL,
    diagram_type varchar(50) NOT NULL,
    mermaid_code text NOT NULL,
    preview_url varchar(1000),
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT diagrams_pkey PRIMARY KEY (diagram_id),
    CONSTRAINT diagrams_user_id_fkey FOREIGN KEY (user_id)
        REFERENCES core.users (user_id) ON DELETE CASCADE,
    CONSTRAINT diagrams_title_is_not_blank_check CHECK (title ~ '\S'),
    CONSTRAINT diagrams_diagram_type_check CHECK (
        diagram_type IN ('sequence', 'architecture', 'usecase', 'flowchart')
    ),
    CONSTRAINT diagrams_preview_url_is_not_blank_check CHECK (preview_url ~ '\S'),
    CONSTRAINT diagrams_metadata_is_an_object_check CHECK (jsonb_typeof(metadata) = 'object')
);

COMMENT ON TABLE copilot.diagrams IS
    'A diagram that its author draws with a model, as Mermaid code.';
COMMENT ON COLUMN copilot.diagrams.diagram_id IS
    'The key; the client may choose it, so that a request sent twice makes one diagram.';
COMMENT ON COLUMN copilot.diagrams.user_id IS
    'Whose it is: core.users.user_id, the session''s person where the INSERT names none. It is '
    'never given to somebody else, and goes with its author.';
COMMENT ON COLUMN copilot.diagrams.title IS
    'One line, by which its author knows it.';
COMMENT ON COLUMN copilot.diagrams.diagram_type IS
    'sequence, architecture, usecase or flowchart.';
COMMENT ON COLUMN copilot.diagrams.mermaid_code IS
    'The diagram; whether it is valid Mermaid, the renderer says.';
COMMENT ON COLUMN copilot.diagrams.preview_url IS
    'Where a picture of it lies; the picture is not in the database.';
COMMENT ON COLUMN copilot.diagrams.metadata IS
    'What goes with the diagram: model, prompt, generation results. One object.';
COMMENT ON COLUMN copilot.diagrams.created_at IS
    'When the row was written.';
COMMENT ON COLUMN copilot.diagrams.updated_at IS
    'Last change to the row, kept by trigger; the order of every list.';

CREATE TRIGGER tg__set_updated_at
BEFORE UPDATE ON copilot.diagrams
FOR EACH ROW
WHEN (OLD.* IS DISTINCT FROM NEW.*)
EXECUTE FUNCTION core.tg__set_updated_at();

-- What a person made is named when it changes, never copied.
CREATE TRIGGER tg__audit
AFTER INSERT OR UPDATE OR DELETE ON copilot.diagrams
FOR EACH ROW
EXECUTE FUNCTION core.tg__audit(
    '{diagram_id}',
    '{title,mermaid_code,preview_url,metadata}',
    '{updated_at}'
);

ALTER TABLE copilot.diagrams ENABLE ROW LEVEL SECURITY;

CREATE POLICY diagrams_owner_select ON copilot.diagrams
FOR SELECT TO authenticated_users, readonly_users
USING (user_id = (SELECT core.current_user_uuid()));

CREATE POLICY diagrams_owner_insert ON copilot.diagrams
FOR INSERT TO authenticated_users
WITH CHECK (user_id = (SELECT core.current_user_uuid()));

CREATE POLICY diagrams_owner_update ON copilot.diagrams
FOR UPDATE TO authenticated_users
USING (user_id = (SELECT core.current_user_uuid()));

CREATE POLICY diagrams_owner_delete ON copilot.diagrams
FOR DELETE TO authenticated_users
USING (user_id = (SELECT core.current_user_uuid()));

GRANT
    SELECT,
    INSERT (diagram_id, user_id, title, diagram_type, mermaid_code, preview_url, metadata),
    UPDATE (title, diagram_type, mermaid_code, preview_url, metadata, updated_at),
    DELETE
ON copilot.diagrams TO authenticated_users;
GRANT SELECT ON copilot.diagrams TO readonly_users;
GRANT SELECT, INSERT ON copilot.diagrams TO bulk_loader;
-- updated_at may be named, as 004's SQLAlchemy does; the trigger decides what it is.
-- No UPDATE of user_id: what is one's own is not given away.
