"""Each hot query of the five documents runs by the index that was made for it.

Under row security, as the application's role, with its commonest and its rarest parameter, on a sample
of 100,000 executions. What is compared is exact: which index, no big table read from end to end, and
how many buffers. Nothing is timed.
"""

from dataclasses import dataclass

import pytest

from tests.documents import test_000_queries as of_000
from tests.plans.conftest import Sample

pytestmark = pytest.mark.xdist_group("plans")


@dataclass(frozen=True)
class Hot:
    """A query, the index its comment promises, and the most buffers it may read."""

    name: str
    query: str
    index: str | tuple[str, ...]  # of several, each run uses one
    buffers: int
    path: str = "webtest"
    analyst: bool = False  # asked by somebody of BA Copilot
    small: bool = False  # so few rows here that reading them all is right: shown that the index serves


EXECUTIONS = "idx_test_executions_"
HOT = [
    Hot(
        "dashboard, 7 days, 100 rows (000 §3.1)",
        of_000.DASHBOARD.replace("123", "{project}"),
        # Where one project has a large part of everything, walking the time reads even less.
        (f"{EXECUTIONS}project_id_created_at", f"{EXECUTIONS}created_at"),
        600,
    ),
    Hot(
        "history of a test, 50 rows (000 §3.1)",
        of_000.HISTORY.replace("456", "{test}"),
        (f"{EXECUTIONS}test_id_created_at", f"{EXECUTIONS}created_at"),  # likewise of a test
        80,
    ),
    Hot(
        "failures of a project (000 §2.6)",
        "SELECT id, test_id, created_at, error_message FROM test_executions WHERE project_id = {project}"
        " AND result IN ('fail', 'error') ORDER BY created_at DESC LIMIT 50",
        (f"{EXECUTIONS}project_id_created_at_failed", f"{EXECUTIONS}created_at"),  # likewise
        80,
    ),
    Hot(
        "running executions of a project (000 §2.6)",
        "SELECT id, test_id, started_at FROM test_executions WHERE project_id = {project}"
        " AND result IN ('running', 'pending') ORDER BY started_at DESC LIMIT 50",
        f"{EXECUTIONS}project_id_started_at_running",
        80,
    ),
    Hot(
        "running executions of all projects",
        "SELECT id, test_id, started_at FROM test_executions"
        " WHERE result IN ('running', 'pending') ORDER BY started_at DESC LIMIT 50",
        f"{EXECUTIONS}project_id_started_at_running",
        120,
    ),
    Hot("latest of all projects (000 §3.2)", of_000.LATEST, f"{EXECUTIONS}created_at", 60),
    Hot(
        "what a person ran",
        "SELECT count(*) FROM test_executions WHERE user_id = {seldom}",
        f"{EXECUTIONS}user_id",
        3500,
    ),
    Hot(
        "active cases of all projects, latest 50 (000 §2.6)",
        "SELECT id, test_id, title FROM test_cases WHERE status = 'active'"
        " ORDER BY created_at DESC LIMIT 50",
        "idx_test_cases_created_at",
        300,
    ),
    Hot(
        "a project's active cases, latest 50 (000 §2.5)",
        "SELECT id, test_id, title FROM test_cases WHERE project_id = {project} AND status = 'active'"
        " ORDER BY created_at DESC LIMIT 50",
        "idx_test_cases_project_id_status_created_at",
        80,
    ),
    Hot(
        "what a person wrote",
        "SELECT count(*) FROM test_cases WHERE created_by = {seldom}",
        "idx_test_cases_created_by",
        400,
    ),
    Hot(
        "audit trail of a person (000 §2.3)",
        "SELECT * FROM audit_logs WHERE user_id = {person} AND created_at >= now() - interval '20 days'"
        " ORDER BY created_at DESC LIMIT 50",
        ("idx_audit_logs_user_id_created_at", "audit_logs_pkey"),  # who does half of it: by time
        200,
        "core",
    ),
    Hot(
        "a project's ready cases (001 §9.2)",
        "SELECT id, title FROM test_cases WHERE project_id = {project} AND status = 'ready'",
        "idx_test_cases_project_id_status",
        400,
        "atmosfera",
    ),
    Hot(
        "a project's tickets by status (001 §9.2)",
        "SELECT id, jira_key FROM jira_tickets WHERE project_id = {project} AND status = 'In Review'",
        "idx_jira_tickets_project_id_status",
        200,
        "atmosfera",
    ),
    Hot(
        "tickets due to be synchronised (001 §5.1)",
        "SELECT id, jira_key FROM jira_tickets WHERE project_id = {project} ORDER BY last_synced LIMIT 50",
        "idx_jira_tickets_project_id_last_synced",
        100,
        "atmosfera",
    ),
    Hot(
        "latest assessment of a dimension (001 §9.2)",
        "SELECT * FROM assessments WHERE project_id = {project} AND dimension_id = {dimension}"
        " ORDER BY assessment_date DESC, id DESC LIMIT 1",
        "idx_assessments_project_id_dimension_id_assessment_date",
        20,
        "atmosfera",
    ),
    Hot(
        "active recommendations (001 §9.2)",
        "SELECT * FROM recommendations WHERE project_id = {project} AND status = 'active'"
        " ORDER BY created_at DESC LIMIT 20",
        "idx_recommendations_project_id_status_created_at",
        60,
        "atmosfera",
    ),
    Hot(
        "runs of an item (001 §4.5)",
        "SELECT * FROM test_runs WHERE cycle_item_id = {item} ORDER BY executed_at DESC, id DESC LIMIT 20",
        "idx_test_runs_cycle_item_id_project_id_executed_at",
        20,
        "atmosfera",
    ),
    Hot(
        "latest runs of a project (001 §4.5)",
        "SELECT * FROM test_runs WHERE project_id = {project} ORDER BY executed_at DESC LIMIT 50",
        "idx_test_runs_project_id_executed_at",
        100,
        "atmosfera",
    ),
    Hot(
        "latest runs of a person (001 §4.5)",
        "SELECT * FROM test_runs WHERE executed_by = {person} ORDER BY executed_at DESC LIMIT 50",
        "idx_test_runs_executed_by",
        120,
        "atmosfera",
    ),
    Hot(
        "items of a cycle (001 §4.4)",
        "SELECT * FROM test_cycle_items WHERE cycle_id = {cycle}",
        "test_cycle_items_cycle_id_project_id_test_case_id_key",
        60,
        "atmosfera",
    ),
    Hot(
        "what a person still has to run (001 §4.4)",
        "SELECT * FROM test_cycle_items WHERE assigned_user_id = {person} AND status = 'not-run'",
        "idx_test_cycle_items_assigned_user_id",
        200,
        "atmosfera",
    ),
    Hot(
        "cycles of a case (001 §4.4)",
        "SELECT cycle_id FROM test_cycle_items WHERE test_case_id = {case}",
        "idx_test_cycle_items_test_case_id_project_id",
        60,
        "atmosfera",
    ),
    Hot(
        "cases of a suite (001 §4.2)",
        "SELECT id, title FROM test_cases WHERE suite_id = {suite}",
        "idx_test_cases_suite_id_project_id",
        100,
        "atmosfera",
    ),
    Hot(
        "cases of a ticket (001 §5.2)",
        "SELECT test_case_id FROM test_case_jira_links WHERE jira_ticket_id = {ticket}",
        "idx_test_case_jira_links_jira_ticket_id_project_id",
        20,
        "atmosfera",
    ),
    Hot(
        "latest synchronisations (001 §5.3)",
        "SELECT * FROM jira_sync_logs WHERE project_id = {project} ORDER BY started_at DESC LIMIT 10",
        "idx_jira_sync_logs_project_id_started_at",
        40,
        "atmosfera",
        small=True,
    ),
    Hot(
        "a series of a metric (001 §6.2)",
        "SELECT recorded_at, value FROM metrics WHERE project_id = {project} AND name = 'lead_time'"
        " ORDER BY recorded_at DESC LIMIT 30",
        "idx_metrics_project_id_name_recorded_at",
        120,
        "atmosfera",
    ),
    Hot(
        "documents of a type (001 §6.3)",
        "SELECT id, title FROM documents WHERE project_id = {project} AND type = 'report'",
        "idx_documents_project_id_type",
        200,
        "atmosfera",
    ),
    Hot(
        "documents of a folder (001 §6.3)",
        "SELECT id, title FROM documents WHERE folder_id = {folder}",
        "idx_documents_folder_id_project_id",
        200,
        "atmosfera",
        small=True,
    ),
    Hot(
        "cycles of a project (001 §4.3)",
        "SELECT id, name FROM test_cycles WHERE project_id = {project} ORDER BY start_date DESC LIMIT 20",
        "idx_test_cycles_project_id_start_date",
        60,
        "atmosfera",
        small=True,
    ),
    Hot(
        "coverage of a project (001 §8.1)",
        "SELECT * FROM test_coverage_summary WHERE project_id = {project}",
        "idx_test_case_jira_links_project_id_link_type",
        1000,
        "atmosfera",
    ),
    Hot(
        "maturity of a project (001 §8.2)",
        "SELECT * FROM maturity_progress WHERE project_id = {project} AND latest_rank = 1",
        "idx_assessments_project_id_dimension_id_assessment_date",
        200,
        "atmosfera",
        small=True,
    ),
    Hot(
        "maturity of a project now (001 §8.2)",
        "SELECT * FROM current_maturity WHERE project_id = {project}",
        "idx_assessments_project_id_dimension_id_assessment_date",
        60,
        "atmosfera",
        small=True,
    ),
    Hot(
        "execution summary of a cycle (001 §8.3)",
        "SELECT * FROM test_execution_summary WHERE cycle_id = {cycle}",
        "test_cycle_items_cycle_id_project_id_test_case_id_key",
        40,
        "atmosfera",
    ),
    Hot(
        "agent performance (000 §3.1)",
        "SELECT agent_id, decision_type, confidence_score, execution_time_ms, created_at"
        " FROM agent_decisions WHERE agent_id = '{agent}' AND confidence_score >= 0.8"
        " AND created_at >= now() - interval '24 hours'"
        " ORDER BY confidence_score DESC, created_at DESC LIMIT 100",
        "idx_agent_decisions_agent_id_created_at",
        200,
    ),
    Hot(
        "decisions of a project (000 §2.4)",
        "SELECT id, decision_type FROM agent_decisions WHERE project_id = {project}"
        " ORDER BY created_at DESC LIMIT 50",
        ("idx_agent_decisions_project_id_created_at", "idx_agent_decisions_created_at"),
        300,
    ),
    Hot(
        "predictions of a version of a model (000 §2.5)",
        "SELECT prediction, confidence, created_at FROM predictions WHERE model_id = {model}"
        " ORDER BY created_at DESC LIMIT 50",
        ("idx_predictions_model_id_created_at", "idx_predictions_created_at"),
        200,
    ),
    Hot(
        "predictions without ground truth (000 §2.6)",
        "SELECT id, created_at FROM predictions WHERE model_id = {model} AND ground_truth IS NULL"
        " ORDER BY created_at DESC LIMIT 50",
        (
            "idx_predictions_model_id_created_at_no_ground_truth",
            "idx_predictions_model_id_created_at",
            "idx_predictions_created_at",
        ),
        200,
    ),
    Hot(
        "unprocessed messages of an agent (000 §2.6)",
        "SELECT id FROM agent_messages WHERE receiver_id = '{receiver}' AND project_id = {project}"
        " AND status IN ('sent', 'delivered') ORDER BY id LIMIT 20",
        "idx_agent_messages_receiver_id_project_id_id_unprocessed",
        60,
    ),
    Hot(
        "an account's projects, latest first (002 §2)",
        "SELECT project_id, name, status FROM apex.projects WHERE account_id = {account}"
        " ORDER BY created_at DESC LIMIT 20",
        # Of a small account all are read and sorted, by whichever index begins with it.
        ("idx_projects_account_id_created_at", "idx_projects_account_id_status_created_at"),
        100,
        "apex",
    ),
    Hot(
        "an account's projects of one status (002 §2)",
        "SELECT project_id, name FROM apex.projects WHERE account_id = {account} AND status = 'draft'"
        " ORDER BY created_at DESC LIMIT 20",
        "idx_projects_account_id_status_created_at",
        100,
        "apex",
    ),
    Hot(
        "payloads of an estimate (002 §2)",
        "SELECT module, payload FROM project_payloads WHERE project_id = {estimate}",
        "idx_project_payloads_project_id_module_created_at",
        40,
        "apex",
    ),
    Hot(
        "events of an estimate (002 §2)",
        "SELECT event_type, data FROM project_events WHERE project_id = {estimate}"
        ' ORDER BY "timestamp" DESC LIMIT 20',
        "idx_project_events_project_id_timestamp",
        150,
        "apex",
    ),
    Hot(
        "one's latest documents (004 §2)",
        "SELECT document_id, project_name, status FROM documents"
        " WHERE user_id = core.current_user_uuid() ORDER BY updated_at DESC LIMIT 20",
        "idx_documents_user_id_updated_at_document_id",
        60,
        "copilot",
        analyst=True,
    ),
    Hot(
        "messages of a conversation (004 §4)",
        "SELECT role, content FROM messages WHERE conversation_id = '{conversation}'"
        " ORDER BY sequence_number LIMIT 50",
        "messages_conversation_id_sequence_number_key",
        100,
        "copilot",
        analyst=True,
    ),
    Hot(
        "violations of a rule (003)",
        "SELECT location, status FROM violations WHERE rule_id = '{rule}'"
        " ORDER BY detected_at DESC LIMIT 20",
        "idx_violations_rule_id_detected_at",
        60,
        "assistant",
    ),
    Hot(
        "rules of a category (003)",
        "SELECT rule_id, title FROM rules WHERE category = 'api' AND active",
        "idx_rules_category",
        200,
        "assistant",
        small=True,
    ),
    Hot(
        "practices of a category (003)",
        "SELECT practice_id, title FROM practices WHERE category = 'observability' AND is_active",
        "idx_practices_category",
        200,
        "assistant",
        small=True,
    ),
]


