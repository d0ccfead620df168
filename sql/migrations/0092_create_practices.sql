-- 0092_create_practices
--
-- What:     assistant.practices with its search vector, row security and grants.
-- Why:      003 Core Entities, whose column "references" is a reserved word (defect 7) and whose
--           scores overflow at 10 and may be negative (defect 29).
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses every practice.

CREATE TABLE assistant.practices (
    practice_id varchar(50) NOT NULL,
    category varchar(100) NOT NULL,
    title varchar(255) NOT NULL,
    description text NOT NULL,
    benefits jsonb NOT NULL DEFAULT '[]',
    implementation_guide text,
    anti_patterns jsonb NOT NULL DEFAULT '[]',
    reference_links jsonb NOT NULL DEFAULT '[]',
    examples jsonb NOT NULL DEFAULT '[]',
    effectiveness_score numeric,
    adoption_rate numeric,
    created_at timestamptz NOT NULL DEFAULT now(),
    is_active boolean NOT NULL DEFAULT true,
    is_required boolean NOT NULL DEFAULT false,
    updated_at timestamptz NOT NULL DEFAULT now(),
    deactivated_at timestamptz,
    search_vector tsvector NOT NULL,
    CONSTRAINT practices_pkey PRIMARY KEY (practice_id),
    CONSTRAINT practices_practice_id_is_not_blank_check CHECK (practice_id ~ '\S'),
    CONSTRAINT practices_category_is_not_blank_check CHECK (category ~ '\S'),
    CONSTRAINT practices_title_is_not_blank_check CHECK (title ~ '\S'),
    CONSTRAINT practices_benefits_is_an_array_check CHECK (jsonb_typeof(benefits) = 'array'),
    CONSTRAINT practices_anti_patterns_is_an_array_check CHECK (
        jsonb_typeof(anti_patterns) = 'array'
    ),
    CONSTRAINT practices_reference_links_is_an_array_check CHECK (
        jsonb_typeof(reference_links) = 'array'
    ),
    CONSTRAINT practices_examples_is_an_array_check CHECK (jsonb_typeof(examples) = 'array'),
    CONSTRAINT practices_effectiveness_score_check CHECK (effectiveness_score BETWEEN 0 AND 100),
    CONSTRAINT practices_adoption_rate_check CHECK (adoption_rate BETWEEN 0 AND 100),
    CONSTRAINT practices_inactive_has_a_moment_check CHECK (is_active = (deactivated_at IS NULL))
);

COMMENT ON TABLE assistant.practices IS
    'What is worth doing, and why. Read by everybody signed in, written by administrators; a '
    'practice is put out of use, not deleted: is_active = false.';
COMMENT ON COLUMN assistant.practices.practice_id IS
    'The identifier people use. It never changes, and is not given twice.';
COMMENT ON COLUMN assistant.practices.category IS
    'One word or phrase that groups practices; rules and templates use the same ones.';
COMMENT ON COLUMN assistant.practices.title IS
    'One line; weighs most in a search (A).';
COMMENT ON COLUMN assistant.practices.description IS
    'The practice itself; searched too (B), by its first 150,000 characters.';
COMMENT ON COLUMN assistant.practices.benefits IS
    'What it brings: an array. assistant.find_practices() looks into it.';
COMMENT ON COLUMN assistant.practices.implementation_guide IS
    'How to begin.';
COMMENT ON COLUMN assistant.practices.anti_patterns IS
    'What it is not: an array. assistant.find_practices() looks into it.';
COMMENT ON COLUMN assistant.practices.reference_links IS
    'Where to read more: an array. 003 calls it references, a reserved word.';
COMMENT ON COLUMN assistant.practices.examples IS
    'How others do it: an array.';
COMMENT ON COLUMN assistant.practices.effectiveness_score IS
    'From 0 to 100, to any precision; NULL where nobody measured. Shares and percentages both fit: '
    'the product keeps to one of them.';
COMMENT ON COLUMN assistant.practices.adoption_rate IS
    'From 0 to 100, likewise.';
COMMENT ON COLUMN assistant.practices.created_at IS
    'When the practice was written.';
