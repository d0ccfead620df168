-- 0126_create_model_metrics
--
-- What:     ops.model_days, what each model predicted day by day, and ops.metric_models, whether it
--           drifts.
-- Why:      000 asks for ML monitoring and drift detection, and monitoring may read no prediction.
--           It may read these sums, which hold no feature, no class and no project.
-- Locks:    nothing that existed before
-- Data:     none of any table; each refresh reads 35 days of predictions.
-- Rollback: loses nothing; the figures are derived.

-- A ground truth arrives days later, so the days are counted anew at each refresh (footing refresh,
-- CONCURRENTLY), and the bound is what lets the planner leave older partitions alone.
CREATE MATERIALIZED VIEW ops.model_days AS
SELECT
    m.model_id AS model,
    (p.created_at AT TIME ZONE 'UTC')::date AS day,
    count(*) AS predictions,
    count(p.ground_truth) AS labelled,
    count(*) FILTER (WHERE p.prediction = p.ground_truth) AS correct,
    sum(p.confidence) AS confidence_sum,
    sum(p.confidence) FILTER (WHERE p.ground_truth IS NOT NULL) AS labelled_confidence_sum,
    sum(p.latency_ms) AS latency_ms_sum,
    ARRAY[
        count(*) FILTER (WHERE p.confidence < 0.5),
        count(*) FILTER (WHERE p.confidence >= 0.5 AND p.confidence < 0.6),
        count(*) FILTER (WHERE p.confidence >= 0.6 AND p.confidence < 0.7),
        count(*) FILTER (WHERE p.confidence >= 0.7 AND p.confidence < 0.8),
        count(*) FILTER (WHERE p.confidence >= 0.8 AND p.confidence < 0.9),
        count(*) FILTER (WHERE p.confidence >= 0.9)
    ] AS confidence_bins
FROM webtest.predictions AS p
INNER JOIN webtest.ml_models AS m ON m.id = p.model_id
WHERE p.created_at >= date_trunc('day', now(), 'UTC') - interval '35 days'
GROUP BY m.model_id, (p.created_at AT TIME ZONE 'UTC')::date;

COMMENT ON MATERIALIZED VIEW ops.model_days IS
    'One row a model and day (UTC) with predictions, of the last 35 days, as of the last refresh.';
COMMENT ON COLUMN ops.model_days.model IS
    'The model''s label, webtest.ml_models.model; its name is the project''s.';
COMMENT ON COLUMN ops.model_days.day IS
    'The day in UTC.';
COMMENT ON COLUMN ops.model_days.predictions IS
    'Predictions made that day.';
COMMENT ON COLUMN ops.model_days.labelled IS
    'Those of which it is known by now what was right.';
COMMENT ON COLUMN ops.model_days.correct IS
    'Those of them that were right.';
COMMENT ON COLUMN ops.model_days.confidence_sum IS
    'Sum of the confidence of all.';
COMMENT ON COLUMN ops.model_days.labelled_confidence_sum IS
    'Sum of the confidence of the labelled ones.';
COMMENT ON COLUMN ops.model_days.latency_ms_sum IS
    'Sum of what they took, in milliseconds.';
COMMENT ON COLUMN ops.model_days.confidence_bins IS
    'How many had a confidence below 0.5, 0.6, 0.7, 0.8, 0.9, and above.';

GRANT SELECT ON ops.model_days TO monitoring;

CREATE VIEW ops.metric_models WITH (security_invoker = true) AS
WITH weeks AS (
    SELECT
        d.model,
        d.day >= (now() AT TIME ZONE 'UTC')::date - 7 AS this_week,
        sum(d.predictions) AS predictions,
        sum(d.labelled) AS labelled,
        sum(d.correct) AS correct,
        sum(d.confidence_sum) AS confidence_sum,
        sum(d.labelled_confidence_sum) AS labelled_confidence_sum,
        sum(d.latency_ms_sum) AS latency_ms_sum
    FROM ops.model_days AS d
    GROUP BY d.model, d.day >= (now() AT TIME ZONE 'UTC')::date - 7
),

