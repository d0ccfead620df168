-- 0094_create_templates
--
-- What:     assistant.templates with its search vector, row security and grants; and
--           assistant.record_template_use().
-- Why:      003 Core Entities; a template's text can't be searched there (defect 61).
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses every template.

CREATE TABLE assistant.templates (
    template_id varchar(50) NOT NULL,
    name varchar(255) NOT NULL,
    description text,
    category varchar(100) NOT NULL,
    template_content text NOT NULL,
    variables jsonb NOT NULL DEFAULT '[]',
    tags jsonb NOT NULL DEFAULT '[]',
    usage_count integer NOT NULL DEFAULT 0,
    is_active boolean NOT NULL DEFAULT true,
    created_by varchar(100) NOT NULL DEFAULT 'system',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deactivated_at timestamptz,
    search_vector tsvector NOT NULL,
    CONSTRAINT templates_pkey PRIMARY KEY (template_id),
    CONSTRAINT templates_template_id_is_not_blank_check CHECK (template_id ~ '\S'),
    CONSTRAINT templates_name_is_not_blank_check CHECK (name ~ '\S'),
    CONSTRAINT templates_category_is_not_blank_check CHECK (category ~ '\S'),
    CONSTRAINT templates_variables_is_an_array_check CHECK (jsonb_typeof(variables) = 'array'),
    CONSTRAINT templates_tags_is_an_array_check CHECK (jsonb_typeof(tags) = 'array'),
    CONSTRAINT templates_usage_count_is_not_negative_check CHECK (usage_count >= 0),
    CONSTRAINT templates_inactive_has_a_moment_check CHECK (is_active = (deactivated_at IS NULL))
);

COMMENT ON TABLE assistant.templates IS
    'Texts with gaps to fill. Read by everybody signed in, written by administrators; a template '
    'is put out of use, not deleted: is_active = false.';
COMMENT ON COLUMN assistant.templates.template_id IS
    'The identifier people use. It never changes, and is not given twice.';
COMMENT ON COLUMN assistant.templates.name IS
    'One line; weighs most in a search (A).';
COMMENT ON COLUMN assistant.templates.description IS
    'What it is for; searched too (B), by its first 150,000 characters. NULL: it says nothing.';
COMMENT ON COLUMN assistant.templates.category IS
    'One word or phrase that groups templates; rules and practices use the same ones.';
COMMENT ON COLUMN assistant.templates.template_content IS
    'The text. Not searched: its words are those of every template.';
COMMENT ON COLUMN assistant.templates.variables IS
    'The gaps: an array of names, or of objects with a name, type, description, default and '
    'required. assistant.template_variables shows them as rows.';
COMMENT ON COLUMN assistant.templates.tags IS
    'Free words, an array of strings. assistant.find_templates() looks into it.';
COMMENT ON COLUMN assistant.templates.usage_count IS
    'How often it was used; counted by assistant.record_template_use(). Neither audited nor in the '
    'change feed.';
COMMENT ON COLUMN assistant.templates.is_active IS
    'In use. false is the soft delete.';
COMMENT ON COLUMN assistant.templates.created_by IS
    'Who wrote it, as the application calls them: system, or a person''s name. Personal data then; '
    'who really acted is in core.audit_logs.';
COMMENT ON COLUMN assistant.templates.created_at IS
    'When the template was written.';
COMMENT ON COLUMN assistant.templates.updated_at IS
    'Last change to the row, kept by trigger; being used is none.';
COMMENT ON COLUMN assistant.templates.deactivated_at IS
    'Since when the template is out of use, by trigger; NULL while it is in use. '
    'assistant.archive_inactive() goes by it.';
COMMENT ON COLUMN assistant.templates.search_vector IS
    'English words of name (A) and description (B), kept by trigger. Search by '
    'assistant.search_templates(): under row security @@ alone can''t use its index.';

CREATE TRIGGER tg__set_updated_at
BEFORE UPDATE OF
    name, description, category, template_content, variables, tags, is_active, created_by,
    deactivated_at, updated_at
ON assistant.templates
FOR EACH ROW
WHEN (OLD.* IS DISTINCT FROM NEW.*)
EXECUTE FUNCTION core.tg__set_updated_at();

