-- 0099_create_archive_functions
--
-- What:     assistant.archive_inactive(), and a function that restores each kind of row.
-- Why:      003 Data Retention and Compliance: soft deletes, and an archive after 2 years.
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses nothing; what was archived stays so.

-- Each kind in two statements: the first locks the rows, and waits for whoever is changing them;
-- the second moves what is still long inactive with its children, seeing all that was waited for.
-- Columns are named by order (m.*): a column that one table of a pair lacks fails, loses nothing.
CREATE FUNCTION assistant.archive_inactive(older_than interval DEFAULT '2 years')
RETURNS TABLE (table_name text, moved bigint)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    cutoff       constant timestamptz := now() - older_than;
    ids          text[];
    children     bigint;
BEGIN
    PERFORM assistant.require_maintainer();

    IF older_than IS NULL OR older_than < interval '0' THEN
        RAISE EXCEPTION 'older_than is %, and must be an interval of 0 or more',
            coalesce(older_than::text, 'NULL')
            USING ERRCODE = 'invalid_parameter_value';
    END IF;

    SELECT array_agg(l.rule_id)
    INTO ids
    FROM (
        SELECT r.rule_id
        FROM assistant.rules AS r
        WHERE r.deactivated_at < cutoff
            AND r.status <> 'DRAFT'
        ORDER BY r.rule_id
        FOR UPDATE
    ) AS l;

    WITH gone AS (
        DELETE FROM assistant.violations AS v
        WHERE v.rule_id = ANY (ids)
        RETURNING *
    ),
    gone_rules AS (
        DELETE FROM assistant.rules AS r
        WHERE r.rule_id = ANY (ids)
        RETURNING *
    ),
    kept_rules AS (
        INSERT INTO assistant.rules_archive
        SELECT m.*, now()
        FROM gone_rules AS m
    ),
    kept AS (
        INSERT INTO assistant.violations_archive
        SELECT m.*, now()
        FROM gone AS m
    )
    SELECT (SELECT count(*) FROM gone_rules), (SELECT count(*) FROM gone)
    INTO moved, children;

    table_name := 'rules';
    RETURN NEXT;
    table_name := 'violations';
    moved := children;
    RETURN NEXT;

    SELECT array_agg(l.practice_id)
    INTO ids
    FROM (
        SELECT p.practice_id
        FROM assistant.practices AS p
        WHERE p.deactivated_at < cutoff
        ORDER BY p.practice_id
        FOR UPDATE
    ) AS l;

    WITH gone AS (
        DELETE FROM assistant.practices AS p
        WHERE p.practice_id = ANY (ids)
        RETURNING *
    ),
    kept AS (
        INSERT INTO assistant.practices_archive
        SELECT m.*, now()
        FROM gone AS m
    )
    SELECT count(*)
    INTO moved
    FROM gone;

    table_name := 'practices';
    RETURN NEXT;

    SELECT array_agg(l.template_id)
    INTO ids
    FROM (
        SELECT t.template_id
        FROM assistant.templates AS t
        WHERE t.deactivated_at < cutoff
        ORDER BY t.template_id
        FOR UPDATE
    ) AS l;

    WITH gone AS (
        DELETE FROM assistant.templates AS t
        WHERE t.template_id = ANY (ids)
        RETURNING *
    ),
    kept AS (
        INSERT INTO assistant.templates_archive
        SELECT m.*, now()
        FROM gone AS m
    )
    SELECT count(*)
    INTO moved
    FROM gone;

    table_name := 'templates';
    RETURN NEXT;
END
$$;

COMMENT ON FUNCTION assistant.archive_inactive(interval) IS
    'Moves rules, practices and templates that were put out of use longer ago into their archive '
    'tables, rules with their violations, all or nothing; returns how many of each. Drafts stay. '
    'For footing_owner and administrators; once a month is often enough.';

