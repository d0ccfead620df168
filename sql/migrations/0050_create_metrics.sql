-- 0050_create_metrics
--
-- What:     atmosfera.metrics, by month, with its first partitions, row security and grants.
-- Why:      001 §6.2, where 1,000,000 overflows (defect 29).
-- Locks:    core.projects SHARE ROW EXCLUSIVE, atmosfera.maturity_dimensions SHARE ROW EXCLUSIVE
-- Data:     1 reference row in ops.partitioned_logs
-- Rollback: loses every measurement.

CREATE TABLE atmosfera.metrics (
    id bigint GENERATED ALWAYS AS IDENTITY,
    project_id bigint NOT NULL,
    dimension_id bigint,
    name varchar(100) NOT NULL,
    value numeric NOT NULL,
    unit varchar(20),
    category varchar(50),
    recorded_at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT metrics_pkey PRIMARY KEY (recorded_at, id),
    CONSTRAINT metrics_project_id_fkey FOREIGN KEY (project_id)
        REFERENCES core.projects (id) ON DELETE CASCADE,
    CONSTRAINT metrics_dimension_id_fkey FOREIGN KEY (dimension_id)
        REFERENCES atmosfera.maturity_dimensions (id) ON DELETE RESTRICT,
    CONSTRAINT metrics_name_is_not_blank_check CHECK (name ~ '\S'),
    CONSTRAINT metrics_value_is_finite_check CHECK (
        value > '-Infinity'
        AND value < 'Infinity'
    )
) PARTITION BY RANGE (recorded_at);

COMMENT ON TABLE atmosfera.metrics IS
    'Measurements, never changed by a product: a correction is another measurement. They leave '
    'with their month''s partition, or with their project. A month older than last needs '
    'ops.create_partition() first.';
COMMENT ON COLUMN atmosfera.metrics.id IS
    'Tells measurements of one instant apart; unique together with recorded_at.';
COMMENT ON COLUMN atmosfera.metrics.project_id IS
    'The tenant. A row never moves to another.';
COMMENT ON COLUMN atmosfera.metrics.dimension_id IS
    'The dimension it measures; NULL for none in particular.';
COMMENT ON COLUMN atmosfera.metrics.name IS
    'What was measured, such as defect_density.';
COMMENT ON COLUMN atmosfera.metrics.value IS
    'The measurement, of any size and precision; not NaN, not infinite.';
COMMENT ON COLUMN atmosfera.metrics.unit IS
    'Of the value: %, s, defects/kloc …';
COMMENT ON COLUMN atmosfera.metrics.category IS
    'Free text; groups the charts.';
COMMENT ON COLUMN atmosfera.metrics.recorded_at IS
    'When it was measured; the partition follows from it.';
COMMENT ON COLUMN atmosfera.metrics.created_at IS
    'When the row was written.';

ALTER TABLE atmosfera.metrics ENABLE ROW LEVEL SECURITY;

CREATE POLICY metrics_members_select ON atmosfera.metrics
FOR SELECT TO authenticated_users, readonly_users
USING (
    nullif(project_id IN (SELECT a.project_id FROM core.session_access AS a), false) IS NOT NULL
);

CREATE POLICY metrics_editors_insert ON atmosfera.metrics
FOR INSERT TO authenticated_users
WITH CHECK (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level IN ('editor', 'manager')
    )
);

GRANT
    SELECT,
    INSERT (
        project_id, dimension_id, name, value, unit, category, recorded_at
    )
ON atmosfera.metrics TO authenticated_users;
GRANT SELECT ON atmosfera.metrics TO readonly_users;
GRANT SELECT, INSERT ON atmosfera.metrics TO bulk_loader;
-- No UPDATE or DELETE for anybody, and nothing on a partition: a grant there would go round these
-- policies.

INSERT INTO ops.partitioned_logs (schema_name, table_name)
VALUES ('atmosfera', 'metrics');

-- Last month too: on the first of a month, yesterday's measurements are still to come.
SELECT ops.create_partition(
    'atmosfera.metrics',
    (date_trunc('month', now() AT TIME ZONE 'UTC') - interval '1 month')::date
);

SELECT ops.create_partitions_ahead();
