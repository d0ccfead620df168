-- 0097_create_assistant_archive
--
-- What:     an archive table beside each of rules, violations, practices and templates, with row
--           security and grants; and a trigger that keeps an archived id from being given again.
-- Why:      003 Data Retention: "move inactive records to archive tables after 2 years".
-- Locks:    assistant.rules SHARE ROW EXCLUSIVE, assistant.practices SHARE ROW EXCLUSIVE,
--           assistant.templates SHARE ROW EXCLUSIVE
-- Data:     none
-- Rollback: loses what was archived: restore it first.

-- LIKE: the columns of the live table in its order, NOT NULLs and comments included, and one more.
-- Who adds a column to one adds it to the other; a test compares them.
-- No checks but the keys: what passed them once is kept as it was. Nothing changes an archived row
-- but erasing the person it names.
CREATE TABLE assistant.rules_archive (
    LIKE assistant.rules INCLUDING COMMENTS,
    archived_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT rules_archive_pkey PRIMARY KEY (rule_id)
);

COMMENT ON TABLE assistant.rules_archive IS
    'Rules out of force for long, moved by assistant.archive_inactive() with their violations. '
    'assistant.restore_rule() brings one back. Read by administrators.';
COMMENT ON COLUMN assistant.rules_archive.archived_at IS
    'When it was moved here.';

CREATE TRIGGER tg__set_updated_at
BEFORE UPDATE ON assistant.rules_archive
FOR EACH ROW
WHEN (OLD.* IS DISTINCT FROM NEW.*)
EXECUTE FUNCTION core.tg__set_updated_at();

CREATE TABLE assistant.violations_archive (
    LIKE assistant.violations INCLUDING COMMENTS,
    archived_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT violations_archive_pkey PRIMARY KEY (violation_id),
    CONSTRAINT violations_archive_rule_id_fkey FOREIGN KEY (rule_id)
        REFERENCES assistant.rules_archive (rule_id) ON DELETE RESTRICT
);

COMMENT ON TABLE assistant.violations_archive IS
    'Violations of archived rules. They go and come with their rule.';
COMMENT ON COLUMN assistant.violations_archive.archived_at IS
    'When it was moved here.';

CREATE TRIGGER tg__set_updated_at
BEFORE UPDATE ON assistant.violations_archive
FOR EACH ROW
WHEN (OLD.* IS DISTINCT FROM NEW.*)
EXECUTE FUNCTION core.tg__set_updated_at();

CREATE TABLE assistant.practices_archive (
    LIKE assistant.practices INCLUDING COMMENTS,
    archived_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT practices_archive_pkey PRIMARY KEY (practice_id)
);

COMMENT ON TABLE assistant.practices_archive IS
    'Practices out of use for long, moved by assistant.archive_inactive(). '
    'assistant.restore_practice() brings one back. Read by administrators.';
COMMENT ON COLUMN assistant.practices_archive.archived_at IS
    'When it was moved here.';

CREATE TRIGGER tg__set_updated_at
BEFORE UPDATE ON assistant.practices_archive
FOR EACH ROW
WHEN (OLD.* IS DISTINCT FROM NEW.*)
EXECUTE FUNCTION core.tg__set_updated_at();

CREATE TABLE assistant.templates_archive (
    LIKE assistant.templates INCLUDING COMMENTS,
    archived_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT templates_archive_pkey PRIMARY KEY (template_id)
);

COMMENT ON TABLE assistant.templates_archive IS
    'Templates out of use for long, moved by assistant.archive_inactive(); their variables are in '
    'variables. assistant.restore_template() brings one back. Read by administrators.';
COMMENT ON COLUMN assistant.templates_archive.archived_at IS
    'When it was moved here.';

CREATE TRIGGER tg__set_updated_at
BEFORE UPDATE ON assistant.templates_archive
FOR EACH ROW
WHEN (OLD.* IS DISTINCT FROM NEW.*)
EXECUTE FUNCTION core.tg__set_updated_at();

-- Argument: the key's column. AFTER, because only the unique key makes an INSERT wait for somebody
-- who is archiving that very id; a look before it would see neither row. Definer rights: whoever
-- inserts, also who may not read the archive.
CREATE FUNCTION assistant.tg__refuse_archived_id() RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    taken        boolean;
BEGIN
    EXECUTE format(
        'SELECT EXISTS (SELECT FROM assistant.%I WHERE %I = $1)',
        TG_TABLE_NAME || '_archive',
        TG_ARGV[0]
    )
    INTO taken
    USING to_jsonb(NEW) ->> TG_ARGV[0];

    IF taken THEN
        RAISE EXCEPTION '% % is archived', TG_ARGV[0], to_jsonb(NEW) ->> TG_ARGV[0]
            USING
                ERRCODE = 'unique_violation',
                HINT = format(
                    'SELECT assistant.restore_%s(…) brings it back; or choose another id.',
                    split_part(TG_ARGV[0], '_', 1)
                );
    END IF;

    RETURN NULL;
END
$$;

COMMENT ON FUNCTION assistant.tg__refuse_archived_id() IS
    'Refuses a row whose id is in the archive: people and reports hold on to ids, and the archive '
    'has room for one of each.';

REVOKE ALL ON FUNCTION assistant.tg__refuse_archived_id() FROM PUBLIC;

CREATE TRIGGER tg__refuse_archived_id
AFTER INSERT ON assistant.rules
FOR EACH ROW
EXECUTE FUNCTION assistant.tg__refuse_archived_id('rule_id');

CREATE TRIGGER tg__refuse_archived_id
AFTER INSERT ON assistant.practices
FOR EACH ROW
EXECUTE FUNCTION assistant.tg__refuse_archived_id('practice_id');

CREATE TRIGGER tg__refuse_archived_id
AFTER INSERT ON assistant.templates
FOR EACH ROW
EXECUTE FUNCTION assistant.tg__refuse_archived_id('template_id');

-- Each is read by administrators and written by nobody: assistant.archive_inactive() and the
-- assistant.restore_… functions move rows with definer rights.
ALTER TABLE assistant.rules_archive ENABLE ROW LEVEL SECURITY;

CREATE POLICY rules_archive_admins_select ON assistant.rules_archive
FOR SELECT TO authenticated_users, readonly_users
USING ((SELECT core.is_admin()));

GRANT SELECT ON assistant.rules_archive TO authenticated_users, readonly_users;

ALTER TABLE assistant.violations_archive ENABLE ROW LEVEL SECURITY;

CREATE POLICY violations_archive_admins_select ON assistant.violations_archive
FOR SELECT TO authenticated_users, readonly_users
USING ((SELECT core.is_admin()));

GRANT SELECT ON assistant.violations_archive TO authenticated_users, readonly_users;

ALTER TABLE assistant.practices_archive ENABLE ROW LEVEL SECURITY;

CREATE POLICY practices_archive_admins_select ON assistant.practices_archive
FOR SELECT TO authenticated_users, readonly_users
USING ((SELECT core.is_admin()));

GRANT SELECT ON assistant.practices_archive TO authenticated_users, readonly_users;

ALTER TABLE assistant.templates_archive ENABLE ROW LEVEL SECURITY;

CREATE POLICY templates_archive_admins_select ON assistant.templates_archive
FOR SELECT TO authenticated_users, readonly_users
USING ((SELECT core.is_admin()));

GRANT SELECT ON assistant.templates_archive TO authenticated_users, readonly_users;
