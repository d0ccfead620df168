"""Agents, decisions, models, predictions: their rules, where a project comes from, what goes with what."""

from typing import Any

import pytest
from psycopg import errors
from psycopg.types.json import Jsonb

from tests.support.webtest import TABLES, add, agents, decision, message, model, prediction, rows
from tests.webtest.conftest import Bench

AGENT_TYPES = ["requirements", "generation", "execution", "observation", "analysis", "evolution"]
STATUSES = ["active", "inactive", "deprecated"]
SHARE = ([0, 1, 0.5], [-0.01, 1.01, "NaN"])
DURATION = ([0, 0.001, 1e9], [-0.001, "NaN", "Infinity"])
OBJECT = ([Jsonb({}), Jsonb({"a": [1]})], [Jsonb([]), Jsonb("a"), Jsonb(None)])
LABELS = (
    ["MODEL-000000", "MODEL-1000000"],
    ["MODEL-00001", "TEST-000001", "MODEL-000001 ", "model-000001"],
)

# (constraint, column, what is taken, what is refused)
EDGES: list[tuple[str, str, list[Any], list[Any]]] = [
    ("agents_agent_id_is_not_blank_check", "agent_id", ["x"], ["", " "]),
    ("agents_agent_type_check", "agent_type", AGENT_TYPES, ["manager", "Generation"]),
    ("agents_status_check", "status", STATUSES, ["deleted"]),
    ("agent_decisions_agent_type_check", "agent_type", [], ["manager"]),
    ("agent_decisions_decision_type_is_not_blank_check", "decision_type", ["x"], ["", " "]),
    ("agent_decisions_context_is_an_object_check", "context", *OBJECT),
    ("agent_decisions_confidence_score_check", "confidence_score", *SHARE),
    ("agent_decisions_execution_time_ms_is_a_duration_check", "execution_time_ms", *DURATION),
    ("agent_messages_message_type_is_not_blank_check", "message_type", ["x"], ["", " "]),
    ("agent_messages_status_check", "status", ["sent", "delivered", "failed"], ["queued", "Sent"]),
    ("agent_messages_attempts_are_limited_check", "attempts", [0], [-1, 6]),
    ("agent_messages_attempts_are_limited_check", "max_attempts", [1, 99], [0, -1]),
    ("agent_messages_sent_is_not_attempted_check", "attempts", [], [1]),
    ("agent_messages_only_delivered_is_leased_check", "leased_until", [None], ["2099-01-01Z"]),
    ("agent_messages_processed_has_a_time_check", "status", [], ["processed"]),
    ("agent_messages_processed_has_a_time_check", "processed_at", [None], ["2099-01-01Z"]),
    ("ml_models_model_id_is_a_label_check", "model_id", *LABELS),
    ("ml_models_name_is_not_blank_check", "name", ["x"], ["", " "]),
    ("ml_models_version_is_not_blank_check", "version", ["x"], ["", " "]),
    ("ml_models_model_type_check", "model_type", ["generation", "analysis", "evolution"], ["execution"]),
    ("ml_models_metrics_is_an_object_check", "metrics", *OBJECT),
    ("ml_models_status_check", "status", ["active", "archived", "deprecated"], ["inactive"]),
    (
        "predictions_features_is_an_object_or_array_check",
        "features",
        [Jsonb({}), Jsonb([1, 2])],
        [Jsonb("a"), Jsonb(1), Jsonb(None)],
    ),
    ("predictions_confidence_check", "confidence", *SHARE),
    ("predictions_latency_ms_is_a_duration_check", "latency_ms", *DURATION),
]
MAKERS = {"agent_decisions": decision, "agent_messages": message, "ml_models": model}


def _put(bench: Bench, table: str, model_key: int, /, **row: Any) -> Any:
    """Insert one row of that table into Apollo as the superuser."""
    if table == "agents":
        return add(
            bench, table, project_id=bench.apollo, **{"agent_id": "n", "agent_type": "analysis", **row}
        )
    if table == "predictions":
        return prediction(bench, model_key, **row)
    return MAKERS[table](bench, bench.apollo, **row)


def _table(rule: str) -> str:
    return next(table for table in TABLES if rule.startswith(f"{table}_"))


