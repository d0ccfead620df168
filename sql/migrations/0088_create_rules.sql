-- 0088_create_rules
--
-- What:     assistant.rules with its status, search vector, row security and grants.
-- Why:      003 Core Entities, where severity may be NULL, status may be anything and contradict
--           active, and JSONB columns take any type (defect 32).
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses every rule.

CREATE TABLE assistant.rules (
    rule_id varchar(50) NOT NULL,
    category varchar(100) NOT NULL,
    title varchar(255) NOT NULL,
    description text NOT NULL,
    severity varchar(20) NOT NULL DEFAULT 'INFO',
    enforcement varchar(20) NOT NULL DEFAULT 'optional',
    examples jsonb NOT NULL DEFAULT '[]',
    anti_patterns jsonb NOT NULL DEFAULT '[]',
    violations_consequence text,
    created_by varchar(100) NOT NULL DEFAULT 'system',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    active boolean NOT NULL DEFAULT true,
    priority integer NOT NULL DEFAULT 0,
    status varchar(20) NOT NULL DEFAULT 'ACTIVE',
    deactivated_at timestamptz,
    search_vector tsvector NOT NULL,
    CONSTRAINT rules_pkey PRIMARY KEY (rule_id),
    CONSTRAINT rules_rule_id_is_not_blank_check CHECK (rule_id ~ '\S'),
    CONSTRAINT rules_category_is_not_blank_check CHECK (category ~ '\S'),
    CONSTRAINT rules_title_is_not_blank_check CHECK (title ~ '\S'),
    CONSTRAINT rules_severity_check CHECK (severity IN ('CRITICAL', 'ERROR', 'WARNING', 'INFO')),
    CONSTRAINT rules_enforcement_check CHECK (
        enforcement IN ('mandatory', 'recommended', 'optional')
    ),
    CONSTRAINT rules_examples_is_an_array_check CHECK (jsonb_typeof(examples) = 'array'),
    CONSTRAINT rules_anti_patterns_is_an_array_check CHECK (jsonb_typeof(anti_patterns) = 'array'),
    CONSTRAINT rules_status_check CHECK (
        status IN ('ACTIVE', 'INACTIVE', 'DEPRECATED', 'DRAFT')
    ),
    CONSTRAINT rules_status_agrees_with_active_check CHECK (active = (status = 'ACTIVE')),
    CONSTRAINT rules_inactive_has_a_moment_check CHECK (active = (deactivated_at IS NULL))
);

COMMENT ON TABLE assistant.rules IS
    'What code must, should or may keep to. Read by everybody signed in, written by '
    'administrators; a rule is put out of use, not deleted: active = false.';
COMMENT ON COLUMN assistant.rules.rule_id IS
    'The identifier people use, such as SEC-001. It never changes, and is not given twice.';
COMMENT ON COLUMN assistant.rules.category IS
    'One word or phrase that groups rules; practices and templates use the same ones.';
COMMENT ON COLUMN assistant.rules.title IS
    'One line; weighs most in a search (A).';
COMMENT ON COLUMN assistant.rules.description IS
    'The rule itself; searched too (B), by its first 150,000 characters.';
COMMENT ON COLUMN assistant.rules.severity IS
    'How bad a violation is: CRITICAL, ERROR, WARNING, INFO. Left out, the least.';
COMMENT ON COLUMN assistant.rules.enforcement IS
    'mandatory, recommended or optional. Left out, the least.';
COMMENT ON COLUMN assistant.rules.examples IS
    'How it is done right: an array. assistant.find_rules() looks into it.';
COMMENT ON COLUMN assistant.rules.anti_patterns IS
    'How it is done wrong: an array. assistant.find_rules() looks into it.';
COMMENT ON COLUMN assistant.rules.violations_consequence IS
    'What follows when the rule is broken.';
COMMENT ON COLUMN assistant.rules.created_by IS
    'Who wrote it, as the application calls them: system, or a person''s name. Personal data then; '
    'who really acted is in core.audit_logs.';
COMMENT ON COLUMN assistant.rules.created_at IS
    'When the rule was written.';
COMMENT ON COLUMN assistant.rules.updated_at IS
    'Last change to the row, kept by trigger.';
COMMENT ON COLUMN assistant.rules.active IS
    'In force. The same fact as status = ''ACTIVE'': set either, a trigger keeps the other.';
COMMENT ON COLUMN assistant.rules.priority IS
    'The higher, the earlier it is shown.';
COMMENT ON COLUMN assistant.rules.status IS
    'ACTIVE; or why not: INACTIVE, DEPRECATED, or DRAFT, which is not archived.';
COMMENT ON COLUMN assistant.rules.deactivated_at IS
    'Since when the rule is not in force, by trigger; NULL while it is. '
    'assistant.archive_inactive() goes by it.';
COMMENT ON COLUMN assistant.rules.search_vector IS
    'English words of title (A) and description (B), kept by trigger. Search by '
    'assistant.search_rules(): under row security @@ alone can''t use its index.';

