-- 0067_create_ml_models
--
-- What:     webtest.ml_models with its label, row security and grants.
-- Why:      000 §1.2. The millionth label must fit (defect 22), and a model outlives who registered
--           it (defect 17).
-- Locks:    core.users SHARE ROW EXCLUSIVE, core.projects SHARE ROW EXCLUSIVE
-- Data:     none
-- Rollback: loses every model.

CREATE TABLE webtest.ml_models (
    id bigint GENERATED ALWAYS AS IDENTITY,
    model_id varchar(30) NOT NULL,
    project_id bigint NOT NULL DEFAULT webtest.default_project_id(),
    name varchar(255) NOT NULL,
    version varchar(20) NOT NULL,
    model_type varchar(50) NOT NULL,
    framework varchar(50) NOT NULL,
    metrics jsonb NOT NULL,
    artifact_path varchar(500) NOT NULL,
    status varchar(50) NOT NULL DEFAULT 'active',
    created_by bigint DEFAULT core.current_user_id(),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ml_models_pkey PRIMARY KEY (id),
    CONSTRAINT ml_models_model_id_key UNIQUE (model_id),
    -- What predictions refers to: a prediction carries its model's project, name and version.
    CONSTRAINT ml_models_id_project_id_name_version_key UNIQUE (id, project_id, name, version),
    CONSTRAINT ml_models_project_id_fkey FOREIGN KEY (project_id)
        REFERENCES core.projects (id) ON DELETE CASCADE,
    CONSTRAINT ml_models_created_by_fkey FOREIGN KEY (created_by)
        REFERENCES core.users (id) ON DELETE SET NULL,
    CONSTRAINT ml_models_model_id_is_a_label_check CHECK (model_id ~ '^MODEL-[0-9]{6,}$'),
    CONSTRAINT ml_models_name_is_not_blank_check CHECK (name ~ '\S'),
    CONSTRAINT ml_models_version_is_not_blank_check CHECK (version ~ '\S'),
    CONSTRAINT ml_models_model_type_check CHECK (
        model_type IN ('generation', 'analysis', 'evolution')
    ),
    CONSTRAINT ml_models_metrics_is_an_object_check CHECK (jsonb_typeof(metrics) = 'object'),
    CONSTRAINT ml_models_status_check CHECK (status IN ('active', 'archived', 'deprecated'))
);

COMMENT ON TABLE webtest.ml_models IS
    'A version of a model, and where its artifact is. One that has predicted can neither be '
    'deleted nor renamed; its status says that it is retired.';
COMMENT ON COLUMN webtest.ml_models.id IS
    'The key predictions refer to; also the number of a generated label.';
COMMENT ON COLUMN webtest.ml_models.model_id IS
    'The label people use: MODEL- and at least six digits, unique over all projects. Left out, it '
    'is made from id.';
COMMENT ON COLUMN webtest.ml_models.project_id IS
    'The tenant. Left out: webtest.default_project_id().';
COMMENT ON COLUMN webtest.ml_models.name IS
    'What all versions share; predictions carry a copy.';
COMMENT ON COLUMN webtest.ml_models.version IS
    'The version this row is; predictions carry a copy. A new version is a new row.';
COMMENT ON COLUMN webtest.ml_models.model_type IS
    'generation, analysis or evolution: which agents use it.';
COMMENT ON COLUMN webtest.ml_models.framework IS
    'What it was made with, such as pytorch; free text.';
COMMENT ON COLUMN webtest.ml_models.metrics IS
    'What was measured at training, an object such as {"accuracy": 0.93}.';
COMMENT ON COLUMN webtest.ml_models.artifact_path IS
    'Where the trained model lies; no credentials in it.';
COMMENT ON COLUMN webtest.ml_models.status IS
    'active, archived (kept, not used) or deprecated (to be replaced).';
COMMENT ON COLUMN webtest.ml_models.created_by IS
    'Who registered it: the session''s person where the INSERT names none. NULL once they are '
    'deleted.';
COMMENT ON COLUMN webtest.ml_models.created_at IS
    'When it was registered.';
COMMENT ON COLUMN webtest.ml_models.updated_at IS
    'Last change to the row, kept by trigger.';

CREATE TRIGGER tg__require_project
BEFORE INSERT ON webtest.ml_models
FOR EACH ROW
WHEN (NEW.project_id IS NULL)
EXECUTE FUNCTION webtest.tg__require_project();

CREATE TRIGGER tg__set_updated_at
BEFORE UPDATE ON webtest.ml_models
FOR EACH ROW
WHEN (OLD.* IS DISTINCT FROM NEW.*)
EXECUTE FUNCTION core.tg__set_updated_at();

-- Definer rights: a label is unique over all projects, also those the session can't see. One that
-- was given by hand is stepped over together with its number.
CREATE FUNCTION webtest.tg_ml_models__default_model_id() RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    LOOP
        NEW.model_id := 'MODEL-' || lpad(NEW.id::text, greatest(6, length(NEW.id::text)), '0');

        EXIT WHEN NOT EXISTS (
            SELECT
            FROM webtest.ml_models AS m
            WHERE m.model_id = NEW.model_id
        );

        NEW.id := nextval(pg_get_serial_sequence('webtest.ml_models', 'id'));
    END LOOP;

    RETURN NEW;
END
$$;

COMMENT ON FUNCTION webtest.tg_ml_models__default_model_id() IS
    'Makes the label of a model that was given none: MODEL- and its number, padded to six digits.';

REVOKE ALL ON FUNCTION webtest.tg_ml_models__default_model_id() FROM PUBLIC;

CREATE TRIGGER tg_ml_models__default_model_id
BEFORE INSERT ON webtest.ml_models
FOR EACH ROW
WHEN (NEW.model_id IS NULL)
EXECUTE FUNCTION webtest.tg_ml_models__default_model_id();

-- Texts of a project are named when they change, never copied: administrators read the audit
-- trail, and no project's content.
CREATE TRIGGER tg__audit
AFTER INSERT OR UPDATE OR DELETE ON webtest.ml_models
FOR EACH ROW
EXECUTE FUNCTION core.tg__audit('{id}', '{name,metrics,artifact_path}', '{updated_at}');

ALTER TABLE webtest.ml_models ENABLE ROW LEVEL SECURITY;

CREATE POLICY ml_models_viewers_select ON webtest.ml_models
FOR SELECT TO authenticated_users, readonly_users
USING (
    nullif(project_id IN (SELECT a.project_id FROM core.session_access AS a), false) IS NOT NULL
);

-- In one's own name, or in nobody's.
CREATE POLICY ml_models_editors_insert ON webtest.ml_models
FOR INSERT TO authenticated_users
WITH CHECK (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level IN ('editor', 'manager')
    )
    AND (created_by IS NULL OR created_by = (SELECT core.current_user_id()))
);

CREATE POLICY ml_models_editors_update ON webtest.ml_models
FOR UPDATE TO authenticated_users
USING (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level IN ('editor', 'manager')
    )
);

CREATE POLICY ml_models_managers_delete ON webtest.ml_models
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
        model_id, project_id, name, version, model_type, framework, metrics, artifact_path, status,
        created_by
    ),
    UPDATE (name, version, model_type, framework, metrics, artifact_path, status),
    DELETE
ON webtest.ml_models TO authenticated_users;
GRANT SELECT ON webtest.ml_models TO readonly_users;
GRANT SELECT, INSERT ON webtest.ml_models TO bulk_loader;
-- No UPDATE of project_id or model_id: predictions, reports and people hold on to them.