def test_every_check_takes_the_documents_values_and_refuses_what_lies_beyond(bench: Bench) -> None:
    model_id = rows(bench, bench.apollo)["ml_models"]

    for rule, column, taken, refused in EDGES:
        for value in taken:
            with bench.db.admin.transaction(force_rollback=True):
                assert _put(bench, _table(rule), model_id, **{column: value}), (rule, value)
        for value in refused:
            with pytest.raises(errors.CheckViolation) as refusal:
                _put(bench, _table(rule), model_id, **{column: value})
            assert refusal.value.diag.constraint_name == rule, value


def test_every_check_is_tested_above(bench: Bench) -> None:
    found = bench.db.admin.execute(
        "SELECT k.conname FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = k.conrelid"
        " WHERE k.contype = 'c' AND NOT c.relispartition AND c.relname = ANY (%s)"
        " AND c.relnamespace = 'webtest'::regnamespace",
        [TABLES],
    )

    assert {row[0] for row in found} == {edge[0] for edge in EDGES}


DECIDE = (
    "INSERT INTO webtest.agent_decisions (agent_id, agent_type, decision_type, context, decision,"
    " confidence_score, execution_time_ms) VALUES (%s, 'generation', 'd', '{}', '{}', 0.9, 5)"
)
SEND = (
    "INSERT INTO webtest.agent_messages (sender_id, receiver_id, message_type, payload)"
    " VALUES (%s, 'analysis_agent_001', 'm', '{}')"
)


@pytest.mark.parametrize("insert", [DECIDE, SEND])
def test_a_project_left_out_is_the_one_that_has_the_agents_and_may_be_written(
    bench: Bench, insert: str
) -> None:
    label = "generation_agent_001"
    table = insert.split()[2]
    last = f"SELECT project_id FROM {table} ORDER BY id DESC LIMIT 1"

    with pytest.raises(errors.ForeignKeyViolation, match="no project you may write to") as unknown:
        bench.run("editor", insert, label)
    agents(bench, bench.apollo)
    agents(bench, bench.borealis)
    bench.run("editor", insert, label)  # otto's agents don't count
    alone = bench.value(last)
    with pytest.raises(errors.ForeignKeyViolation, match="no project you may write to"):
        bench.run("viewer", insert, label)
    bench.grant(bench.editor, bench.borealis, "viewer")
    bench.run("editor", insert, label)  # nor do those she may only read
    reader = bench.value(last)
    bench.db.admin.execute("UPDATE core.user_project_access SET access_level = 'editor'")
    with pytest.raises(errors.CardinalityViolation, match="more than one project") as several:
        bench.run("editor", insert, label)
    with bench.db.session("authenticated_users", bench.editor) as session:
        session.execute("SELECT set_config('app.project_id', %s, true)", [str(bench.borealis)])
        session.execute(insert.encode(), [label])
    named = bench.value(last)

    assert (alone, reader, named) == (bench.apollo, bench.apollo, bench.borealis)
    assert "Register it first" in unknown.value.diag.message_hint
    assert "app.project_id" in several.value.diag.message_hint


def test_a_receiver_tells_which_of_two_projects_a_message_is_of(bench: Bench) -> None:
    for project in (bench.apollo, bench.borealis):
        add(bench, "agents", agent_id="generation_agent_001", project_id=project, agent_type="generation")
    add(bench, "agents", agent_id="analysis_agent_001", project_id=bench.borealis, agent_type="analysis")
    bench.grant(bench.editor, bench.borealis, "editor")

    bench.run("editor", SEND, "generation_agent_001")

    assert bench.value("SELECT array_agg(project_id) FROM webtest.agent_messages") == [bench.borealis]


def test_an_agent_and_a_model_without_a_project_are_of_the_only_one_that_may_be_written(
    bench: Bench,
) -> None:
    agent = "INSERT INTO webtest.agents (agent_id, agent_type) VALUES ('a', 'analysis')"
    made = (
        "INSERT INTO webtest.ml_models (model_id, name, version, model_type, framework, metrics,"
        " artifact_path, status, created_by)"
        " VALUES (%s, 'n', '1', 'analysis', 'f', '{}', 'p', 'active', %s)"
    )

    bench.run("editor", agent)
    bench.run("editor", made, "MODEL-000042", bench.editor)
    bench.grant(bench.editor, bench.borealis, "editor")
    for insert, arguments in ((agent, []), (made, ["MODEL-000043", bench.editor])):
        with pytest.raises(errors.NotNullViolation, match="needs a project_id") as refusal:
            bench.run("editor", insert, *arguments)
        assert "app.project_id" in refusal.value.diag.message_hint

    assert bench.value("SELECT array_agg(project_id) FROM webtest.agents") == [bench.apollo]
    assert bench.value("SELECT array_agg(project_id) FROM webtest.ml_models") == [bench.apollo]


