-- model_drift
--
-- Question: Which models predict worse, or other things, than they used to?
-- Read:     the last week beside the four weeks before, as of the last footing refresh. accuracy is of
--           those whose ground truth is known; stability_index says how far the confidence moved (0.1
--           a little, 0.25 much), overconfidence how much more a model promises than it keeps.
-- Do:       look first at what it was given: a new product, browser or format. Then train it anew, or
--           retire it (webtest.ml_models.status). Without ground truth nothing is known: label some.
SELECT
    m.model,
    m.predictions,
    m.labelled,
    round(nullif(m.accuracy, 'NaN')::numeric, 3) AS accuracy,
    round(nullif(m.accuracy_before, 'NaN')::numeric, 3) AS accuracy_before,
    round(nullif(m.confidence, 'NaN')::numeric, 3) AS confidence,
    round(nullif(m.confidence_before, 'NaN')::numeric, 3) AS confidence_before,
    round(nullif(m.overconfidence, 'NaN')::numeric, 3) AS overconfidence,
    round(nullif(m.stability_index, 'NaN')::numeric, 3) AS stability_index,
    round(nullif(m.latency_seconds, 'NaN')::numeric, 3) AS latency_seconds,
    CASE
        WHEN m.predictions = 0 THEN 'it has fallen silent'
        WHEN m.labelled >= 30 AND m.accuracy < m.accuracy_before - 0.05
            AND m.accuracy_before <> 'NaN'
            THEN 'less accurate: train it anew, or retire it'
        WHEN m.predictions >= 100 AND m.stability_index > 0.25 AND m.stability_index <> 'NaN'
            THEN 'its confidence moved: what is it given now?'
        WHEN m.labelled >= 30 AND m.overconfidence > 0.1 THEN 'overconfident: calibrate it'
        WHEN m.predictions >= 100 AND m.labelled < 0.01 * m.predictions
            THEN 'nobody says what was right: label a sample'
    END AS advice
FROM ops.metric_models AS m
ORDER BY nullif(m.accuracy_before - m.accuracy, 'NaN') DESC NULLS LAST, m.model;