def parameters(sample: Sample) -> dict[str, dict[str, int | str]]:
    """Return the values of the placeholders: a common set, and a rare one."""

    def atmosfera(project: int) -> dict[str, int | str]:
        where = f"WHERE project_id = {project} ORDER BY id LIMIT 1"
        return {
            "cycle": sample.one(f"SELECT id FROM atmosfera.test_cycles {where}"),
            "item": sample.one(f"SELECT id FROM atmosfera.test_cycle_items {where}"),
            "case": sample.one(f"SELECT id FROM atmosfera.test_cases {where}"),
            "suite": sample.one(f"SELECT id FROM atmosfera.test_suites {where}"),
            "ticket": sample.one(f"SELECT id FROM atmosfera.jira_tickets {where}"),
            "folder": sample.one(f"SELECT id FROM atmosfera.document_folders {where}"),
        }

    seldom = sample.one(
        "SELECT user_id FROM webtest.test_executions WHERE user_id IS NOT NULL"
        " GROUP BY 1 ORDER BY count(*), 1 LIMIT 1"
    )
    often = sample.one(
        "SELECT executed_by FROM atmosfera.test_runs GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"
    )
    shared: dict[str, int | str] = {
        "seldom": seldom,
        "dimension": sample.one("SELECT min(id) FROM atmosfera.maturity_dimensions"),
    }
    with_items = sample.one(
        "SELECT project_id FROM atmosfera.test_cycle_items GROUP BY 1 ORDER BY count(*), 1 LIMIT 1"
    )
    common = {**shared, "project": sample.popular, "test": sample.popular_test, "person": often}
    rare = {**shared, "project": sample.rare, "test": sample.rare_test, "person": seldom}
    of_agents = "SELECT agent_id FROM webtest.agent_decisions GROUP BY 1 ORDER BY count(*)"
    of_accounts = "SELECT account_id FROM apex.projects GROUP BY 1 ORDER BY count(*)"
    of_models = "SELECT model_id FROM webtest.predictions GROUP BY 1 ORDER BY count(*)"
    of_events = "SELECT project_id FROM apex.project_events GROUP BY 1 ORDER BY count(*)"
    mine = (
        "SELECT c.conversation_id FROM copilot.conversations AS c"
        " JOIN core.users AS u USING (user_id) WHERE u.id = %s ORDER BY c.last_sequence_number"
    )
    shared["receiver"] = sample.one("SELECT min(receiver_id) FROM webtest.agent_messages")
    common |= shared | {
        "agent": sample.one(f"{of_agents} DESC, 1 LIMIT 1"),
        "account": sample.one(f"{of_accounts} DESC, 1 LIMIT 1"),
        "model": sample.one(f"{of_models} DESC, 1 LIMIT 1"),
        "estimate": sample.one(f"{of_events} DESC, 1 LIMIT 1"),
        "conversation": sample.one(f"{mine} DESC LIMIT 1", sample.analyst),
        "rule": "SAMPLE-R-1",
    }
    rare |= shared | {
        "agent": sample.one(f"{of_agents}, 1 LIMIT 1"),
        "account": sample.one(f"{of_accounts}, 1 LIMIT 1"),
        "model": sample.one(f"{of_models}, 1 LIMIT 1"),
        "estimate": sample.one(f"{of_events}, 1 LIMIT 1"),
        "conversation": sample.one(f"{mine} LIMIT 1", sample.analyst),
        "rule": "SAMPLE-R-400",
    }
    return {"common": {**common, **atmosfera(sample.popular)}, "rare": {**rare, **atmosfera(with_items)}}


