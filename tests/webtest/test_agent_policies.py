"""Agents, decisions, messages, models, predictions: a viewer reads, an editor writes, a manager deletes."""

import pytest
from psycopg import errors

from tests.support.webtest import TABLES, rows
from tests.webtest.conftest import Bench

PARTS = ["nobody", "outsider", "viewer", "editor", "manager", "owner", "admin"]
READS = {"viewer", "editor", "manager", "owner"}
WRITES = {"editor", "manager", "owner"}
MANAGES = {"manager", "owner"}

ADD = {
    "agents": "(project_id, agent_id, agent_type) VALUES ({0}, 'another', 'evolution')",
    "agent_decisions": "(project_id, agent_id, decision_type, context, decision, confidence_score,"
    " execution_time_ms) VALUES ({0}, 'generation_agent_001', 'd', '{{}}', '1', 0, 0)",
    "agent_messages": "(project_id, sender_id, receiver_id, message_type, payload)"
    " VALUES ({0}, 'generation_agent_001', 'analysis_agent_001', 'm', '1')",
    "ml_models": "(project_id, name, version, model_type, framework, metrics, artifact_path)"
    " VALUES ({0}, 'n', '2', 'analysis', 'f', '{{}}', 'p')",
    "predictions": "(project_id, model_id, model_name, model_version, features, prediction, confidence,"
    " latency_ms) VALUES ({0}, {1}, 'flaky', '1.0', '{{}}', 1, 0, 0)",
}
CHANGE = {
    "agents": "description = 'changed'",
    "agent_messages": "last_error = 'changed'",
    "ml_models": "artifact_path = 'changed'",
    "predictions": "ground_truth = 1",
}


def test_rows_are_seen_by_the_projects_people_and_no_other(bench: Bench) -> None:
    rows(bench, bench.apollo)
    rows(bench, bench.borealis)

    for role in ("authenticated_users", "readonly_users"):
        for part in PARTS:
            for table in TABLES:
                seen = bench.ids(role, part, f"SELECT project_id FROM webtest.{table}")
                expected = {bench.apollo} if part in READS else set()
                expected |= {bench.borealis} if part == "outsider" else set()
                assert seen == expected, (role, part, table)

    for table in TABLES:
        assert bench.value(f"SELECT count(DISTINCT project_id) FROM webtest.{table}") == 2, table


def test_rows_are_added_by_who_edits_the_project(bench: Bench) -> None:
    ours = rows(bench, bench.apollo)

    for part in PARTS:
        for table in TABLES:
            insert = f"INSERT INTO webtest.{table} " + ADD[table].format(bench.apollo, ours["ml_models"])
            if table == "agent_decisions":
                insert = insert.replace("(project_id,", "(agent_type, project_id,")
                insert = insert.replace("VALUES (", "VALUES ('generation', ")
            with bench.db.session("authenticated_users", bench.id_of(part), commit=False) as session:
                try:
                    added = session.execute(insert.encode()).rowcount
                except errors.InsufficientPrivilege as refusal:
                    assert "row-level security" in str(refusal), (part, table)
                    added = 0
            assert added == (1 if part in WRITES else 0), (part, table)


def test_rows_are_changed_by_who_edits_the_project(bench: Bench) -> None:
    rows(bench, bench.apollo)
    rows(bench, bench.borealis)

    for part in PARTS:
        for table, change in CHANGE.items():
            with bench.db.session("authenticated_users", bench.id_of(part), commit=False) as session:
                update = f"UPDATE webtest.{table} SET {change} WHERE project_id = {bench.apollo}"
                changed = session.execute(update.encode()).rowcount
            count = bench.value(f"SELECT count(*) FROM webtest.{table} WHERE project_id = %s", bench.apollo)
            assert changed == (count if part in WRITES else 0), (part, table)


def test_agents_models_and_ended_messages_are_deleted_by_who_manages_the_project(bench: Bench) -> None:
    rows(bench, bench.apollo)
    bench.db.admin.execute("UPDATE webtest.agent_messages SET status = 'failed'")
    bench.run("editor", f"INSERT INTO webtest.agents {ADD['agents'].format(bench.apollo)}")
    bench.run("editor", f"INSERT INTO webtest.ml_models {ADD['ml_models'].format(bench.apollo)}")
    unused = {
        "agents": "agent_id = 'another'",
        "ml_models": "name = 'n'",
        "agent_messages": "status = 'failed'",
    }

    for part in PARTS:
        for table, which in unused.items():
            with bench.db.session("authenticated_users", bench.id_of(part), commit=False) as session:
                delete = f"DELETE FROM webtest.{table} WHERE {which}"
                deleted = session.execute(delete.encode()).rowcount
            assert deleted == (1 if part in MANAGES else 0), (part, table)
            assert bench.value(f"SELECT count(*) FROM webtest.{table} WHERE {which}") == 1


