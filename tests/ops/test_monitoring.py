"""What watches the database: metrics, alerts, runbook and dashboard agree with each other and with it."""

import json
import re
import subprocess
from collections.abc import Callable

import pytest

from ops.backup import metrics
from runner.health import LIMITS
from tests.support.database import Database
from tests.support.footing import ROOT
from tests.support.prometheus import FOLDER
from tests.support.reports import NAMES
from tools.write_metrics import files

RULES = (FOLDER / "alerts.yml").read_text()
TESTS = (FOLDER / "alerts.test.yml").read_text()
RUNBOOK = (ROOT / "docs" / "alerts.md").read_text()
ALERTS = re.findall(r"^ +- alert: (\w+)$", RULES, re.MULTILINE)


def test_the_exporters_queries_are_what_the_views_say(migrated_db: Database) -> None:
    for name, text in files(migrated_db.admin).items():
        assert (FOLDER / name).read_text() == text, f"{name} is stale: run make generate and commit it"


def test_a_login_in_monitoring_reads_every_metric_and_no_row_of_a_product(migrated_db: Database) -> None:
    monitor = migrated_db.connect("test_monitor")
    views = "SELECT relname FROM pg_class WHERE relname LIKE 'metric\\_%' AND relkind = 'v'"
    for (view,) in monitor.execute(views.encode()).fetchall():
        rows = monitor.execute(f"SELECT * FROM ops.{view}")
        assert rows.description, view
        if view not in ("metric_slots", "metric_replication", "metric_materialized_views", "metric_models"):
            assert rows.fetchone(), f"{view} has nothing to say"
    readable = monitor.execute(
        "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname IN ('core', 'webtest', 'atmosfera', 'apex', 'assistant', 'copilot')"
        " AND c.relkind IN ('r', 'p', 'v', 'm') AND has_any_column_privilege(c.oid, 'SELECT')"
    )
    assert readable.fetchall() == []


def test_metrics_are_read_without_waiting_for_anybodys_lock(migrated_db: Database) -> None:
    monitor = migrated_db.connect("test_monitor")
    with migrated_db.connect(autocommit=False) as other:
        other.execute("LOCK TABLE core.users, core.audit_logs, webtest.test_cases IN ACCESS EXCLUSIVE MODE")

        monitor.execute("SET lock_timeout = '100ms'")
        views = "SELECT relname FROM pg_class WHERE relname LIKE 'metric\\_%' AND relkind = 'v'"
        for (view,) in monitor.execute(views.encode()).fetchall():
            if view != "metric_models":
                monitor.execute(f"SELECT * FROM ops.{view}")


def test_every_alert_has_its_section_its_reports_and_both_of_its_tests() -> None:
    assert len(ALERTS) >= 40
    assert len(set(ALERTS)) == len(ALERTS)
    assert re.findall(r"^### (\w+)$", RUNBOOK, re.MULTILINE) == ALERTS
    sections = dict(zip(ALERTS, re.split(r"^### \w+$", RUNBOOK, flags=re.MULTILINE)[1:], strict=True))
    for alert in ALERTS:
        for part in ("Means", "Look at", "Do"):
            assert f"- **{part}**: " in sections[alert], f"{alert} has no {part}"
        for name in re.findall(r"`footing report (\w+)", sections[alert]):
            assert name in NAMES, f"{alert} sends one to {name}, which is no report"
        assert f"runbook: docs/alerts.md#{alert.lower()}" in RULES
        assert f"name: {alert} fires" in TESTS, f"{alert} has no firing test"
        assert f"name: {alert} is quiet" in TESTS, f"{alert} has no quiet test"


def test_every_alert_and_panel_asks_for_metrics_there_are(migrated_db: Database) -> None:
    exported = files(migrated_db.admin)["postgres_exporter.yml"]
    views = re.split(r"^(footing_\w+):$", exported, flags=re.MULTILINE)[1:]
    there = {f"footing_backup_{name}" for name in metrics.HELP}
    for view, body in zip(views[::2], views[1::2], strict=True):
        there |= {
            f"{view}_{column}" for column in re.findall(r"^ +- (\w+): \{usage: [CG]", body, re.MULTILINE)
        }
    dashboard = (FOLDER / "dashboard.json").read_text()

    asked = set(re.findall(r"\bfooting_[a-z_]+", re.sub(r"name: footing_\w+", "", RULES) + dashboard))

    assert asked - there == set()


def test_each_alert_fires_at_its_trouble_and_is_quiet_below_it(require: Callable[[str], None]) -> None:
    require("promtool")

    checked = [
        subprocess.run(["promtool", *command], cwd=FOLDER, capture_output=True, text=True, check=False)
        for command in (
            ("check", "config", "prometheus.yml"),
            ("check", "rules", "alerts.yml"),
            ("test", "rules", "alerts.test.yml"),
        )
    ]

    for done in checked:
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_dashboard_is_one_that_grafana_reads() -> None:
    dashboard = json.loads((FOLDER / "dashboard.json").read_text())

    panels = [panel for panel in dashboard["panels"] if panel["type"] != "row"]
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
    for panel in panels:
        assert panel["title"], panel
        assert panel["description"], panel
        assert panel["targets"], panel
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24, panel["title"]
    spots = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]
    assert len(set(spots)) == len(spots), "two panels lie on each other"


@pytest.mark.parametrize("name", ["postgres_exporter.yml", "sql_exporter.yml"])
def test_no_password_is_in_a_committed_file(name: str) -> None:
    assert not re.search(r"password=|://[^/@\s]*:[^/@\s]*@", (FOLDER / name).read_text())


def test_the_page_on_monitoring_names_every_report_check_and_file() -> None:
    page = (ROOT / "docs" / "monitoring.md").read_text()

    for name in NAMES:
        assert f"`{name}`" in page, f"docs/monitoring.md does not name the report {name}"
    for name in LIMITS:
        assert f"| `{name}` |" in page, f"docs/monitoring.md does not name the check {name}"
        assert f"`FOOTING_HEALTH_{name.upper()}`" in page
    for path in FOLDER.iterdir():
        assert f"`{path.name}`" in page, f"docs/monitoring.md does not name {path.name}"
