"""Passwords: used, and never shown: not in output, errors, JSON, process lists or reports."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.runner.conftest import Project
from tests.support.logins import PASSWORD, PASSWORD_LOGIN
from tests.support.scratch_tables import tables

WRONG = "t0p:secret/wr@ng"


def _url(project: Project, password: str = PASSWORD) -> str:
    return project.db.server.url(project.db.name, PASSWORD_LOGIN, password)


def _keywords(project: Project, password: str) -> str:
    server = project.db.server
    quoted = password.replace("\\", "\\\\").replace("'", "\\'")
    return (
        f"host={server.host} port={server.port} dbname={project.db.name} "
        f"user={PASSWORD_LOGIN} password='{quoted}'"
    )


def _shows(text: str, password: str) -> bool:
    """Tell whether the password is there, as it is, quoted for a URI, or its longest piece."""
    pieces = [password, quote(password, safe=""), *password.replace("@", "/").split("/")]
    return any(piece in text for piece in pieces if len(piece) > 3)


def test_a_password_with_special_characters_works_and_is_not_shown(project: Project) -> None:
    project.write(tables(1))

    done = project.migrate(database=_url(project))

    assert not _shows(done.stdout + done.stderr, PASSWORD)


@pytest.mark.parametrize("json", [(), ("--json",)], ids=["text", "json"])
def test_a_wrong_password_is_not_shown(project: Project, json: tuple[str, ...]) -> None:
    ways: list[dict[str, Any]] = [
        {"database": _url(project, WRONG)},
        {"database": _keywords(project, WRONG)},
        {"database": _url(project).replace(quote(PASSWORD, safe=""), ""), "env": {"PGPASSWORD": WRONG}},
    ]

    for way in ways:
        refused = project.run("migrate", *json, **way)

        assert refused.returncode == 8
        assert "password authentication failed" in refused.stdout + refused.stderr
        assert not _shows(refused.stdout + refused.stderr, WRONG)


def test_a_malformed_uri_is_refused_without_repeating_its_password(project: Project) -> None:
    for url in (
        f"postgresql://u:{WRONG}@host:port/x",
        "postgresql://u:%zzhunter2@host/x",
        "postgresql://u:hunter2@[::1/x",
        "host=x password='hunter2",
        "host=x pasword=hunter2",
    ):
        refused = project.run("status", database=url)

        assert refused.returncode in (2, 8), refused.stderr
        assert not _shows(refused.stderr, WRONG)
        assert "hunter2" not in refused.stderr
        assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("form", ["--database URL", "--database=URL", "-d URL", "keywords"])
def test_a_password_among_the_arguments_is_gone_from_the_process_list(project: Project, form: str) -> None:
    project.write({"migrations/0001_sleep.sql": "SELECT pg_sleep(60);\n"})
    url = _keywords(project, PASSWORD) if form == "keywords" else _url(project)
    named = {"--database=URL": [f"--database={url}"], "-d URL": ["-d", url]}

    running = project.popen("migrate", *named.get(form, ["--database", url]), database=None)
    project.wait_for_backend("wait_event = 'PgSleep'")

    arguments = Path(f"/proc/{running.pid}/cmdline").read_text().replace("\0", " ")
    assert "migrate" in arguments
    assert not _shows(arguments, PASSWORD)


def test_a_password_does_not_reach_the_log_of_the_server(project: Project) -> None:
    project.write(tables(1))
    log = project.db.server.log
    before = log.stat().st_size

    project.migrate(database=_url(project))

    written = log.read_bytes()[before:].decode(errors="replace")
    assert "CREATE SCHEMA s1" in written
    assert not _shows(written, PASSWORD)


def test_a_password_in_a_refused_statement_is_blanked(project: Project) -> None:
    project.write({"migrations/0001_role.sql": "ALTER ROLE nobody_here PASSWORD 'hunter2hunter2';\n"})

    refused = project.run("migrate")

    assert refused.returncode == 6
    assert "hunter2" not in refused.stderr


def test_status_and_what_to_connect_with_name_the_place_without_the_password(project: Project) -> None:
    project.write(tables(1))

    for command in (["migrate"], ["status", "--json"], ["db", "url"]):
        done = project.run(*command, database=_url(project), check=True)

        assert not _shows(done.stdout + done.stderr, PASSWORD)


def test_a_defect_of_the_runner_does_not_print_the_password(project: Project) -> None:
    project.write(tables(1))

    done = project.run(
        "migrate", database=_url(project, WRONG), env={"FOOTING_DEBUG": "1", "PYTHONFAULTHANDLER": "1"}
    )

    assert not _shows(done.stderr, WRONG)


def test_psql_gets_the_password_by_its_environment(project: Project) -> None:
    process = project.popen("db", "psql", "--", "-Atc", "SELECT pg_sleep(60)", database=_url(project))
    project.wait_for_backend("wait_event = 'PgSleep'", application="psql")

    arguments = Path(f"/proc/{process.pid}/cmdline").read_text()
    assert "psql" in arguments
    assert not _shows(arguments, PASSWORD)
