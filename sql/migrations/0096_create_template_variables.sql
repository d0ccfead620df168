-- 0096_create_template_variables
--
-- What:     assistant.template_variables, the gaps of each template as rows, with row security and
--           grants.
-- Why:      003 Data Relationships: "templates can have multiple variable definitions", without a
--           table for them (defect 33).
-- Locks:    assistant.templates SHARE ROW EXCLUSIVE
-- Data:     none; nothing was inserted before this release
-- Rollback: loses what templates.variables says as well.

CREATE TABLE assistant.template_variables (
    template_id varchar(50) NOT NULL,
    name varchar(100) NOT NULL,
    position integer NOT NULL,
    type varchar(50),
    description text,
    default_value jsonb,
    is_required boolean NOT NULL,
    CONSTRAINT template_variables_pkey PRIMARY KEY (template_id, name),
    CONSTRAINT template_variables_template_id_fkey FOREIGN KEY (template_id)
        REFERENCES assistant.templates (template_id) ON DELETE CASCADE,
    CONSTRAINT template_variables_name_is_not_blank_check CHECK (name ~ '\S'),
    CONSTRAINT template_variables_position_is_positive_check CHECK (position >= 1)
);

COMMENT ON TABLE assistant.template_variables IS
    'The variables of each template, one a row: what assistant.templates.variables says, kept by '
    'its trigger and written by nothing else, so that the two can''t disagree.';
COMMENT ON COLUMN assistant.template_variables.template_id IS
    'The template; its rows go and come with it.';
COMMENT ON COLUMN assistant.template_variables.name IS
    'What the gap is called; once in a template.';
COMMENT ON COLUMN assistant.template_variables.position IS
    'Its place in the array, from 1.';
COMMENT ON COLUMN assistant.template_variables.type IS
    'The product''s own word, such as string; NULL where it says none.';
COMMENT ON COLUMN assistant.template_variables.description IS
    'What to put there.';
COMMENT ON COLUMN assistant.template_variables.default_value IS
    'What is put there otherwise; any JSON value. NULL: nothing is.';
COMMENT ON COLUMN assistant.template_variables.is_required IS
    'True where the definition says "required": true.';

-- Definer rights: who may write the template may write no row here.
CREATE FUNCTION assistant.tg_templates__derive_variables() RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    nameless     bigint;
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.variables = OLD.variables THEN
        RETURN NULL;
    END IF;

    SELECT min(v.position)
    INTO nameless
    FROM jsonb_array_elements(NEW.variables) WITH ORDINALITY AS v (definition, position)
    WHERE NOT CASE jsonb_typeof(v.definition)
        WHEN 'string' THEN true
        WHEN 'object' THEN v.definition ->> 'name' IS NOT NULL
        ELSE false
    END;

    IF nameless IS NOT NULL THEN
        RAISE EXCEPTION 'variable % of template % has no name', nameless, NEW.template_id
            USING
                ERRCODE = 'check_violation',
                HINT = 'Each is a string, or an object with a name: ["author", {"name": "year"}].';
    END IF;

    DELETE FROM assistant.template_variables AS t
    WHERE t.template_id = NEW.template_id;

    INSERT INTO assistant.template_variables (
        template_id,
        name,
        position,
        type,
        description,
        default_value,
        is_required
    )
    SELECT
        NEW.template_id,
        CASE jsonb_typeof(v.definition)
            WHEN 'string' THEN v.definition #>> '{}'
            ELSE v.definition ->> 'name'
        END,
        v.position,
        v.definition ->> 'type',
        v.definition ->> 'description',
        v.definition -> 'default',
        coalesce(v.definition -> 'required' = 'true', false)
    FROM jsonb_array_elements(NEW.variables) WITH ORDINALITY AS v (definition, position);

    RETURN NULL;
END
$$;

COMMENT ON FUNCTION assistant.tg_templates__derive_variables() IS
    'Keeps assistant.template_variables. Refuses a variable without a name, or a name twice.';

REVOKE ALL ON FUNCTION assistant.tg_templates__derive_variables() FROM PUBLIC;

CREATE TRIGGER tg_templates__derive_variables
AFTER INSERT OR UPDATE OF variables ON assistant.templates
FOR EACH ROW
EXECUTE FUNCTION assistant.tg_templates__derive_variables();

ALTER TABLE assistant.template_variables ENABLE ROW LEVEL SECURITY;

CREATE POLICY template_variables_everybody_select ON assistant.template_variables
FOR SELECT TO authenticated_users, readonly_users
USING ((SELECT core.active_user_id()) IS NOT NULL);

GRANT SELECT ON assistant.template_variables TO authenticated_users, readonly_users, bulk_loader;
-- Nobody writes it but the trigger.