def test_a_message_that_waits_is_not_deleted(bench: Bench) -> None:
    rows(bench, bench.apollo)

    for status in ("sent", "delivered"):
        bench.db.admin.execute("UPDATE webtest.agent_messages SET status = %s", [status])
        assert bench.run("manager", "DELETE FROM webtest.agent_messages") == 0, status

    assert bench.value("SELECT count(*) FROM webtest.agent_messages") == 1


REFUSED = [
    *(f"UPDATE webtest.{table} SET project_id = project_id" for table in TABLES),
    "UPDATE webtest.agents SET agent_type = agent_type",
    "UPDATE webtest.agent_decisions SET confidence_score = 1",
    "DELETE FROM webtest.agent_decisions",
    "DELETE FROM webtest.predictions",
    "UPDATE webtest.predictions SET prediction = 1",
    "UPDATE webtest.ml_models SET model_id = model_id",
    "UPDATE webtest.agent_messages SET payload = payload",
    "UPDATE webtest.agent_messages SET max_attempts = 9",
    "INSERT INTO webtest.agent_decisions (created_at) VALUES (now())",
    "INSERT INTO webtest.predictions (created_at) VALUES (now())",
    "SELECT * FROM webtest.mv_project_stats_data",
    *(f"TRUNCATE webtest.{table}" for table in TABLES),
]


def test_what_is_granted_to_nobody_is_refused_to_a_manager_too(bench: Bench) -> None:
    rows(bench, bench.apollo)

    for statement in REFUSED:
        with pytest.raises(errors.InsufficientPrivilege, match="permission denied"):
            bench.run("manager", statement)


def test_readers_write_nothing_and_other_groups_see_nothing(bench: Bench) -> None:
    ours = rows(bench, bench.apollo)

    for table in TABLES:
        changes = [
            f"INSERT INTO webtest.{table} " + ADD[table].format(bench.apollo, ours["ml_models"]),
            f"UPDATE webtest.{table} SET {CHANGE.get(table, 'agent_id = NULL')}",
            f"DELETE FROM webtest.{table}",
        ]
        refused = [("readonly_users", change) for change in changes]
        refused += [(role, f"SELECT * FROM webtest.{table}") for role in ("authenticator", "monitoring")]
        for role, statement in refused:
            with (
                pytest.raises(errors.InsufficientPrivilege, match="permission denied"),
                bench.db.session(role, bench.manager) as session,
            ):
                session.execute(statement.encode())
        assert bench.value(f"SELECT count(*) FROM webtest.{table}") > 0


def test_nobody_acts_for_somebody_else(bench: Bench) -> None:
    rows(bench, bench.apollo)
    decide = "INSERT INTO webtest.agent_decisions (user_id, agent_type, " + ADD["agent_decisions"][
        1:
    ].format(bench.apollo).replace("VALUES (", "VALUES (%s, 'generation', ")
    register = "INSERT INTO webtest.ml_models (created_by, " + ADD["ml_models"][1:].format(
        bench.apollo
    ).replace("VALUES (", "VALUES (%s, ")

    for statement in (decide, register):
        for who in (bench.manager, bench.outsider):
            with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
                bench.run("editor", statement, who)
        assert bench.run("editor", statement, bench.editor) == 1
        assert bench.run("editor", statement, None) == 1


def test_a_load_writes_as_nobody_into_any_project(bench: Bench) -> None:
    ours = rows(bench, bench.apollo)

    with bench.db.session("bulk_loader") as session:
        for table in TABLES:
            insert = f"INSERT INTO webtest.{table} " + ADD[table].format(bench.apollo, ours["ml_models"])
            assert session.execute(insert.encode()).rowcount == 1, table

    assert bench.value("SELECT count(*) FROM webtest.agent_decisions WHERE user_id IS NULL") == 2


def test_a_change_is_in_the_audit_trail_without_the_projects_texts(bench: Bench) -> None:
    rows(bench, bench.apollo)

    bench.run("editor", "UPDATE webtest.agents SET description = 'plan', status = 'deprecated'")
    bench.run("editor", "UPDATE webtest.ml_models SET artifact_path = 'plan', status = 'archived'")

    trail = "SELECT changes FROM core.audit_logs WHERE resource = %s AND action = 'update' LIMIT 1"
    assert bench.value(trail, "webtest.agents") == {
        "description": {"redacted": True},
        "status": {"old": "active", "new": "deprecated"},
    }
    assert bench.value(trail, "webtest.ml_models") == {
        "artifact_path": {"redacted": True},
        "status": {"old": "active", "new": "archived"},
    }
