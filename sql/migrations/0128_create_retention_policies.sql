-- 0128_create_retention_policies
--
-- What:     ops.retention_policies, how long each table that only grows is kept, and how what is older
--           leaves.
-- Why:      000 promises retention for test_executions and audit_logs without a figure, and has no
--           way but one DELETE through eleven indexes (defect 79). 003 archives after two years.
-- Locks:    nothing that existed before
-- Data:     7 reference rows, and 1 in ops.column_classes
-- Rollback: loses the policies; nothing is expired any more.

CREATE TABLE ops.retention_policies (
    schema_name name NOT NULL,
    table_name name NOT NULL,
    keep interval NOT NULL,
    method text NOT NULL,
    time_column name,
    batch_size integer,
    open_column name,
    open_values text[],
    prune_function text,
    reason text NOT NULL,
    CONSTRAINT retention_policies_pkey PRIMARY KEY (schema_name, table_name),
    CONSTRAINT retention_policies_keep_is_a_day_or_more_check CHECK (keep >= interval '1 day'),
    CONSTRAINT retention_policies_method_check CHECK (
        method IN ('drop partitions', 'delete rows', 'call function')
    ),
    CONSTRAINT retention_policies_rows_are_deleted_by_time_in_batches_check CHECK (
        (method = 'delete rows') = (time_column IS NOT NULL)
        AND (time_column IS NULL) = (batch_size IS NULL)
    ),
    CONSTRAINT retention_policies_batch_size_check CHECK (batch_size BETWEEN 1 AND 100000),
    CONSTRAINT retention_policies_open_rows_are_named_whole_check CHECK (
        (open_column IS NULL) = (open_values IS NULL)
        AND (open_column IS NULL OR method = 'delete rows')
    ),
    CONSTRAINT retention_policies_only_call_names_a_function_check CHECK (
        (method = 'call function') = (prune_function IS NOT NULL)
    ),
    CONSTRAINT retention_policies_reason_is_not_blank_check CHECK (reason ~ '\S')
);

COMMENT ON TABLE ops.retention_policies IS
    'One row for each table that only grows; ops.maintenance_plan() reads it and footing maintain '
    'carries it out. A period is changed by a migration, so that every database keeps the same and '
    'footing verify sees one that does not.';
COMMENT ON COLUMN ops.retention_policies.schema_name IS
    'Schema of the table.';
COMMENT ON COLUMN ops.retention_policies.table_name IS
    'The table.';
COMMENT ON COLUMN ops.retention_policies.keep IS
    'How long a row is kept at least. A partition leaves once its last moment is older, so that a '
    'partitioned table holds up to a month more.';
COMMENT ON COLUMN ops.retention_policies.method IS
    'drop partitions: whole months, in milliseconds. delete rows: batches by time_column. call '
    'function: the table has a function that knows how.';
COMMENT ON COLUMN ops.retention_policies.time_column IS
    'For delete rows: the column that says how old a row is; index it.';
COMMENT ON COLUMN ops.retention_policies.batch_size IS
    'For delete rows: how many at most in one transaction.';
COMMENT ON COLUMN ops.retention_policies.open_column IS
    'For delete rows: the column that says whether a row is still being worked on; NULL where '
    'every old row may go.';
COMMENT ON COLUMN ops.retention_policies.open_values IS
    'The values of open_column with which a row stays, however old.';
COMMENT ON COLUMN ops.retention_policies.prune_function IS
    'For call function: schema.name of a function that takes an interval.';
COMMENT ON COLUMN ops.retention_policies.reason IS
    'Why so long and why in this way, for whoever has to answer for it.';

GRANT SELECT ON ops.retention_policies TO monitoring;

INSERT INTO ops.retention_policies (schema_name, table_name, keep, method, reason)
VALUES
    ('core', 'audit_logs', '2 years', 'drop partitions',
     'evidence: 003''s two years, since 000 gives no figure; rows are never deleted one by one'),
    ('webtest', 'agent_decisions', '1 year', 'drop partitions',
     '000 looks back 24 hours; a year lets agents be compared with themselves'),
    ('webtest', 'predictions', '1 year', 'drop partitions',
     'a model is judged and trained again on a year of its predictions'),
    ('apex', 'project_events', '2 years', 'drop partitions',
     '002''s audit queries; the period of the audit trail'),
    ('atmosfera', 'metrics', '2 years', 'drop partitions',
     '001''s trends compare a quarter with the same one of the year before');

INSERT INTO ops.retention_policies (
    schema_name, table_name, keep, method, time_column, batch_size, open_column, open_values, reason
)
VALUES
    ('webtest', 'test_executions', '1 year', 'delete rows', 'created_at', 5000,
     'result', '{pending,running}',
     'every query of 000 reads 30 days or less; execution_id is unique over all time, so the table '
     'is one and its rows leave in batches');

INSERT INTO ops.retention_policies (
    schema_name, table_name, keep, method, prune_function, reason
)
VALUES
    ('assistant', 'changes', '30 days', 'call function', 'assistant.prune_changes',
     'a listener that was away longer loads everything again; the feed must lose its beginning '
     'and nothing else');

INSERT INTO ops.column_classes (schema_name, table_name, class, columns)
VALUES
    ('ops', 'retention_policies', 'public',
     '{schema_name, table_name, keep, method, time_column, batch_size, open_column, open_values, '
     'prune_function, reason}');