REVOKE ALL ON FUNCTION assistant.archive_inactive(interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION assistant.archive_inactive(interval) TO authenticated_users;

-- Restoring is one statement, so that keys are looked at when all of it is done. What comes back is
-- as inactive as it went, but since now: else the next archive_inactive() would take it again.
CREATE FUNCTION assistant.restore_rule(p_rule_id text) RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM assistant.require_maintainer();

    PERFORM
    FROM assistant.rules_archive AS a
    WHERE a.rule_id = p_rule_id
    FOR UPDATE;

    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no archived rule %', coalesce(p_rule_id, 'NULL')
            USING ERRCODE = 'no_data_found';
    END IF;

    WITH gone AS (
        DELETE FROM assistant.violations_archive AS a
        WHERE a.rule_id = p_rule_id
        RETURNING *
    ),
    gone_rule AS (
        DELETE FROM assistant.rules_archive AS a
        WHERE a.rule_id = p_rule_id
        RETURNING *
    ),
    kept_rule AS (
        INSERT INTO assistant.rules (
            rule_id, category, title, description, severity, enforcement, examples, anti_patterns,
            violations_consequence, created_by, created_at, updated_at, active, priority, status
        )
        SELECT
            m.rule_id, m.category, m.title, m.description, m.severity, m.enforcement, m.examples,
            m.anti_patterns, m.violations_consequence, m.created_by, m.created_at, m.updated_at,
            m.active, m.priority, m.status
        FROM gone_rule AS m
    )
    INSERT INTO assistant.violations (
        violation_id, rule_id, location, details, status, detected_at, resolved_at, created_at,
        updated_at
    )
    OVERRIDING SYSTEM VALUE
    SELECT
        m.violation_id, m.rule_id, m.location, m.details, m.status, m.detected_at, m.resolved_at,
        m.created_at, m.updated_at
    FROM gone AS m;
END
$$;

COMMENT ON FUNCTION assistant.restore_rule(text) IS
    'Brings an archived rule back with its violations, ids kept, still out of force: set active to '
    'true to use it. For footing_owner and administrators.';

REVOKE ALL ON FUNCTION assistant.restore_rule(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION assistant.restore_rule(text) TO authenticated_users;

CREATE FUNCTION assistant.restore_practice(p_practice_id text) RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM assistant.require_maintainer();

    WITH gone AS (
        DELETE FROM assistant.practices_archive AS a
        WHERE a.practice_id = p_practice_id
        RETURNING *
    )
    INSERT INTO assistant.practices (
        practice_id, category, title, description, benefits, implementation_guide, anti_patterns,
        reference_links, examples, effectiveness_score, adoption_rate, created_at, is_active,
        is_required, updated_at
    )
    SELECT
        m.practice_id, m.category, m.title, m.description, m.benefits, m.implementation_guide,
        m.anti_patterns, m.reference_links, m.examples, m.effectiveness_score, m.adoption_rate,
        m.created_at, m.is_active, m.is_required, m.updated_at
    FROM gone AS m;

    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no archived practice %', coalesce(p_practice_id, 'NULL')
            USING ERRCODE = 'no_data_found';
    END IF;
END
$$;

COMMENT ON FUNCTION assistant.restore_practice(text) IS
    'Brings an archived practice back, still out of use: set is_active to true to use it. For '
    'footing_owner and administrators.';

REVOKE ALL ON FUNCTION assistant.restore_practice(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION assistant.restore_practice(text) TO authenticated_users;

CREATE FUNCTION assistant.restore_template(p_template_id text) RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM assistant.require_maintainer();

    WITH gone AS (
        DELETE FROM assistant.templates_archive AS a
        WHERE a.template_id = p_template_id
        RETURNING *
    )
    INSERT INTO assistant.templates (
        template_id, name, description, category, template_content, variables, tags, usage_count,
        is_active, created_by, created_at, updated_at
    )
    SELECT
        m.template_id, m.name, m.description, m.category, m.template_content, m.variables, m.tags,
        m.usage_count, m.is_active, m.created_by, m.created_at, m.updated_at
    FROM gone AS m;

    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no archived template %', coalesce(p_template_id, 'NULL')
            USING ERRCODE = 'no_data_found';
    END IF;
END
$$;

COMMENT ON FUNCTION assistant.restore_template(text) IS
    'Brings an archived template back with its variables, still out of use: set is_active to true '
    'to use it. For footing_owner and administrators.';

REVOKE ALL ON FUNCTION assistant.restore_template(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION assistant.restore_template(text) TO authenticated_users;