def complaint(sample: Sample, hot: Hot, values: dict[str, int | str]) -> str:
    """Run a query and say what it did that it should not have done; nothing where there is nothing."""
    plan = sample.run(
        hot.query.format(**values), hot.path, sample.analyst if hot.analyst else None, whole=not hot.small
    )
    wanted = (hot.index,) if isinstance(hot.index, str) else hot.index
    used = any(name.endswith(index) for name in plan.indexes for index in wanted)
    if used and not sample.big(plan.scanned) and plan.buffers <= hot.buffers:
        return ""
    return (
        f"{hot.name}: {plan.buffers} buffers (at most {hot.buffers}), {plan.rows} rows,"
        f" read {sorted(plan.scanned)} whole, by {sorted(plan.indexes)[:6]}, wanted {wanted}"
    )


def test_every_hot_query_uses_the_index_made_for_it(sample: Sample) -> None:
    complaints = [
        f"{label}: {said}"
        for label, values in parameters(sample).items()
        for hot in HOT
        if (said := complaint(sample, hot, values))
    ]

    assert not complaints, "\n".join(complaints)


def test_lists_stop_at_their_limit_in_every_project(sample: Sample) -> None:
    """Also in one where nothing ran for a month, which the statistics do not tell."""
    projects = [
        project
        for (project,) in sample.db.admin.execute("SELECT id FROM core.projects ORDER BY id").fetchall()
    ]
    failures = next(hot for hot in HOT if hot.name.startswith("failures"))

    def read(query: str) -> dict[int, int]:
        return {
            project: sample.run(query.format(project=project), "webtest").buffers for project in projects
        }

    dashboards, failed = read(HOT[0].query), read(failures.query)
    assert len(projects) == 10
    assert {project: n for project, n in dashboards.items() if n > 700} == {}
    assert sorted(dashboards.values())[len(projects) // 2] <= 500
    assert {project: n for project, n in failed.items() if n > 200} == {}


def test_what_a_project_ran_is_counted_in_its_own_index(sample: Sample) -> None:
    """The dashboard may also walk the time of all projects; what counts one reads nothing else."""
    query = (
        f"SELECT count(*), max(created_at) FROM test_executions WHERE project_id = {sample.rare}"
        " AND created_at >= now() - interval '7 days'"
    )

    plan = sample.run(query, "webtest")

    assert f"{EXECUTIONS}project_id_created_at" in plan.indexes
    assert plan.buffers <= 40


def test_the_lists_by_function_read_what_a_page_takes(sample: Sample) -> None:
    """A row costs its own page, its test's and now and then a person's; nothing grows with the table."""
    for project, test in ((sample.popular, sample.popular_test), (sample.rare, sample.rare_test)):
        dashboard = sample.run(f"SELECT * FROM project_dashboard({project})", "webtest")
        history = sample.run(f"SELECT * FROM test_history({test})", "webtest")

        assert (dashboard.rows, history.rows > 0) == (100, True)
        assert dashboard.buffers <= 300
        assert history.buffers <= history.rows + 15


def test_the_planner_takes_a_policy_to_hold_for_nearly_every_row(sample: Sample) -> None:
    """For IN (SELECT …) alone it would be half of them, and joined lists would not stop at their LIMIT."""
    tables = sample.db.admin.execute(
        "SELECT c.oid::regclass::text, c.reltuples FROM pg_policy AS p"
        " JOIN pg_class AS c ON c.oid = p.polrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace"
        " WHERE p.polcmd = 'r' AND c.relkind = 'r' AND c.reltuples > 100"
        " AND (n.nspname = 'atmosfera' OR c.oid = ANY"
        " ('{webtest.test_cases,webtest.test_executions}'::regclass[]))"
    ).fetchall()
    expected = {}

    with sample.db.session("authenticated_users", sample.everywhere) as session:
        for table, rows in tables:
            ((tree,),) = session.execute(f"EXPLAIN (FORMAT JSON) SELECT 1 FROM {table}".encode()).fetchall()
            expected[table] = tree[0]["Plan"]["Plan Rows"] / rows

    assert len(expected) > 10
    assert {table: share for table, share in expected.items() if share < 0.9} == {}


def test_somebody_without_a_project_reads_next_to_nothing(sample: Sample) -> None:
    query = of_000.HISTORY.replace("456", str(sample.popular_test))

    plan = sample.run(query, "webtest", sample.nowhere)
    control = sample.run(query, "webtest")

    assert (plan.rows, control.rows) == (0, 50)


def test_each_name_shown_costs_one_look_at_who_was_ever_a_member(sample: Sample) -> None:
    """The policy of core.users asks by index, or, where members are few, reads them once."""
    plan = sample.run("SELECT id, username FROM users ORDER BY id LIMIT 5", "core")

    assert plan.rows == 5
    assert plan.buffers <= 60, plan.text


@pytest.mark.parametrize("table", ["test_cases", "test_executions"])
def test_deleting_a_case_or_a_person_does_not_read_the_table(sample: Sample, table: str) -> None:
    """Foreign keys ask by these columns; as the owner, without policies."""
    keys = {"test_cases": ("created_by",), "test_executions": ("test_id", "user_id")}

    for column in keys[table]:
        value = sample.one(
            f"SELECT {column} FROM webtest.{table} WHERE {column} IS NOT NULL"
            " GROUP BY 1 ORDER BY count(*), 1 LIMIT 1"
        )
        (tree,) = sample.db.admin.execute(
            f"EXPLAIN (FORMAT JSON) SELECT 1 FROM webtest.{table} WHERE {column} = {value} FOR KEY SHARE"
        ).fetchone()
        assert "Seq Scan" not in str(tree), f"{table}.{column}"
