-- Reverses 0067_create_ml_models.
--
-- Loses:    table webtest.ml_models

DROP TABLE webtest.ml_models;
DROP FUNCTION webtest.tg_ml_models__default_model_id();
