-- 0008_create_user_project_access
--
-- What:     core.user_project_access, who may do what in which project; and
--           core.project_members, who ever could.
-- Why:      001 §9.1 reads user_project_access and does not define it (defect 6). A person who left
--           a project must still have a name in its history, so that is remembered apart: a row
--           in user_project_access always means access now.
-- Locks:    core.users SHARE ROW EXCLUSIVE, core.projects SHARE ROW EXCLUSIVE
-- Data:     none
-- Rollback: loses who may see which project.

CREATE TABLE core.user_project_access (
    user_id bigint NOT NULL,
    project_id bigint NOT NULL,
    access_level varchar(20) NOT NULL DEFAULT 'viewer',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT user_project_access_pkey PRIMARY KEY (user_id, project_id) INCLUDE (access_level),
    CONSTRAINT user_project_access_user_id_fkey FOREIGN KEY (user_id)
        REFERENCES core.users (id) ON DELETE CASCADE,
    CONSTRAINT user_project_access_project_id_fkey FOREIGN KEY (project_id)
        REFERENCES core.projects (id) ON DELETE CASCADE,
    CONSTRAINT user_project_access_access_level_check CHECK (
        access_level IN ('viewer', 'editor', 'manager')
    )
);

COMMENT ON TABLE core.user_project_access IS
    'Who may do what in which project, now. Every tenant policy reads it, as core.session_access. '
    'Its primary key covers access_level, so that a policy reads the index alone.';
COMMENT ON COLUMN core.user_project_access.user_id IS
    'The person.';
COMMENT ON COLUMN core.user_project_access.project_id IS
    'The project.';
COMMENT ON COLUMN core.user_project_access.access_level IS
    'viewer reads, editor also writes, manager also grants access and changes the project itself. '
    'The owner of a project manages it with or without a row here.';
COMMENT ON COLUMN core.user_project_access.created_at IS
    'When access was granted; by whom is in core.audit_logs.';
COMMENT ON COLUMN core.user_project_access.updated_at IS
    'When the level last changed, kept by trigger.';

CREATE TRIGGER tg__set_updated_at
BEFORE UPDATE ON core.user_project_access
FOR EACH ROW
WHEN (OLD.* IS DISTINCT FROM NEW.*)
EXECUTE FUNCTION core.tg__set_updated_at();

CREATE TABLE core.project_members (
    project_id bigint NOT NULL,
    user_id bigint NOT NULL,
    joined_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT project_members_pkey PRIMARY KEY (project_id, user_id),
    CONSTRAINT project_members_project_id_fkey FOREIGN KEY (project_id)
        REFERENCES core.projects (id) ON DELETE CASCADE,
    CONSTRAINT project_members_user_id_fkey FOREIGN KEY (user_id)
        REFERENCES core.users (id) ON DELETE CASCADE
);

COMMENT ON TABLE core.project_members IS
    'Everybody who has or had access to a project, kept by trigger. Says whose name its people may '
    'see, and nothing about what anybody may do.';
COMMENT ON COLUMN core.project_members.project_id IS
    'The project.';
COMMENT ON COLUMN core.project_members.user_id IS
    'The person, still here after their access ended.';
COMMENT ON COLUMN core.project_members.joined_at IS
    'When they first had access.';

-- Definer rights: whoever grants access may not write to project_members, and need not.
CREATE FUNCTION core.tg_user_project_access__remember_member() RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO core.project_members (project_id, user_id)
    VALUES (NEW.project_id, NEW.user_id)
    ON CONFLICT DO NOTHING;

    RETURN NULL;
END
$$;

COMMENT ON FUNCTION core.tg_user_project_access__remember_member() IS
    'Writes down who joined, for good.';

REVOKE ALL ON FUNCTION core.tg_user_project_access__remember_member() FROM PUBLIC;

CREATE TRIGGER tg_user_project_access__remember_member
AFTER INSERT ON core.user_project_access
FOR EACH ROW
EXECUTE FUNCTION core.tg_user_project_access__remember_member();
