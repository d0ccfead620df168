-- 0069_create_predictions
--
-- What:     webtest.predictions, by month, append-only but for the ground truth, with its first
--           partitions, row security and grants.
-- Why:      000 §1.2, where name and version may contradict the model (defect 23), the whole log
--           goes when a model is deleted, and retention could only delete row by row (defect 79).
-- Locks:    core.projects SHARE ROW EXCLUSIVE, webtest.ml_models SHARE ROW EXCLUSIVE
-- Data:     1 reference row in ops.partitioned_logs
-- Rollback: loses every prediction.

CREATE TABLE webtest.predictions (
    id bigint GENERATED ALWAYS AS IDENTITY,
    model_id bigint NOT NULL,
    project_id bigint NOT NULL,
    model_name varchar(255) NOT NULL,
    model_version varchar(20) NOT NULL,
    features jsonb NOT NULL,
    prediction integer NOT NULL,
    confidence double precision NOT NULL,
    ground_truth integer,
    latency_ms double precision NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT predictions_pkey PRIMARY KEY (id, created_at),
    CONSTRAINT predictions_project_id_fkey FOREIGN KEY (project_id)
        REFERENCES core.projects (id) ON DELETE CASCADE,
    -- Checked at the end of the statement, so that a project may go with models and predictions.
    CONSTRAINT predictions_model_id_fkey
        FOREIGN KEY (model_id, project_id, model_name, model_version)
        REFERENCES webtest.ml_models (id, project_id, name, version) ON DELETE NO ACTION,
    CONSTRAINT predictions_features_is_an_object_or_array_check CHECK (
        jsonb_typeof(features) IN ('object', 'array')
    ),
    CONSTRAINT predictions_confidence_check CHECK (confidence BETWEEN 0 AND 1),
    CONSTRAINT predictions_latency_ms_is_a_duration_check CHECK (
        latency_ms >= 0
        AND latency_ms < 'Infinity'
    )
) PARTITION BY RANGE (created_at);

COMMENT ON TABLE webtest.predictions IS
    'What models predicted, and what turned out to be true. Rows are never changed, but that the '
    'truth is added once; they leave with their month''s partition, or with their project.';
COMMENT ON COLUMN webtest.predictions.id IS
    'Number of the prediction; the key holds created_at too, because a partitioned one must.';
COMMENT ON COLUMN webtest.predictions.model_id IS
    'The model: webtest.ml_models.id, not its label.';
COMMENT ON COLUMN webtest.predictions.project_id IS
    'The tenant; filled from the model where the INSERT does not give it.';
COMMENT ON COLUMN webtest.predictions.model_name IS
    'The model''s name; left out it is filled from the model, and no other is taken.';
COMMENT ON COLUMN webtest.predictions.model_version IS
    'The model''s version, likewise.';
COMMENT ON COLUMN webtest.predictions.features IS
    'What the model was given: an object of features, or an array.';
COMMENT ON COLUMN webtest.predictions.prediction IS
    'The class the model chose.';
COMMENT ON COLUMN webtest.predictions.confidence IS
    'How sure it was, from 0 to 1.';
COMMENT ON COLUMN webtest.predictions.ground_truth IS
    'The class that was right; NULL until somebody says so, and then final.';
COMMENT ON COLUMN webtest.predictions.latency_ms IS
    'How long the prediction took, in milliseconds.';
COMMENT ON COLUMN webtest.predictions.created_at IS
    'When. The products can''t set it; the partition follows from it.';

-- Invoker rights: a model that the session can't see gives nothing. What was given and does not fit
-- the model is left for the foreign key to refuse.
CREATE FUNCTION webtest.tg_predictions__fill_from_model() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    SELECT
        coalesce(NEW.project_id, m.project_id),
        coalesce(NEW.model_name, m.name),
        coalesce(NEW.model_version, m.version)
    INTO NEW.project_id, NEW.model_name, NEW.model_version
    FROM webtest.ml_models AS m
    WHERE m.id = NEW.model_id;

    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no model %', NEW.model_id
            USING
                ERRCODE = 'foreign_key_violation',
                HINT = 'model_id is webtest.ml_models.id, and app.user_id must be able to see it.';
    END IF;

    RETURN NEW;