CREATE TRIGGER tg__set_updated_at
BEFORE UPDATE ON assistant.rules
FOR EACH ROW
WHEN (OLD.* IS DISTINCT FROM NEW.*)
EXECUTE FUNCTION core.tg__set_updated_at();

-- On INSERT a default can't be told from a value, so the one that says "not in force" counts. On
-- UPDATE the one that was changed counts; where both were and disagree, the CHECK refuses.
CREATE FUNCTION assistant.tg_rules__keep_status() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'ACTIVE' THEN
            NEW.active := false;
        ELSIF NOT NEW.active THEN
            NEW.status := 'INACTIVE';
        END IF;
    ELSIF NEW.status <> OLD.status AND NEW.active = OLD.active THEN
        NEW.active := NEW.status = 'ACTIVE';
    ELSIF NEW.status = OLD.status AND NEW.active <> OLD.active THEN
        NEW.status := CASE WHEN NEW.active THEN 'ACTIVE' ELSE 'INACTIVE' END;
    END IF;

    NEW.deactivated_at := CASE
        WHEN NOT NEW.active THEN coalesce(NEW.deactivated_at, pg_catalog.now())
    END;

    RETURN NEW;
END
$$;

COMMENT ON FUNCTION assistant.tg_rules__keep_status() IS
    'Keeps active, status and deactivated_at saying the same, whichever of them a statement sets.';

REVOKE ALL ON FUNCTION assistant.tg_rules__keep_status() FROM PUBLIC;

CREATE TRIGGER tg_rules__keep_status
BEFORE INSERT OR UPDATE OF active, status, deactivated_at ON assistant.rules
FOR EACH ROW
EXECUTE FUNCTION assistant.tg_rules__keep_status();

-- Shared with practices, whose columns have the same names. A tsvector holds 1 MB.
CREATE FUNCTION assistant.tg__set_search_vector() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    NEW.search_vector :=
        pg_catalog.setweight(pg_catalog.to_tsvector('pg_catalog.english', NEW.title), 'A')
        OPERATOR(pg_catalog.||)
        pg_catalog.setweight(
            pg_catalog.to_tsvector('pg_catalog.english', pg_catalog.left(NEW.description, 150000)),
            'B'
        );

    RETURN NEW;
END
$$;

COMMENT ON FUNCTION assistant.tg__set_search_vector() IS
    'Keeps the search vector: title weighs A, description B. Not run by changes of other columns.';

REVOKE ALL ON FUNCTION assistant.tg__set_search_vector() FROM PUBLIC;

CREATE TRIGGER tg__set_search_vector
BEFORE INSERT OR UPDATE OF title, description ON assistant.rules
FOR EACH ROW
EXECUTE FUNCTION assistant.tg__set_search_vector();

CREATE TRIGGER tg__audit
AFTER INSERT OR UPDATE OR DELETE ON assistant.rules
FOR EACH ROW
EXECUTE FUNCTION core.tg__audit('{rule_id}', '{created_by}', '{updated_at,search_vector}');

CREATE CONSTRAINT TRIGGER tg__record_change
AFTER INSERT OR UPDATE OR DELETE ON assistant.rules
DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW
EXECUTE FUNCTION assistant.tg__record_change('rule_id', '{}');

CREATE TRIGGER tg__record_change_truncate
AFTER TRUNCATE ON assistant.rules
FOR EACH STATEMENT
EXECUTE FUNCTION assistant.tg__record_change();

ALTER TABLE assistant.rules ENABLE ROW LEVEL SECURITY;

CREATE POLICY rules_everybody_select ON assistant.rules
FOR SELECT TO authenticated_users, readonly_users
USING ((SELECT core.active_user_id()) IS NOT NULL);

CREATE POLICY rules_admins_insert ON assistant.rules
FOR INSERT TO authenticated_users
WITH CHECK ((SELECT core.is_admin()));

CREATE POLICY rules_admins_update ON assistant.rules
FOR UPDATE TO authenticated_users
USING ((SELECT core.is_admin()));

CREATE POLICY rules_admins_delete ON assistant.rules
FOR DELETE TO authenticated_users
USING ((SELECT core.is_admin()));

GRANT
    SELECT,
    INSERT (
        rule_id, category, title, description, severity, enforcement, examples, anti_patterns,
        violations_consequence, created_by, created_at, updated_at, active, priority, status
    ),
    UPDATE (
        category, title, description, severity, enforcement, examples, anti_patterns,
        violations_consequence, updated_at, active, priority, status
    ),
    DELETE
ON assistant.rules TO authenticated_users;
GRANT SELECT ON assistant.rules TO readonly_users;
GRANT SELECT, INSERT ON assistant.rules TO bulk_loader;
-- No UPDATE of rule_id, which people and violations refer to, nor of created_by. updated_at may be
-- set because 003's programs must have: the trigger sets it whatever they say.