-- The population stability index over the bins; an empty bin counts as a ten-thousandth.
shares AS (
    SELECT
        d.model,
        b.bin,
        greatest(
            sum(b.n) FILTER (WHERE d.day >= (now() AT TIME ZONE 'UTC')::date - 7)
            / sum(sum(b.n) FILTER (WHERE d.day >= (now() AT TIME ZONE 'UTC')::date - 7))
                OVER (PARTITION BY d.model),
            0.0001
        )::double precision AS now_share,
        greatest(
            sum(b.n) FILTER (WHERE d.day < (now() AT TIME ZONE 'UTC')::date - 7)
            / sum(sum(b.n) FILTER (WHERE d.day < (now() AT TIME ZONE 'UTC')::date - 7))
                OVER (PARTITION BY d.model),
            0.0001
        )::double precision AS before_share,
        count(*) FILTER (WHERE d.day >= (now() AT TIME ZONE 'UTC')::date - 7) > 0
            AND count(*) FILTER (WHERE d.day < (now() AT TIME ZONE 'UTC')::date - 7) > 0
            AS comparable
    FROM ops.model_days AS d
    CROSS JOIN LATERAL unnest(d.confidence_bins) WITH ORDINALITY AS b (n, bin)
    GROUP BY d.model, b.bin
),

stability AS (
    SELECT
        s.model,
        sum((s.now_share - s.before_share) * ln(s.now_share / s.before_share)) AS stability_index
    FROM shares AS s
    WHERE s.comparable
    GROUP BY s.model
)

SELECT
    known.model::text AS model,
    coalesce(n.predictions, 0) AS predictions,
    coalesce(n.labelled, 0) AS labelled,
    coalesce(n.correct::double precision / nullif(n.labelled, 0), 'NaN') AS accuracy,
    coalesce(b.correct::double precision / nullif(b.labelled, 0), 'NaN') AS accuracy_before,
    coalesce(n.confidence_sum / nullif(n.predictions, 0), 'NaN') AS confidence,
    coalesce(b.confidence_sum / nullif(b.predictions, 0), 'NaN') AS confidence_before,
    coalesce(
        (n.labelled_confidence_sum - n.correct) / nullif(n.labelled, 0), 'NaN'
    )::double precision AS overconfidence,
    coalesce(s.stability_index, 'NaN') AS stability_index,
    coalesce(n.latency_ms_sum / nullif(n.predictions, 0) / 1000, 'NaN') AS latency_seconds,
    coalesce(b.predictions, 0) AS predictions_before
FROM (SELECT DISTINCT d.model FROM ops.model_days AS d) AS known
LEFT JOIN weeks AS n ON n.model = known.model AND n.this_week
LEFT JOIN weeks AS b ON b.model = known.model AND NOT b.this_week
LEFT JOIN stability AS s ON s.model = known.model;

COMMENT ON VIEW ops.metric_models IS
    'One row a model that predicted in the last 35 days: the last week beside the four before it, as '
    'of the last footing refresh.';
COMMENT ON COLUMN ops.metric_models.model IS
    'The model''s label.';
COMMENT ON COLUMN ops.metric_models.predictions IS
    'Predictions of the last week.';
COMMENT ON COLUMN ops.metric_models.labelled IS
    'Those of which it is known what was right.';
COMMENT ON COLUMN ops.metric_models.accuracy IS
    'Share of the labelled that were right.';
COMMENT ON COLUMN ops.metric_models.accuracy_before IS
    'The same of the four weeks before.';
COMMENT ON COLUMN ops.metric_models.confidence IS
    'Mean confidence.';
COMMENT ON COLUMN ops.metric_models.confidence_before IS
    'The same of the four weeks before.';
COMMENT ON COLUMN ops.metric_models.overconfidence IS
    'Mean confidence of the labelled less their accuracy: above 0 it promises more than it keeps.';
COMMENT ON COLUMN ops.metric_models.stability_index IS
    'Population stability index of the confidence: below 0.1 nothing moved, above 0.25 much did.';
COMMENT ON COLUMN ops.metric_models.latency_seconds IS
    'Mean time of a prediction.';
COMMENT ON COLUMN ops.metric_models.predictions_before IS
    'Predictions of the four weeks before.';

GRANT SELECT ON ops.metric_models TO monitoring;
