-- 0090_create_violations
--
-- What:     assistant.violations, where rules were broken, with row security and grants.
-- Why:      003 Data Relationships: "rules can have multiple violations", without a table for them
--           (defect 33).
-- Locks:    assistant.rules SHARE ROW EXCLUSIVE
-- Data:     none
-- Rollback: loses every violation.

CREATE TABLE assistant.violations (
    violation_id bigint GENERATED ALWAYS AS IDENTITY,
    rule_id varchar(50) NOT NULL,
    location text NOT NULL,
    details text,
    status varchar(20) NOT NULL DEFAULT 'OPEN',
    detected_at timestamptz NOT NULL DEFAULT now(),
    resolved_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT violations_pkey PRIMARY KEY (violation_id),
    CONSTRAINT violations_rule_id_fkey FOREIGN KEY (rule_id)
        REFERENCES assistant.rules (rule_id) ON DELETE RESTRICT,
    CONSTRAINT violations_location_is_not_blank_check CHECK (location ~ '\S'),
    CONSTRAINT violations_status_check CHECK (status IN ('OPEN', 'RESOLVED', 'DISMISSED')),
    CONSTRAINT violations_open_is_not_resolved_check CHECK (
        (status = 'OPEN') = (resolved_at IS NULL)
    ),
    CONSTRAINT violations_end_is_not_before_start_check CHECK (resolved_at >= detected_at)
);

COMMENT ON TABLE assistant.violations IS
    'Where a rule was broken. A rule with violations is not deleted; it is archived with them. Too '
    'many to audit.';
COMMENT ON COLUMN assistant.violations.violation_id IS
    'Tells violations apart; kept in the archive.';
COMMENT ON COLUMN assistant.violations.rule_id IS
    'The rule that was broken.';
COMMENT ON COLUMN assistant.violations.location IS
    'Where: a file and line, an address.';
COMMENT ON COLUMN assistant.violations.details IS
    'What was found there.';
COMMENT ON COLUMN assistant.violations.status IS
    'OPEN, RESOLVED (mended) or DISMISSED (it was none).';
COMMENT ON COLUMN assistant.violations.detected_at IS
    'When it was found.';
COMMENT ON COLUMN assistant.violations.resolved_at IS
    'When it was resolved or dismissed; NULL exactly while it is open.';
COMMENT ON COLUMN assistant.violations.created_at IS
    'When the row was written.';
COMMENT ON COLUMN assistant.violations.updated_at IS
    'Last change to the row, kept by trigger.';

CREATE TRIGGER tg__set_updated_at
BEFORE UPDATE ON assistant.violations
FOR EACH ROW
WHEN (OLD.* IS DISTINCT FROM NEW.*)
EXECUTE FUNCTION core.tg__set_updated_at();

CREATE CONSTRAINT TRIGGER tg__record_change
AFTER INSERT OR UPDATE OR DELETE ON assistant.violations
DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW
EXECUTE FUNCTION assistant.tg__record_change('violation_id', '{}');

CREATE TRIGGER tg__record_change_truncate
AFTER TRUNCATE ON assistant.violations
FOR EACH STATEMENT
EXECUTE FUNCTION assistant.tg__record_change();

ALTER TABLE assistant.violations ENABLE ROW LEVEL SECURITY;

CREATE POLICY violations_everybody_select ON assistant.violations
FOR SELECT TO authenticated_users, readonly_users
USING ((SELECT core.active_user_id()) IS NOT NULL);

CREATE POLICY violations_admins_insert ON assistant.violations
FOR INSERT TO authenticated_users
WITH CHECK ((SELECT core.is_admin()));

CREATE POLICY violations_admins_update ON assistant.violations
FOR UPDATE TO authenticated_users
USING ((SELECT core.is_admin()));

CREATE POLICY violations_admins_delete ON assistant.violations
FOR DELETE TO authenticated_users
USING ((SELECT core.is_admin()));

GRANT
    SELECT,
    INSERT (rule_id, location, details, status, detected_at, resolved_at),
    UPDATE (location, details, status, resolved_at),
    DELETE
ON assistant.violations TO authenticated_users;
GRANT SELECT ON assistant.violations TO readonly_users;
GRANT SELECT, INSERT ON assistant.violations TO bulk_loader;
-- No UPDATE of rule_id: another rule's violation is another violation.
