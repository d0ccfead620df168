-- 0046_create_jira_sync_logs
--
-- What:     atmosfera.jira_sync_logs, its row security and grants.
-- Why:      001 §5.3; the value sets of its comments are checked (defect 25).
-- Locks:    core.projects SHARE ROW EXCLUSIVE
-- Data:     none
-- Rollback: loses every row of atmosfera.jira_sync_logs.

CREATE TABLE atmosfera.jira_sync_logs (
    id bigint GENERATED ALWAYS AS IDENTITY,
    project_id bigint NOT NULL,
    sync_type varchar(20) NOT NULL,
    status varchar(20) NOT NULL,
    tickets_processed integer NOT NULL DEFAULT 0,
    tickets_created integer NOT NULL DEFAULT 0,
    tickets_updated integer NOT NULL DEFAULT 0,
    error_message text,
    started_at timestamptz NOT NULL DEFAULT now(),
    completed_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT jira_sync_logs_pkey PRIMARY KEY (id),
    CONSTRAINT jira_sync_logs_project_id_fkey FOREIGN KEY (project_id)
        REFERENCES core.projects (id) ON DELETE CASCADE,
    CONSTRAINT jira_sync_logs_sync_type_check CHECK (
        sync_type IN ('full', 'incremental', 'manual')
    ),
    CONSTRAINT jira_sync_logs_status_check CHECK (
        status IN ('pending', 'in_progress', 'completed', 'failed')
    ),
    CONSTRAINT jira_sync_logs_counts_are_not_negative_check CHECK (
        tickets_processed >= 0
        AND tickets_created >= 0
        AND tickets_updated >= 0
    ),
    CONSTRAINT jira_sync_logs_end_is_not_before_start_check CHECK (completed_at >= started_at)
);

COMMENT ON TABLE atmosfera.jira_sync_logs IS
    'One synchronisation of a project with Jira, from start to end.';
COMMENT ON COLUMN atmosfera.jira_sync_logs.id IS
    'Tells synchronisations apart.';
COMMENT ON COLUMN atmosfera.jira_sync_logs.project_id IS
    'The tenant. A row never moves to another.';
COMMENT ON COLUMN atmosfera.jira_sync_logs.sync_type IS
    'full, incremental or manual.';
COMMENT ON COLUMN atmosfera.jira_sync_logs.status IS
    'pending, in_progress, completed or failed.';
COMMENT ON COLUMN atmosfera.jira_sync_logs.tickets_processed IS
    'How many tickets were compared so far.';
COMMENT ON COLUMN atmosfera.jira_sync_logs.tickets_created IS
    'How many of them were new.';
COMMENT ON COLUMN atmosfera.jira_sync_logs.tickets_updated IS
    'How many of them had changed.';
COMMENT ON COLUMN atmosfera.jira_sync_logs.error_message IS
    'Why it failed.';
COMMENT ON COLUMN atmosfera.jira_sync_logs.started_at IS
    'When it started.';
COMMENT ON COLUMN atmosfera.jira_sync_logs.completed_at IS
    'When it ended, well or not; NULL until then.';
COMMENT ON COLUMN atmosfera.jira_sync_logs.created_at IS
    'When the row was written.';

ALTER TABLE atmosfera.jira_sync_logs ENABLE ROW LEVEL SECURITY;

CREATE POLICY jira_sync_logs_members_select ON atmosfera.jira_sync_logs
FOR SELECT TO authenticated_users, readonly_users
USING (
    nullif(project_id IN (SELECT a.project_id FROM core.session_access AS a), false) IS NOT NULL
);

CREATE POLICY jira_sync_logs_editors_insert ON atmosfera.jira_sync_logs
FOR INSERT TO authenticated_users
WITH CHECK (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level IN ('editor', 'manager')
    )
);

CREATE POLICY jira_sync_logs_editors_update ON atmosfera.jira_sync_logs
FOR UPDATE TO authenticated_users
USING (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level IN ('editor', 'manager')
    )
);

CREATE POLICY jira_sync_logs_managers_delete ON atmosfera.jira_sync_logs
FOR DELETE TO authenticated_users
USING (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level = 'manager'
    )
);

GRANT
    SELECT,
    INSERT (
        project_id, sync_type, status, tickets_processed, tickets_created, tickets_updated,
        error_message, started_at, completed_at
    ),
    UPDATE (
        status, tickets_processed, tickets_created, tickets_updated, error_message, started_at,
        completed_at
    ),
    DELETE
ON atmosfera.jira_sync_logs TO authenticated_users;
GRANT SELECT ON atmosfera.jira_sync_logs TO readonly_users;
GRANT SELECT, INSERT ON atmosfera.jira_sync_logs TO bulk_loader;
-- No UPDATE of project_id or sync_type: what it was stays.