COMMENT ON COLUMN assistant.practices.is_active IS
    'In use. false is the soft delete.';
COMMENT ON COLUMN assistant.practices.is_required IS
    'Everybody is to follow it.';
COMMENT ON COLUMN assistant.practices.updated_at IS
    'Last change to the row, kept by trigger.';
COMMENT ON COLUMN assistant.practices.deactivated_at IS
    'Since when the practice is out of use, by trigger; NULL while it is in use. '
    'assistant.archive_inactive() goes by it.';
COMMENT ON COLUMN assistant.practices.search_vector IS
    'English words of title (A) and description (B), kept by trigger. Search by '
    'assistant.search_practices(): under row security @@ alone can''t use its index.';

CREATE TRIGGER tg__set_updated_at
BEFORE UPDATE ON assistant.practices
FOR EACH ROW
WHEN (OLD.* IS DISTINCT FROM NEW.*)
EXECUTE FUNCTION core.tg__set_updated_at();

-- Shared with templates. A rule's is kept together with its status.
CREATE FUNCTION assistant.tg__keep_deactivated_at() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    NEW.deactivated_at := CASE
        WHEN NOT NEW.is_active THEN coalesce(NEW.deactivated_at, pg_catalog.now())
    END;

    RETURN NEW;
END
$$;

COMMENT ON FUNCTION assistant.tg__keep_deactivated_at() IS
    'Remembers since when is_active is false, and forgets it when it is true again.';

REVOKE ALL ON FUNCTION assistant.tg__keep_deactivated_at() FROM PUBLIC;

CREATE TRIGGER tg__keep_deactivated_at
BEFORE INSERT OR UPDATE OF is_active, deactivated_at ON assistant.practices
FOR EACH ROW
EXECUTE FUNCTION assistant.tg__keep_deactivated_at();

CREATE TRIGGER tg__set_search_vector
BEFORE INSERT OR UPDATE OF title, description ON assistant.practices
FOR EACH ROW
EXECUTE FUNCTION assistant.tg__set_search_vector();

CREATE TRIGGER tg__audit
AFTER INSERT OR UPDATE OR DELETE ON assistant.practices
FOR EACH ROW
EXECUTE FUNCTION core.tg__audit('{practice_id}', '{}', '{updated_at,search_vector}');

CREATE CONSTRAINT TRIGGER tg__record_change
AFTER INSERT OR UPDATE OR DELETE ON assistant.practices
DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW
EXECUTE FUNCTION assistant.tg__record_change('practice_id', '{}');

CREATE TRIGGER tg__record_change_truncate
AFTER TRUNCATE ON assistant.practices
FOR EACH STATEMENT
EXECUTE FUNCTION assistant.tg__record_change();

ALTER TABLE assistant.practices ENABLE ROW LEVEL SECURITY;

CREATE POLICY practices_everybody_select ON assistant.practices
FOR SELECT TO authenticated_users, readonly_users
USING ((SELECT core.active_user_id()) IS NOT NULL);

CREATE POLICY practices_admins_insert ON assistant.practices
FOR INSERT TO authenticated_users
WITH CHECK ((SELECT core.is_admin()));

CREATE POLICY practices_admins_update ON assistant.practices
FOR UPDATE TO authenticated_users
USING ((SELECT core.is_admin()));

CREATE POLICY practices_admins_delete ON assistant.practices
FOR DELETE TO authenticated_users
USING ((SELECT core.is_admin()));

GRANT
    SELECT,
    INSERT (
        practice_id, category, title, description, benefits, implementation_guide, anti_patterns,
        reference_links, examples, effectiveness_score, adoption_rate, created_at, is_active,
        is_required
    ),
    UPDATE (
        category, title, description, benefits, implementation_guide, anti_patterns,
        reference_links, examples, effectiveness_score, adoption_rate, is_active, is_required
    ),
    DELETE
ON assistant.practices TO authenticated_users;
GRANT SELECT ON assistant.practices TO readonly_users;
GRANT SELECT, INSERT ON assistant.practices TO bulk_loader;
-- No UPDATE of practice_id: people hold on to it.
