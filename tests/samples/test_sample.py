"""make sample: rows that satisfy every rule, the same each time, and gone again without a trace."""

import os
import signal
import subprocess
import sys

import psycopg
import pytest

from tests.support.database import Database
from tests.support.footing import ROOT, Footing
from tests.support.waiting import wait_until

UNTIL = "2026-03-15T12:00:00"
# Of a load of scale 0.001 until then. Whoever changes a sample file changes this; a version must not.
FINGERPRINT = "512ccd160b151e48fcbf85743d28d772"

TABLES = """
    SELECT c.oid::regclass::text
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname IN ('core', 'webtest', 'atmosfera', 'apex', 'assistant', 'copilot', 'ops')
        AND c.relkind IN ('r', 'p')
        AND NOT c.relispartition
    ORDER BY c.oid::regclass::text
"""
# What the clock writes: owners' access, who ever had access, when the last message came.
CLOCK = {
    "core.user_project_access": "'{created_at,updated_at}'::text[]",
    "core.project_members": "'joined_at'",
    "apex.account_members": "'{created_at,updated_at}'::text[]",
    "copilot.conversations": "'updated_at'",
}
# Each returns rows that break a rule which no constraint holds.
OFFENDERS = {
    "an item's status is that of its latest run": """
        SELECT i.id FROM atmosfera.test_cycle_items AS i
        JOIN (
            SELECT DISTINCT ON (r.cycle_item_id) r.cycle_item_id, r.status
            FROM atmosfera.test_runs AS r
            ORDER BY r.cycle_item_id, r.executed_at DESC, r.id DESC
        ) AS l ON l.cycle_item_id = i.id
        WHERE i.status <> l.status""",
    "a case's vector is of its text": """
        SELECT id FROM webtest.test_cases
        WHERE tsv <> setweight(to_tsvector('english', title), 'A')
            || setweight(to_tsvector('english', description), 'B')""",
    "an execution is of its case's project": """
        SELECT e.id FROM webtest.test_executions AS e
        JOIN webtest.test_cases AS c ON c.id = e.test_id
        WHERE c.project_id <> e.project_id""",
    "an owner manages their project": """
        SELECT p.id FROM core.projects AS p
        LEFT JOIN core.user_project_access AS a ON a.project_id = p.id AND a.user_id = p.owner_id
        WHERE a.access_level IS DISTINCT FROM 'manager'""",
    "whoever has access is a member": """
        SELECT a.user_id FROM core.user_project_access AS a
        LEFT JOIN core.project_members AS m USING (project_id, user_id)
        WHERE m.user_id IS NULL""",
    "whoever ran something is or was a member": """
        SELECT e.id FROM webtest.test_executions AS e
        LEFT JOIN core.project_members AS m USING (project_id, user_id)
        WHERE m.user_id IS NULL AND e.user_id IS NOT NULL""",
    "nothing is in the future": """
        SELECT id FROM webtest.test_executions WHERE created_at > now()
        UNION ALL SELECT id FROM core.audit_logs WHERE created_at > now()""",
    "nothing was changed before it was made": """
        SELECT id FROM webtest.test_cases WHERE updated_at < created_at
        UNION ALL SELECT id FROM atmosfera.test_cases WHERE updated_at < created_at
        UNION ALL SELECT id FROM core.projects WHERE updated_at < created_at""",
    "the audit trail does not tell of the loading": """
        SELECT id FROM core.audit_logs
        WHERE created_at > now() - interval '5 minutes'
            AND username NOT LIKE '%@%'
            AND resource NOT IN ('atmosfera.maturity_dimensions', 'atmosfera.maturity_levels')""",
    "a decision is of its agent's project, a prediction of its model's": """
        SELECT d.id FROM webtest.agent_decisions AS d
        JOIN webtest.agents AS a USING (agent_id, project_id) WHERE a.agent_type <> d.agent_type
        UNION ALL SELECT p.id FROM webtest.predictions AS p
        JOIN webtest.ml_models AS m ON m.id = p.model_id WHERE m.project_id <> p.project_id""",
    "a conversation knows its last number, and has every one up to it": """
        SELECT 1 FROM copilot.conversations AS c
        LEFT JOIN (
            SELECT conversation_id, max(sequence_number) AS latest, count(*) AS messages
            FROM copilot.messages GROUP BY conversation_id
        ) AS m USING (conversation_id)
        WHERE c.last_sequence_number <> coalesce(m.latest, 0) OR m.latest <> m.messages""",
    "a document has a row for each version it left behind": """
        SELECT 1 FROM copilot.documents AS d
        WHERE d.version - 1 <> (
            SELECT count(*) FROM copilot.document_versions AS v WHERE v.document_id = d.document_id)""",
    "an estimate's etag names it and its version": """
        SELECT project_id FROM apex.projects WHERE etag <> format('"%s-%s"', project_id, version)""",
    "the change feed does not tell of the loading": "SELECT change_id FROM assistant.changes",
    "a new row gets an id behind the sample's": """
        SELECT c.id FROM webtest.test_cases AS c
        CROSS JOIN pg_sequence_last_value('webtest.test_cases_id_seq') AS s (last)
        WHERE c.id > s.last""",
}
# Each returns no row where a state or an edge is missing.
EDGES = {
    "every result": """
        SELECT 1 FROM webtest.test_executions HAVING count(DISTINCT result) = 6""",
    "a message of 100 kB": """
        SELECT 1 FROM webtest.test_executions WHERE length(error_message) > 100000""",
    "a case never run": """
        SELECT 1 FROM webtest.test_cases AS c
        WHERE NOT EXISTS (SELECT FROM webtest.test_executions AS e WHERE e.test_id = c.id)""",
    "a case run by one in twenty": """
        SELECT 1 FROM webtest.test_executions GROUP BY test_id HAVING count(*) > 50""",
    "other scripts": """
        SELECT 1 FROM webtest.test_cases WHERE title ~ '登录'""",
    "an empty description": "SELECT 1 FROM webtest.test_cases WHERE description = ''",
    "a person of every kind": """
        SELECT 1 FROM core.users
        HAVING bool_or(NOT is_active) AND bool_or(erased_at IS NOT NULL)
            AND bool_or(mfa_secret IS NOT NULL) AND bool_or(role = 'admin')""",
    "a person without a project": """
        SELECT 1 FROM core.users AS u WHERE is_active AND role <> 'admin'
            AND NOT EXISTS (SELECT FROM core.user_project_access AS a WHERE a.user_id = u.id)""",
    "a project of every status": """
        SELECT 1 FROM core.projects HAVING count(DISTINCT status) = 3""",
    "ninety days of executions": """
        SELECT 1 FROM webtest.test_executions
        HAVING max(created_at) - min(created_at) > interval '85 days'""",
    "a cycle without items": """
        SELECT 1 FROM atmosfera.test_cycles AS c
        WHERE NOT EXISTS (SELECT FROM atmosfera.test_cycle_items AS i WHERE i.cycle_id = c.id)""",
    "an item run twice, with another outcome": """
        SELECT 1 FROM atmosfera.test_runs GROUP BY cycle_item_id HAVING count(DISTINCT status) > 1""",
    "a ticket that nobody covers": """
        SELECT 1 FROM atmosfera.jira_tickets AS t
        WHERE NOT EXISTS (SELECT FROM atmosfera.test_case_jira_links AS l WHERE l.jira_ticket_id = t.id)""",
    "messages in every state": """
        SELECT 1 FROM webtest.agent_messages HAVING count(DISTINCT status) >= 3""",
    "a model without predictions": """
        SELECT 1 FROM webtest.ml_models AS m
        WHERE NOT EXISTS (SELECT FROM webtest.predictions AS p WHERE p.model_id = m.id)""",
    "estimates in every status": """
        SELECT 1 FROM apex.projects HAVING count(DISTINCT status) = 5""",
    "rules in every status": """
        SELECT 1 FROM assistant.rules HAVING count(DISTINCT status) = 4""",
    "a template without variables": """
        SELECT 1 FROM assistant.templates AS t WHERE NOT EXISTS (
            SELECT FROM assistant.template_variables AS v WHERE v.template_id = t.template_id)""",
    "a conversation without messages, and a long one": """
        SELECT 1 FROM copilot.conversations
        HAVING min(last_sequence_number) = 0 AND max(last_sequence_number) >= 500""",
    "measurements of three months": """
        SELECT 1 FROM atmosfera.metrics HAVING count(DISTINCT tableoid) >= 3""",
}


