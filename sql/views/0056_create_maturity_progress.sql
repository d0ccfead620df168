-- 0056_create_maturity_progress
--
-- What:     atmosfera.maturity_progress, every assessment with its rank, and dimensions not yet
--           assessed.
-- Why:      001 §8.2, which ranks an assessment without a date first, and one that does not exist
--           as the latest (defect 41).
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses nothing

CREATE VIEW atmosfera.maturity_progress WITH (security_invoker = true) AS
SELECT
    p.id AS project_id,
    p.name AS project_name,
    md.name AS dimension_name,
    a.current_level,
    a.target_level,
    a.assessment_date,
    a.latest_rank
FROM core.projects AS p
CROSS JOIN atmosfera.maturity_dimensions AS md
LEFT JOIN (
    SELECT
        s.project_id,
        s.dimension_id,
        s.current_level,
        s.target_level,
        s.assessment_date,
        row_number() OVER (
            PARTITION BY s.project_id, s.dimension_id
            ORDER BY s.assessment_date DESC, s.id DESC
        ) AS latest_rank
    FROM atmosfera.assessments AS s
) AS a ON a.project_id = p.id AND a.dimension_id = md.id
ORDER BY p.id, md.id, a.latest_rank;

COMMENT ON VIEW atmosfera.maturity_progress IS
    'The history of each project''s maturity in each dimension, latest first. WHERE latest_rank '
    '= 1 is where it stands now; a dimension never assessed has one row of NULLs.';
COMMENT ON COLUMN atmosfera.maturity_progress.project_id IS
    'The project.';
COMMENT ON COLUMN atmosfera.maturity_progress.project_name IS
    'Its name.';
COMMENT ON COLUMN atmosfera.maturity_progress.dimension_name IS
    'The dimension.';
COMMENT ON COLUMN atmosfera.maturity_progress.current_level IS
    'The level found; NULL where none was.';
COMMENT ON COLUMN atmosfera.maturity_progress.target_level IS
    'The level aimed at then.';
COMMENT ON COLUMN atmosfera.maturity_progress.assessment_date IS
    'When it was found.';
COMMENT ON COLUMN atmosfera.maturity_progress.latest_rank IS
    '1 for the latest assessment of the dimension, of two at one moment for the one written '
    'later; NULL where there is none.';

GRANT SELECT ON atmosfera.maturity_progress TO authenticated_users, readonly_users;
