"""footing report: every report, by the runner and by plain psql, for a login in monitoring alone."""

import json
import re
import signal
import subprocess
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

from tests.support.database import Database
from tests.support.footing import Footing
from tests.support.reports import FOLDER, NAMES, ask


def test_every_report_answers_by_the_runner_and_by_psql(
    migrated_db: Database, footing: Footing, tmp_path: Path
) -> None:
    url = migrated_db.url("test_monitor")
    page = tmp_path / "page.html"

    done = footing("report", "all", "--json", "--html", str(page), database=url, check=True)

    said = json.loads(done.stdout)
    assert (said["ok"], said["command"]) == (True, "report")
    assert list(said["reports"]) == NAMES
    for name, answer in said["reports"].items():
        assert set(answer) == {"question", "read", "do", "rows", "columns"}, name
        psql = [migrated_db.server.bindir / "psql", "-X", "-q", "-A", "-v", "ON_ERROR_STOP=1", "-f"]
        plain = subprocess.run(
            [*psql, FOLDER / f"{name}.sql", url], capture_output=True, text=True, check=False, timeout=60
        )
        assert (plain.returncode, plain.stderr) == (0, ""), name
        assert plain.stdout.splitlines()[0].split("|") == answer["columns"], name
    _assert_self_contained(page.read_text(), said["reports"])


def _assert_self_contained(page: str, reports: dict[str, dict[str, str]]) -> None:
    class Reader(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.open_tags: list[str] = []
            self.sections: list[str] = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            assert not {"src", "href"} & {key for key, value in attrs if not str(value).startswith("#")}
            if tag == "section":
                self.sections.append(str(dict(attrs)["id"]))
            if tag != "meta":
                self.open_tags.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert self.open_tags.pop() == tag

    reader = Reader()
    reader.feed(page)
    assert (reader.open_tags, reader.sections) == ([], list(reports))


def test_every_report_says_what_it_asks_and_what_to_do(footing: Footing) -> None:
    listed = footing("report", check=True).stdout  # without any database

    for name in NAMES:
        text = (FOLDER / f"{name}.sql").read_text()
        assert text.startswith(f"-- {name}\n--\n-- Question: "), name
        for key in ("Question", "Read", "Do"):
            assert re.search(rf"^-- {key}: +\S", text, re.MULTILINE), f"{name} has no {key}"
        assert re.search(rf"^{name} +\S.*\?$", listed, re.MULTILINE), f"{name} is not listed"
        assert "\\" not in re.sub(r"\\[smMd]", "", text), f"{name} has a psql command"


def test_one_table_for_a_person_with_what_to_do(migrated_db: Database, footing: Footing) -> None:
    done = footing("report", "partitions", database=migrated_db.url("test_monitor"), check=True)

    lines = done.stdout.splitlines()
    assert lines[0] == "How many months can each partitioned log still be written?"
    assert lines[1].split()[:3] == ["SCHEMA", "TABLE", "PARTITIONS"]
    assert any(line.startswith("core       audit_logs") for line in lines)
    assert any(line.startswith("  do:   below 2 run footing migrate") for line in lines)


def test_a_report_that_cannot_be_answered_leaves_the_others(
    prepared_db: Database, footing: Footing
) -> None:
    done = footing("report", "all", "--json", database=prepared_db.url("test_monitor"))

    error = json.loads(done.stdout)["error"]
    assert done.returncode == 6
    assert error["hint"] == "apply the migrations first: footing migrate"
    unanswered = {name for name, answer in error["reports"].items() if "error" in answer}
    assert "partitions" in unanswered
    assert not unanswered & {"locks", "settings", "unused_indexes", "wraparound"}


def test_a_name_that_is_no_report_is_refused_with_those_there_are(footing: Footing) -> None:
    done = footing("report", "lock", database="postgresql:///nowhere")

    assert done.returncode == 2
    assert "no report is called lock" in done.stderr
    assert "locks" in done.stderr


def test_it_neither_waits_in_a_queue_of_locks_nor_takes_one(
    migrated_db: Database, footing: Footing
) -> None:
    with migrated_db.connect(autocommit=False) as other:
        other.execute("LOCK TABLE core.users IN ACCESS EXCLUSIVE MODE")

        done = footing("report", "table_sizes", "locks", "--json", database=migrated_db.url("test_monitor"))

    reports = json.loads(done.stdout)["error"]["reports"]
    assert done.returncode == 6
    assert "lock timeout" in reports["table_sizes"]["error"]
    assert reports["locks"]["rows"] == []


def test_watching_asks_again_until_it_is_interrupted(
    migrated_db: Database, footing_popen: Callable[..., subprocess.Popen[str]]
) -> None:
    url = migrated_db.url("test_monitor")
    watching = footing_popen("report", "partitions", "--watch", "0.1", database=url)
    assert watching.stdout

    seen = 0
    while seen < 3:
        seen += watching.stdout.readline().startswith("How many months")

    watching.send_signal(signal.SIGINT)
    assert watching.wait(20) == 130


def test_refreshing_records_the_sizes_of_the_day(migrated_db: Database, footing: Footing) -> None:
    done = footing("refresh", "--json", database=migrated_db.url("test_deploy"), check=True)

    sizes = json.loads(done.stdout)["sizes"]
    assert sizes > 20
    assert migrated_db.admin.execute("SELECT count(*) FROM ops.relation_sizes").fetchone() == (sizes,)
    assert ask(migrated_db, "growth") == []