def _sample(
    footing: Footing, db: Database, *args: str, check: bool = False
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tools.sample", *args]
    env = footing.environment(db)
    return subprocess.run(
        command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=120, check=check
    )


def _load(footing: Footing, db: Database, scale: str = "0.001") -> str:
    done = _sample(footing, db, "load", "--scale", scale, "--until", UNTIL)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _contents(db: Database, ignoring: str = "''") -> dict[str, str]:
    """Return a digest of every table, whatever the order of its rows."""
    digests = {}
    for (table,) in db.admin.execute(TABLES).fetchall():
        row = f"(to_jsonb(t) - {CLOCK.get(table, repr('tsv'))} - 'tsv' - 'search_vector')::text"
        query = (
            f"SELECT md5(string_agg(d, '' ORDER BY d)) FROM (SELECT md5({row}) AS d FROM {table} AS t) AS x"
        )
        digests[table] = db.admin.execute(query.encode()).fetchone()[0]
    return digests


def _fingerprint(db: Database) -> str:
    """Return one digest of the sample: migrations write rows with the time of the test into the rest."""
    loaded = [name for (name,) in db.admin.execute("SELECT step FROM footing_sample.steps ORDER BY step")]
    contents = _contents(db)
    return db.admin.execute(
        "SELECT md5(%s)",
        ["".join(contents.get(name) or "" for name in loaded if name != "core.audit_logs")],
    ).fetchone()[0]


def _catalogue(db: Database) -> list[tuple[str, str]]:
    return db.admin.execute(
        "SELECT c.oid::regclass::text,"
        " coalesce(string_agg(t.tgname || t.tgenabled::text, ' ' ORDER BY t.tgname), '')"
        " FROM pg_class AS c LEFT JOIN pg_trigger AS t ON t.tgrelid = c.oid AND NOT t.tgisinternal"
        " JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname !~ '^pg_'"
        " GROUP BY c.oid ORDER BY 1"
    ).fetchall()


def test_every_row_satisfies_every_rule_and_every_edge_is_there(
    migrated_db: Database, footing: Footing
) -> None:
    said = _load(footing, migrated_db)

    broken = {rule: rows for rule, query in OFFENDERS.items()
              if (rows := migrated_db.admin.execute(query.encode()).fetchmany(3))}  # fmt: skip
    missing = [edge for edge, query in EDGES.items()
               if not migrated_db.admin.execute(query.encode()).fetchone()]  # fmt: skip
    unsure = migrated_db.admin.execute(
        "SELECT conrelid::regclass, conname FROM pg_constraint WHERE NOT convalidated"
    ).fetchall()
    asleep = migrated_db.admin.execute(
        "SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgenabled = 'D'"
    ).fetchall()

    assert "the sample of scale 0.001 is loaded" in said
    assert broken == {}
    assert missing == []
    assert (unsure, asleep) == ([], [])
    assert _fingerprint(migrated_db) == FINGERPRINT


def test_removal_leaves_what_others_made_as_it_was(migrated_db: Database, footing: Footing) -> None:
    execute = migrated_db.admin.execute
    execute(
        "INSERT INTO core.users (username, email, password_hash)"
        " VALUES ('nora', 'nora@example.com', 'hash'), ('sam', 'sam@sample.invalid.example', 'hash')"
    )
    execute("INSERT INTO core.projects (name, owner_id) SELECT 'Real', min(id) FROM core.users")
    execute(
        "INSERT INTO webtest.test_cases (project_id, title, description, test_type)"
        " SELECT id, 'Ours', 'Stays', 'unit' FROM core.projects"
    )
    before, catalogue = _contents(migrated_db), _catalogue(migrated_db)

    _load(footing, migrated_db)
    loaded = _contents(migrated_db)
    execute("INSERT INTO core.user_project_access"
            " SELECT u.id, p.id FROM core.users AS u, core.projects AS p"
            " WHERE u.username = 'nora' AND p.name <> 'Real' LIMIT 1")  # fmt: skip
    again = _sample(footing, migrated_db, "load", "--scale", "0.002")
    removed = _sample(footing, migrated_db, "remove")

    assert loaded != before
    assert (again.returncode, "a sample of scale 0.001 is here" in again.stderr) == (1, True), again.stderr
    assert removed.returncode == 0, removed.stderr
    execute("SET session_replication_role = replica")  # nora's grant and its end are audited
    execute("DELETE FROM core.audit_logs WHERE resource = 'core.user_project_access'"
            " AND split_part(resource_id, '/', 2)::int NOT IN (SELECT id FROM core.projects)")  # fmt: skip
    assert _contents(migrated_db) == before
    assert _catalogue(migrated_db) == catalogue
    assert "there is no sample here" in _sample(footing, migrated_db, "remove", check=True).stdout


def test_a_load_that_was_stopped_goes_on_where_it_was(migrated_db: Database, footing: Footing) -> None:
    command = [sys.executable, "-m", "tools.sample", "load", "--scale", "0.001", "--until", UNTIL]
    migrated_db.admin.execute("BEGIN; LOCK TABLE atmosfera.assessments")  # so that it waits half-way

    loading = subprocess.Popen(
        command, env=footing.environment(migrated_db), cwd=ROOT, stderr=subprocess.PIPE, text=True
    )
    watcher = migrated_db.connect()

    def waits() -> bool:
        return watcher.execute(
            "SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name = 'footing sample'"
            " AND datname = current_database() AND wait_event_type = 'Lock'"
        ).fetchone()[0]

    wait_until(waits, 30, "the load never came to the locked table")
    os.kill(loading.pid, signal.SIGINT)
    _, complaint = loading.communicate(timeout=30)
    migrated_db.admin.execute("ROLLBACK")
    kept = watcher.execute("SELECT count(*) FROM webtest.test_executions").fetchone()[0]
    _load(footing, migrated_db)

    assert loading.returncode == 130, complaint
    assert "the same command goes on" in complaint
    assert kept == 1000
    assert _fingerprint(migrated_db) == FINGERPRINT


@pytest.mark.parametrize("login", ["test_deploy"])
def test_the_deploy_login_may_load_and_remove(migrated_db: Database, footing: Footing, login: str) -> None:
    url = migrated_db.url(login)

    for args in (["load", "--scale", "0.001"], ["remove"]):
        command = [sys.executable, "-m", "tools.sample", *args, "-d", url]
        done = subprocess.run(
            command, env=footing.environment(), cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    with psycopg.connect(migrated_db.url()) as connection:
        assert connection.execute("SELECT count(*) FROM webtest.test_cases").fetchone() == (0,)
