-- 0006_create_projects
--
-- What:     core.projects, the tenant.
-- Why:      000 §1.2 and 001 §2.2; the union of their columns. 000's owner is never taken from
--           under a project (defect 18), and 001's value sets are checked (defect 25).
-- Locks:    core.users SHARE ROW EXCLUSIVE
-- Data:     none
-- Rollback: loses every project.

CREATE TABLE core.projects (
    id bigint GENERATED ALWAYS AS IDENTITY,
    name varchar(255) NOT NULL,
    description text,
    owner_id bigint NOT NULL DEFAULT core.current_user_id(),
    status varchar(50) NOT NULL DEFAULT 'active',
    project_type varchar(30),
    industry_area varchar(50),
    regulations varchar(100),
    additional_context text,
    quality_focus text,
    test_strategy text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT projects_pkey PRIMARY KEY (id),
    CONSTRAINT projects_owner_id_fkey FOREIGN KEY (owner_id)
        REFERENCES core.users (id) ON DELETE RESTRICT,
    CONSTRAINT projects_name_is_not_blank_check CHECK (name ~ '\S'),
    CONSTRAINT projects_status_check CHECK (status IN ('active', 'archived', 'deleted')),
    CONSTRAINT projects_project_type_check CHECK (
        project_type IN ('Greenfield', 'Legacy', 'Migration', 'Integration')
    )
);

COMMENT ON TABLE core.projects IS
    'A tenant: rows of one project are never seen from another. Estimates are another thing and '
    'live in apex.projects.';
COMMENT ON COLUMN core.projects.id IS
    'The project_id every tenant table carries.';
COMMENT ON COLUMN core.projects.name IS
    'For people; two projects may share it.';
COMMENT ON COLUMN core.projects.description IS
    'What the project is about, in its people''s words.';
COMMENT ON COLUMN core.projects.owner_id IS
    'Who answers for the project: whoever made it, until core.transfer_project(). A person who '
    'owns a project can''t be deleted.';
COMMENT ON COLUMN core.projects.status IS
    'active, archived (kept, no longer worked on) or deleted (out of sight; the rows stay until an '
    'administrator deletes the project itself).';
COMMENT ON COLUMN core.projects.project_type IS
    'Greenfield (new), Legacy (kept running), Migration or Integration; NULL if not asked (000).';
COMMENT ON COLUMN core.projects.industry_area IS
    'Free text; context for generated recommendations (001).';
COMMENT ON COLUMN core.projects.regulations IS
    'The rules that bind the product under test, such as GDPR or HIPAA; free text (001).';
COMMENT ON COLUMN core.projects.additional_context IS
    'Anything else a prompt should know (001).';
COMMENT ON COLUMN core.projects.quality_focus IS
    'Which qualities matter most, for prompts and reports (001).';
COMMENT ON COLUMN core.projects.test_strategy IS
    'The agreed strategy, as text (001).';
COMMENT ON COLUMN core.projects.created_at IS
    'When the project was made.';
COMMENT ON COLUMN core.projects.updated_at IS
    'Last change to the row, kept by trigger.';

CREATE TRIGGER tg__set_updated_at
BEFORE UPDATE ON core.projects
FOR EACH ROW
WHEN (OLD.* IS DISTINCT FROM NEW.*)
EXECUTE FUNCTION core.tg__set_updated_at();
