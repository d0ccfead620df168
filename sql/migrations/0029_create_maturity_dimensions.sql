-- 0029_create_maturity_dimensions
--
-- What:     atmosfera.maturity_dimensions with its six rows, row security and grants.
-- Why:      001 §3.1, where running the sample INSERT twice makes twelve dimensions (defect 26).
-- Locks:    nothing that existed before
-- Data:     6 reference rows
-- Rollback: loses the dimensions an administrator added.

CREATE TABLE atmosfera.maturity_dimensions (
    id bigint GENERATED ALWAYS AS IDENTITY,
    name varchar(100) NOT NULL,
    description text,
    weight numeric(3, 2) NOT NULL DEFAULT 1.00,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT maturity_dimensions_pkey PRIMARY KEY (id),
    CONSTRAINT maturity_dimensions_name_key UNIQUE (name),
    CONSTRAINT maturity_dimensions_name_is_not_blank_check CHECK (name ~ '\S'),
    CONSTRAINT maturity_dimensions_weight_is_not_negative_check CHECK (weight BETWEEN 0 AND 9.99)
);

COMMENT ON TABLE atmosfera.maturity_dimensions IS
    'What the ATMF measures: six dimensions, the same for every project. Reference data, '
    'changed by administrators.';
COMMENT ON COLUMN atmosfera.maturity_dimensions.id IS
    'What assessments, metrics and recommendations refer to.';
COMMENT ON COLUMN atmosfera.maturity_dimensions.name IS
    'As shown in maturity_progress; unique.';
COMMENT ON COLUMN atmosfera.maturity_dimensions.description IS
    'What belongs to the dimension.';
COMMENT ON COLUMN atmosfera.maturity_dimensions.weight IS
    'Its share of an overall score, relative to the others; 0 leaves it out.';
COMMENT ON COLUMN atmosfera.maturity_dimensions.created_at IS
    'When the dimension was added.';

CREATE TRIGGER tg__audit
AFTER INSERT OR UPDATE OR DELETE ON atmosfera.maturity_dimensions
FOR EACH ROW
EXECUTE FUNCTION core.tg__audit(
    '{id}',
    '{}',
    '{}'
);

ALTER TABLE atmosfera.maturity_dimensions ENABLE ROW LEVEL SECURITY;

CREATE POLICY maturity_dimensions_everybody_select ON atmosfera.maturity_dimensions
FOR SELECT TO authenticated_users, readonly_users
USING ((SELECT core.active_user_id()) IS NOT NULL);

CREATE POLICY maturity_dimensions_admins_insert ON atmosfera.maturity_dimensions
FOR INSERT TO authenticated_users
WITH CHECK ((SELECT core.is_admin()));

CREATE POLICY maturity_dimensions_admins_update ON atmosfera.maturity_dimensions
FOR UPDATE TO authenticated_users
USING ((SELECT core.is_admin()));

CREATE POLICY maturity_dimensions_admins_delete ON atmosfera.maturity_dimensions
FOR DELETE TO authenticated_users
USING ((SELECT core.is_admin()));

GRANT
    SELECT,
    INSERT (
        name, description, weight
    ),
    UPDATE (
        name, description, weight
    ),
    DELETE
ON atmosfera.maturity_dimensions TO authenticated_users;
GRANT SELECT ON atmosfera.maturity_dimensions TO readonly_users;
GRANT SELECT, INSERT ON atmosfera.maturity_dimensions TO bulk_loader;
-- Everybody signed in reads it; only administrators write.

INSERT INTO atmosfera.maturity_dimensions (name, description)
VALUES
    ('Automation Intelligence', 'Test automation maturity and intelligent tooling'),
    ('Quality Engineering', 'Quality practices, culture, and engineering excellence'),
    ('Risk Management', 'Risk-based testing strategies and mitigation'),
    ('Process Optimization', 'Testing process efficiency and optimization'),
    ('Team Collaboration', 'Cross-functional collaboration and communication'),
    ('Continuous Improvement', 'Learning, adaptation, and evolution practices');
