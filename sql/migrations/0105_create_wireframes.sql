-- 0105_create_wireframes
--
-- What:     copilot.wireframes, each its author's own, with row security and grants.
-- Why:      004 §3, whose rows anybody may read (defect 69) and whose updated_at never moves (36).
-- Locks:    core.users SHARE ROW EXCLUSIVE
-- Data:     none
-- Rollback: loses every wireframe.

CREATE TABLE copilot.wireframes (
    wireframe_id uuid NOT NULL DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL DEFAULT core.current_user_uuid(),
    title varchar(500) NOT NULL,
    html_content text,
    css_styles text,
    metadata jsonb NOT NULL DEFAULT '{}',
    template_type varchar(100),
    preview_url varchar(1000),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT wireframes_pkey PRIMARY KEY (wireframe_id),
    CONSTRAINT wireframes_user_id_fkey FOREIGN KEY (user_id)
        REFERENCES core.users (user_id) ON DELETE CASCADE,
    CONSTRAINT wireframes_title_is_not_blank_check CHECK (title ~ '\S'),
    CONSTRAINT wireframes_metadata_is_an_object_check CHECK (jsonb_typeof(metadata) = 'object'),
    CONSTRAINT wireframes_template_type_is_not_blank_check CHECK (template_type ~ '\S'),
    CONSTRAINT wireframes_preview_url_is_not_blank_check CHECK (preview_url ~ '\S')
);

COMMENT ON TABLE copilot.wireframes IS
    'A page that its author designs with a model: HTML, CSS, and what goes with them.';
COMMENT ON COLUMN copilot.wireframes.wireframe_id IS
    'The key; the client may choose it, so that a request sent twice makes one wireframe.';
COMMENT ON COLUMN copilot.wireframes.user_id IS
    'Whose it is: core.users.user_id, the session''s person where the INSERT names none. It is '
    'never given to somebody else, and goes with its author.';
COMMENT ON COLUMN copilot.wireframes.title IS
    'One line, by which its author knows it.';
COMMENT ON COLUMN copilot.wireframes.html_content IS
    'The page; NULL until it is generated. From a model, so not safe to show unescaped.';
COMMENT ON COLUMN copilot.wireframes.css_styles IS
    'The page''s styles; NULL where it has none of its own.';
COMMENT ON COLUMN copilot.wireframes.metadata IS
    'What goes with the page: model, prompt, generation results. One object.';
COMMENT ON COLUMN copilot.wireframes.template_type IS
    'What kind of page, in the product''s own words: 004 lists none. NULL for a free one.';
COMMENT ON COLUMN copilot.wireframes.preview_url IS
    'Where a picture of it lies; the picture is not in the database.';
COMMENT ON COLUMN copilot.wireframes.created_at IS
    'When the row was written.';
COMMENT ON COLUMN copilot.wireframes.updated_at IS
    'Last change to the row, kept by trigger; the order of every list.';

CREATE TRIGGER tg__set_updated_at
BEFORE UPDATE ON copilot.wireframes
FOR EACH ROW
WHEN (OLD.* IS DISTINCT FROM NEW.*)
EXECUTE FUNCTION core.tg__set_updated_at();

-- What a person made is named when it changes, never copied.
CREATE TRIGGER tg__audit
AFTER INSERT OR UPDATE OR DELETE ON copilot.wireframes
FOR EACH ROW
EXECUTE FUNCTION core.tg__audit(
    '{wireframe_id}',
    '{title,html_content,css_styles,metadata,preview_url}',
    '{updated_at}'
);

ALTER TABLE copilot.wireframes ENABLE ROW LEVEL SECURITY;

CREATE POLICY wireframes_owner_select ON copilot.wireframes
FOR SELECT TO authenticated_users, readonly_users
USING (user_id = (SELECT core.current_user_uuid()));

CREATE POLICY wireframes_owner_insert ON copilot.wireframes
FOR INSERT TO authenticated_users
WITH CHECK (user_id = (SELECT core.current_user_uuid()));

CREATE POLICY wireframes_owner_update ON copilot.wireframes
FOR UPDATE TO authenticated_users
USING (user_id = (SELECT core.current_user_uuid()));

CREATE POLICY wireframes_owner_delete ON copilot.wireframes
FOR DELETE TO authenticated_users
USING (user_id = (SELECT core.current_user_uuid()));

GRANT
    SELECT,
    INSERT (
        wireframe_id, user_id, title, html_content, css_styles, metadata, template_type, preview_url
    ),
    UPDATE (
        title, html_content, css_styles, metadata, template_type, preview_url, updated_at
    ),
    DELETE
ON copilot.wireframes TO authenticated_users;
GRANT SELECT ON copilot.wireframes TO readonly_users;
GRANT SELECT, INSERT ON copilot.wireframes TO bulk_loader;
-- updated_at may be named, as 004's SQLAlchemy does; the trigger decides what it is.
-- No UPDATE of user_id: what is one's own is not given away.
