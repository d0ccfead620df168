-- 0137_create_current_maturity
--
-- What:     atmosfera.current_maturity, where each project stands in each dimension.
-- Why:      001 §8.2 asks maturity_progress for latest_rank = 1, which numbers every assessment the
--           project ever had to find six of them.
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses nothing

-- One descent of idx_assessments_project_id_dimension_id_assessment_date for each dimension, however
-- long the history is.
CREATE VIEW atmosfera.current_maturity WITH (security_invoker = true) AS
SELECT
    p.id AS project_id,
    p.name AS project_name,
    md.name AS dimension_name,
    a.current_level,
    a.target_level,
    a.assessment_date
FROM core.projects AS p
CROSS JOIN atmosfera.maturity_dimensions AS md
LEFT JOIN LATERAL (
    SELECT
        s.current_level,
        s.target_level,
        s.assessment_date
    FROM atmosfera.assessments AS s
    WHERE s.project_id = p.id AND s.dimension_id = md.id
    ORDER BY s.assessment_date DESC, s.id DESC
    LIMIT 1
) AS a ON true
ORDER BY p.id, md.id;

COMMENT ON VIEW atmosfera.current_maturity IS
    'The latest assessment of each project in each dimension: maturity_progress WHERE latest_rank '
    '= 1, without reading the others, and with the dimensions not assessed as rows of NULLs.';
COMMENT ON COLUMN atmosfera.current_maturity.project_id IS
    'The project.';
COMMENT ON COLUMN atmosfera.current_maturity.project_name IS
    'Its name.';
COMMENT ON COLUMN atmosfera.current_maturity.dimension_name IS
    'The dimension.';
COMMENT ON COLUMN atmosfera.current_maturity.current_level IS
    'The level found last, of two at one moment the one written later; NULL where none was.';
COMMENT ON COLUMN atmosfera.current_maturity.target_level IS
    'The level aimed at then.';
COMMENT ON COLUMN atmosfera.current_maturity.assessment_date IS
    'When it was found.';

GRANT SELECT ON atmosfera.current_maturity TO authenticated_users, readonly_users;