def test_a_models_label_is_made_from_its_number_and_grows_past_six_digits(bench: Bench) -> None:
    label = "SELECT model_id FROM webtest.ml_models WHERE id = %s"
    first = model(bench, bench.apollo)
    taken = model(bench, bench.borealis, model_id=f"MODEL-{first + 2:06}")
    after = model(bench, bench.apollo)
    bench.db.admin.execute("ALTER TABLE webtest.ml_models ALTER id RESTART WITH 1000000")
    millionth = model(bench, bench.apollo)

    assert bench.value(label, first) == f"MODEL-{first:06}"
    assert after == taken + 2  # taken + 1 is the number of the label that was given
    assert bench.value(label, after) == f"MODEL-{after:06}"
    assert bench.value(label, millionth) == "MODEL-1000000"
    with pytest.raises(errors.UniqueViolation) as refusal:
        model(bench, bench.apollo, model_id="MODEL-1000000")
    assert refusal.value.diag.constraint_name == "ml_models_model_id_key"


def test_a_prediction_takes_project_name_and_version_from_its_model(bench: Bench) -> None:
    ours, theirs = model(bench, bench.apollo, version="2.1"), model(bench, bench.borealis)
    insert = (
        "INSERT INTO webtest.predictions (model_id, features, prediction, confidence, latency_ms)"
        " VALUES (%s, '{}', 1, 0.5, 2)"
    )

    bench.run("editor", insert, ours)
    for absent in (theirs, 1_000_000):
        with pytest.raises(errors.ForeignKeyViolation, match=f"there is no model {absent}"):
            bench.run("editor", insert, absent)

    row = bench.db.admin.execute("SELECT project_id, model_name, model_version FROM webtest.predictions")
    assert row.fetchall() == [(bench.apollo, "flaky", "2.1")]


def test_a_prediction_does_not_contradict_its_model(bench: Bench) -> None:
    made = model(bench, bench.apollo)

    for wrong in ({"model_name": "other"}, {"model_version": "9"}, {"project_id": bench.borealis}):
        with pytest.raises(errors.ForeignKeyViolation) as refusal:
            prediction(bench, made, **wrong)
        assert refusal.value.diag.constraint_name == "predictions_model_id_fkey", wrong
    bench.run("editor", "UPDATE webtest.ml_models SET version = '1.1'")  # nothing predicted yet
    prediction(bench, made)
    for rename in ("name = 'other'", "version = '9'"):
        with pytest.raises(errors.ForeignKeyViolation):
            bench.run("editor", f"UPDATE webtest.ml_models SET {rename}")

    assert bench.value("SELECT model_version FROM webtest.predictions") == "1.1"


def test_a_decision_is_of_its_agents_type(bench: Bench) -> None:
    agents(bench, bench.apollo)

    with pytest.raises(errors.ForeignKeyViolation) as refusal:
        decision(bench, bench.apollo, agent_type="analysis")
    left_out = decision(bench, bench.apollo, agent_type=None)
    with pytest.raises(errors.ForeignKeyViolation, match="has no agent nobody_001"):
        decision(bench, bench.apollo, agent_id="nobody_001", agent_type=None)

    assert refusal.value.diag.constraint_name == "agent_decisions_agent_id_fkey"
    query = "SELECT agent_type FROM webtest.agent_decisions WHERE id = %s"
    assert bench.value(query, left_out) == "generation"


# table → the foreign key that ties it to another row of its project, and what would break it
COMPOSITE = {
    "agent_decisions_agent_id_fkey": ("agent_decisions", {"agent_id": "theirs"}),
    "agent_messages_sender_id_fkey": ("agent_messages", {"sender_id": "theirs"}),
    "agent_messages_receiver_id_fkey": ("agent_messages", {"receiver_id": "theirs"}),
    "predictions_model_id_fkey": ("predictions", {}),
}