CREATE TRIGGER tg__keep_deactivated_at
BEFORE INSERT OR UPDATE OF is_active, deactivated_at ON assistant.templates
FOR EACH ROW
EXECUTE FUNCTION assistant.tg__keep_deactivated_at();

CREATE FUNCTION assistant.tg_templates__set_search_vector() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    NEW.search_vector :=
        pg_catalog.setweight(pg_catalog.to_tsvector('pg_catalog.english', NEW.name), 'A')
        OPERATOR(pg_catalog.||)
        pg_catalog.setweight(
            pg_catalog.to_tsvector(
                'pg_catalog.english',
                pg_catalog.left(coalesce(NEW.description, ''), 150000)
            ),
            'B'
        );

    RETURN NEW;
END
$$;

COMMENT ON FUNCTION assistant.tg_templates__set_search_vector() IS
    'Keeps the search vector: name weighs A, description B. Not run by changes of other columns.';

REVOKE ALL ON FUNCTION assistant.tg_templates__set_search_vector() FROM PUBLIC;

CREATE TRIGGER tg_templates__set_search_vector
BEFORE INSERT OR UPDATE OF name, description ON assistant.templates
FOR EACH ROW
EXECUTE FUNCTION assistant.tg_templates__set_search_vector();

CREATE TRIGGER tg__audit
AFTER INSERT OR UPDATE OR DELETE ON assistant.templates
FOR EACH ROW
EXECUTE FUNCTION core.tg__audit('{template_id}', '{created_by}', '{updated_at,search_vector,usage_count}');

CREATE CONSTRAINT TRIGGER tg__record_change
AFTER INSERT OR UPDATE OR DELETE ON assistant.templates
DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW
EXECUTE FUNCTION assistant.tg__record_change('template_id', '{usage_count}');

CREATE TRIGGER tg__record_change_truncate
AFTER TRUNCATE ON assistant.templates
FOR EACH STATEMENT
EXECUTE FUNCTION assistant.tg__record_change();

-- Definer rights: whoever is signed in uses templates, and only administrators change them.
CREATE FUNCTION assistant.record_template_use(p_template_id text) RETURNS integer
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    counted      integer;
BEGIN
    UPDATE assistant.templates AS t
    SET usage_count = t.usage_count + 1
    WHERE t.template_id = p_template_id
        AND t.is_active
        AND core.active_user_id() IS NOT NULL
    RETURNING t.usage_count INTO counted;

    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no template % in use', coalesce(p_template_id, 'NULL')
            USING ERRCODE = 'no_data_found';
    END IF;

    RETURN counted;
END
$$;

COMMENT ON FUNCTION assistant.record_template_use(text) IS
    'Counts one use of a template and returns the new count. For everybody signed in.';

REVOKE ALL ON FUNCTION assistant.record_template_use(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION assistant.record_template_use(text) TO authenticated_users;

ALTER TABLE assistant.templates ENABLE ROW LEVEL SECURITY;

CREATE POLICY templates_everybody_select ON assistant.templates
FOR SELECT TO authenticated_users, readonly_users
USING ((SELECT core.active_user_id()) IS NOT NULL);

CREATE POLICY templates_admins_insert ON assistant.templates
FOR INSERT TO authenticated_users
WITH CHECK ((SELECT core.is_admin()));

CREATE POLICY templates_admins_update ON assistant.templates
FOR UPDATE TO authenticated_users
USING ((SELECT core.is_admin()));

CREATE POLICY templates_admins_delete ON assistant.templates
FOR DELETE TO authenticated_users
USING ((SELECT core.is_admin()));

GRANT
    SELECT,
    INSERT (
        template_id, name, description, category, template_content, variables, tags, usage_count,
        is_active, created_by, created_at
    ),
    UPDATE (
        name, description, category, template_content, variables, tags, usage_count, is_active
    ),
    DELETE
ON assistant.templates TO authenticated_users;
GRANT SELECT ON assistant.templates TO readonly_users;
GRANT SELECT, INSERT ON assistant.templates TO bulk_loader;
-- No UPDATE of template_id or created_by.
