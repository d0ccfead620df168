-- 0030_create_maturity_levels
--
-- What:     atmosfera.maturity_levels, five for each dimension, row security and grants.
-- Why:      001 §3.2, where a dimension may have a level twice (defect 26).
-- Locks:    atmosfera.maturity_dimensions SHARE ROW EXCLUSIVE
-- Data:     30 reference rows
-- Rollback: loses what administrators wrote into descriptions and criteria.

CREATE TABLE atmosfera.maturity_levels (
    id bigint GENERATED ALWAYS AS IDENTITY,
    dimension_id bigint NOT NULL,
    level integer NOT NULL,
    name varchar(50) NOT NULL,
    description text,
    criteria jsonb NOT NULL DEFAULT '[]',
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT maturity_levels_pkey PRIMARY KEY (id),
    CONSTRAINT maturity_levels_dimension_id_level_key UNIQUE (dimension_id, level),
    CONSTRAINT maturity_levels_dimension_id_fkey FOREIGN KEY (dimension_id)
        REFERENCES atmosfera.maturity_dimensions (id) ON DELETE CASCADE,
    CONSTRAINT maturity_levels_level_check CHECK (level BETWEEN 1 AND 5),
    CONSTRAINT maturity_levels_name_check CHECK (
        name IN ('Foundation', 'Developing', 'Defined', 'Managed', 'Optimizing')
    ),
    CONSTRAINT maturity_levels_criteria_is_an_array_check CHECK (jsonb_typeof(criteria) = 'array')
);

COMMENT ON TABLE atmosfera.maturity_levels IS
    'What each level of a dimension means: five for each, 1 the lowest. Reference data, changed '
    'by administrators.';
COMMENT ON COLUMN atmosfera.maturity_levels.id IS
    'Tells levels apart; programs use (dimension_id, level).';
COMMENT ON COLUMN atmosfera.maturity_levels.dimension_id IS
    'The dimension; its levels go with it.';
COMMENT ON COLUMN atmosfera.maturity_levels.level IS
    '1 to 5, as assessments.current_level counts.';
COMMENT ON COLUMN atmosfera.maturity_levels.name IS
    'Foundation, Developing, Defined, Managed or Optimizing: 1 to 5 by name.';
COMMENT ON COLUMN atmosfera.maturity_levels.description IS
    'What a project at this level does.';
COMMENT ON COLUMN atmosfera.maturity_levels.criteria IS
    'What an assessor checks, an array; the products fill it.';
COMMENT ON COLUMN atmosfera.maturity_levels.created_at IS
    'When the level was added.';

CREATE TRIGGER tg__audit
AFTER INSERT OR UPDATE OR DELETE ON atmosfera.maturity_levels
FOR EACH ROW
EXECUTE FUNCTION core.tg__audit(
    '{id}',
    '{}',
    '{}'
);

ALTER TABLE atmosfera.maturity_levels ENABLE ROW LEVEL SECURITY;

CREATE POLICY maturity_levels_everybody_select ON atmosfera.maturity_levels
FOR SELECT TO authenticated_users, readonly_users
USING ((SELECT core.active_user_id()) IS NOT NULL);

CREATE POLICY maturity_levels_admins_insert ON atmosfera.maturity_levels
FOR INSERT TO authenticated_users
WITH CHECK ((SELECT core.is_admin()));

CREATE POLICY maturity_levels_admins_update ON atmosfera.maturity_levels
FOR UPDATE TO authenticated_users
USING ((SELECT core.is_admin()));

CREATE POLICY maturity_levels_admins_delete ON atmosfera.maturity_levels
FOR DELETE TO authenticated_users
USING ((SELECT core.is_admin()));

GRANT
    SELECT,
    INSERT (
        dimension_id, level, name, description, criteria
    ),
    UPDATE (
        name, description, criteria
    ),
    DELETE
ON atmosfera.maturity_levels TO authenticated_users;
GRANT SELECT ON atmosfera.maturity_levels TO readonly_users;
GRANT SELECT, INSERT ON atmosfera.maturity_levels TO bulk_loader;
-- No UPDATE of dimension_id or level: assessments count by them.

INSERT INTO atmosfera.maturity_levels (dimension_id, level, name, description)
SELECT d.id, l.level, l.name, l.description
FROM atmosfera.maturity_dimensions AS d
CROSS JOIN (
    VALUES
        (1, 'Foundation', 'Basic practices established'),
        (2, 'Developing', 'Practices becoming systematic'),
        (3, 'Defined', 'Standardized and documented practices'),
        (4, 'Managed', 'Quantitatively managed practices'),
        (5, 'Optimizing', 'Continuously improving practices')
) AS l (level, name, description)
ORDER BY d.id, l.level;
