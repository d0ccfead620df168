-- 0130_create_maintenance_runs
--
-- What:     ops.maintenance_runs, when maintenance ran, what it did and what it could not do.
-- Why:      partitions that are not made and rows that do not leave show months later; that
--           maintenance has stopped must show the next day.
-- Locks:    nothing that existed before
-- Data:     1 reference row each in ops.retention_policies and ops.column_classes
-- Rollback: loses the history of maintenance.

CREATE TABLE ops.maintenance_runs (
    run_id bigint GENERATED ALWAYS AS IDENTITY,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    done jsonb NOT NULL DEFAULT '{}',
    error text,
    CONSTRAINT maintenance_runs_pkey PRIMARY KEY (run_id),
    CONSTRAINT maintenance_runs_done_is_an_object_check CHECK (jsonb_typeof(done) = 'object'),
    CONSTRAINT maintenance_runs_ends_after_its_start_check CHECK (finished_at >= started_at)
) WITH (fillfactor = 50);

COMMENT ON TABLE ops.maintenance_runs IS
    'One row each time footing maintain found something to do or nothing, written as it goes. '
    'Kept for a year by the policy of ops.retention_policies.';
COMMENT ON COLUMN ops.maintenance_runs.run_id IS
    'The order of the runs.';
COMMENT ON COLUMN ops.maintenance_runs.started_at IS
    'When it began.';
COMMENT ON COLUMN ops.maintenance_runs.finished_at IS
    'When it ended; NULL while it runs, and for ever where it was killed: the next one finishes it.';
COMMENT ON COLUMN ops.maintenance_runs.done IS
    'How much of each kind of ops.maintenance_plan(): rows for delete and prune, statements for '
    'the others, such as {"drop": 1, "delete": 31000}. What was done before a kill is in it.';
COMMENT ON COLUMN ops.maintenance_runs.error IS
    'What could not be done and why; NULL where everything was.';

GRANT SELECT ON ops.maintenance_runs TO monitoring;

INSERT INTO ops.retention_policies (
    schema_name, table_name, keep, method, time_column, batch_size, reason
)
VALUES
    ('ops', 'maintenance_runs', '1 year', 'delete rows', 'started_at', 1000,
     'a few rows a day, without an index of its own');

INSERT INTO ops.column_classes (schema_name, table_name, class, columns)
VALUES
    ('ops', 'maintenance_runs', 'internal', '{run_id, started_at, finished_at, done, error}');