END
$$;

COMMENT ON FUNCTION webtest.tg_predictions__fill_from_model() IS
    'Takes project, name and version from the model when an INSERT does not name them.';

REVOKE ALL ON FUNCTION webtest.tg_predictions__fill_from_model() FROM PUBLIC;

CREATE TRIGGER tg_predictions__fill_from_model
BEFORE INSERT ON webtest.predictions
FOR EACH ROW
WHEN (NEW.project_id IS NULL OR NEW.model_name IS NULL OR NEW.model_version IS NULL)
EXECUTE FUNCTION webtest.tg_predictions__fill_from_model();

CREATE FUNCTION webtest.tg_predictions__set_ground_truth_once() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF OLD.ground_truth IS NULL
        AND pg_catalog.to_jsonb(NEW) - 'ground_truth' = pg_catalog.to_jsonb(OLD) - 'ground_truth'
    THEN
        RETURN NEW;
    END IF;

    RAISE EXCEPTION '%.% is append-only: % refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP
        USING
            ERRCODE = 'restrict_violation',
            HINT = 'Only ground_truth is ever set, and only once.';
END
$$;

COMMENT ON FUNCTION webtest.tg_predictions__set_ground_truth_once() IS
    'Refuses every change to a prediction, to the table''s owner too, but that its ground truth '
    'becomes known. Saying it again is no change.';

REVOKE ALL ON FUNCTION webtest.tg_predictions__set_ground_truth_once() FROM PUBLIC;

CREATE TRIGGER tg_predictions__set_ground_truth_once
BEFORE UPDATE ON webtest.predictions
FOR EACH ROW
WHEN (OLD.* IS DISTINCT FROM NEW.*)
EXECUTE FUNCTION webtest.tg_predictions__set_ground_truth_once();

CREATE TRIGGER tg__goes_with_its_project
BEFORE DELETE ON webtest.predictions
FOR EACH ROW
EXECUTE FUNCTION webtest.tg__goes_with_its_project();

CREATE TRIGGER tg__append_only_truncate
BEFORE TRUNCATE ON webtest.predictions
FOR EACH STATEMENT
EXECUTE FUNCTION core.tg__append_only();

ALTER TABLE webtest.predictions ENABLE ROW LEVEL SECURITY;

CREATE POLICY predictions_viewers_select ON webtest.predictions
FOR SELECT TO authenticated_users, readonly_users
USING (
    nullif(project_id IN (SELECT a.project_id FROM core.session_access AS a), false) IS NOT NULL
);

CREATE POLICY predictions_editors_insert ON webtest.predictions
FOR INSERT TO authenticated_users
WITH CHECK (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level IN ('editor', 'manager')
    )
);

-- The ground truth; the trigger lets nothing else through.
CREATE POLICY predictions_editors_update ON webtest.predictions
FOR UPDATE TO authenticated_users
USING (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level IN ('editor', 'manager')
    )
);

GRANT
    SELECT,
    INSERT (
        model_id, project_id, model_name, model_version, features, prediction, confidence,
        ground_truth, latency_ms
    ),
    UPDATE (ground_truth)
ON webtest.predictions TO authenticated_users;
GRANT SELECT ON webtest.predictions TO readonly_users;
GRANT SELECT, INSERT ON webtest.predictions TO bulk_loader;
-- No DELETE for anybody, no INSERT of created_at, and nothing on a partition: a grant there would
-- go round these policies.

INSERT INTO ops.partitioned_logs (schema_name, table_name)
VALUES ('webtest', 'predictions');

SELECT ops.create_partitions_ahead();