def test_a_row_does_not_point_into_another_project(bench: Bench) -> None:
    rows(bench, bench.apollo)
    add(bench, "agents", agent_id="theirs", project_id=bench.borealis, agent_type="generation")
    theirs = model(bench, bench.borealis)

    for key, (table, wrong) in COMPOSITE.items():
        extra = {"project_id": bench.apollo} if table == "predictions" else {}
        with pytest.raises(errors.ForeignKeyViolation) as refusal:
            _put(bench, table, theirs, **wrong, **extra)
        assert refusal.value.diag.constraint_name == key

    found = bench.db.admin.execute(
        "SELECT k.conname FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = k.conrelid"
        " WHERE k.contype = 'f' AND NOT c.relispartition AND c.relname = ANY (%s)"
        " AND c.relnamespace = 'webtest'::regnamespace AND k.conparentid = 0"
        " AND k.confrelid <> ALL ('{core.users,core.projects}'::regclass[])",
        [TABLES],
    )
    assert {row[0] for row in found} == set(COMPOSITE)


def test_a_log_is_never_rewritten_not_even_by_its_owner(bench: Bench) -> None:
    rows(bench, bench.apollo)

    for statement in (
        "UPDATE webtest.agent_decisions SET confidence_score = 1",
        "UPDATE webtest.predictions SET prediction = 2",
        "UPDATE webtest.predictions SET ground_truth = 1, latency_ms = 0",
        "DELETE FROM webtest.agent_decisions",
        "DELETE FROM webtest.predictions",
        "TRUNCATE webtest.agent_decisions",
        "TRUNCATE webtest.predictions",
    ):
        with pytest.raises(errors.RestrictViolation, match="is append-only"):
            bench.db.admin.execute(statement.encode())

    assert bench.value("SELECT count(*) FROM webtest.agent_decisions, webtest.predictions") == 1


def test_the_ground_truth_is_said_once(bench: Bench) -> None:
    one = rows(bench, bench.apollo)["predictions"]
    say = "UPDATE webtest.predictions SET ground_truth = %s WHERE id = %s"

    first = bench.run("editor", say, 0, one)
    again = bench.run("editor", say, 0, one)
    for other in (1, None):
        with pytest.raises(errors.RestrictViolation, match="append-only") as refusal:
            bench.run("editor", say, other, one)

    assert (first, again) == (1, 1)
    assert "only once" in refusal.value.diag.message_hint
    assert bench.value("SELECT ground_truth FROM webtest.predictions") == 0


def test_what_has_a_history_is_not_deleted(bench: Bench) -> None:
    rows(bench, bench.apollo)
    bench.db.admin.execute("UPDATE webtest.agent_messages SET status = 'failed'")

    for part, statement in (
        ("manager", "DELETE FROM webtest.agents WHERE agent_id = 'generation_agent_001'"),
        ("manager", "DELETE FROM webtest.agents WHERE agent_id = 'analysis_agent_001'"),
        ("manager", "DELETE FROM webtest.ml_models"),
    ):
        with pytest.raises(errors.ForeignKeyViolation, match="is still referenced"):
            bench.run(part, statement)

    assert bench.value("SELECT count(*) FROM webtest.agents") == 2


def test_a_deleted_project_takes_every_row_along_and_no_other(bench: Bench) -> None:
    rows(bench, bench.apollo)
    theirs = rows(bench, bench.borealis)
    bench.run("manager", "UPDATE core.projects SET status = 'deleted'")

    deleted = bench.run("admin", "DELETE FROM core.projects WHERE status = 'deleted'")

    assert deleted == 1
    for table in TABLES:
        left = bench.value(f"SELECT array_agg(DISTINCT project_id) FROM webtest.{table}")
        assert left == [bench.borealis], table
    assert bench.value("SELECT min(id) FROM webtest.predictions") == theirs["predictions"]


def test_a_person_decided_for_stays_as_a_pseudonym_and_a_models_author_may_go(bench: Bench) -> None:
    rows(bench, bench.apollo)
    ada = bench.person("ada")
    bench.grant(ada, bench.apollo, "editor")
    made = model(bench, bench.apollo, created_by=ada)
    bench.run("editor", DECIDE, "generation_agent_001")

    bench.db.admin.execute("DELETE FROM core.users WHERE id = %s", [ada])
    with pytest.raises((errors.ForeignKeyViolation, errors.RestrictViolation)):
        bench.db.admin.execute("DELETE FROM core.users WHERE id = %s", [bench.editor])
    bench.run("admin", f"SELECT core.erase_user({bench.editor})")

    assert bench.value("SELECT created_by FROM webtest.ml_models WHERE id = %s", made) is None
    users = bench.value("SELECT array_agg(user_id ORDER BY id) FROM webtest.agent_decisions")
    assert users == [None, bench.editor]
