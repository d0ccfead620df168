"""Reaching a server: every way libpq knows to name one, and plain words where it can't be used."""

import contextlib
import subprocess
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.runner.conftest import DEPLOY, Project
from tests.support.pgbouncer import transaction_pooler
from tests.support.scratch_tables import tables
from tests.support.server import Server
from tests.support.waiting import free_port, wait_until

CONNECTION, UNSAFE = 8, 7


def _keywords(project: Project, **more: str) -> str:
    server = project.db.server
    words = {"host": server.host, "port": server.port, "dbname": project.db.name, "user": DEPLOY}
    return " ".join(f"{key}={value}" for key, value in {**words, **more}.items())


def _service_file(project: Project, folder: Path) -> dict[str, str]:
    path = folder / "services.conf"
    path.write_text("[release]\n" + _keywords(project).replace(" ", "\n") + "\n")
    return {"PGSERVICEFILE": str(path)}


WAYS: dict[str, Callable[[Project], str]] = {
    "a URI over TCP": lambda p: p.db.url(DEPLOY),
    "a URI with an encoded socket folder": lambda p: p.db.server.url(p.db.name, DEPLOY, via="socket"),
    "the short scheme": lambda p: p.db.url(DEPLOY).replace("postgresql:", "postgres:"),
    "SQLAlchemy's spelling": lambda p: p.db.url(DEPLOY).replace(":", "+psycopg:", 1),
    "keywords": _keywords,
    "keywords with a socket folder": lambda p: _keywords(p, host=str(p.db.server.socket_dir)),
    "several hosts, the first of them dead": lambda p: (
        f"postgresql://{DEPLOY}@127.0.0.1:1,127.0.0.1:{p.db.server.port}/{p.db.name}"
    ),
    "a query of parameters": lambda p: (
        f"postgresql:///{p.db.name}?host=127.0.0.1&port={p.db.server.port}&user={DEPLOY}"
    ),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_migrates_through(project: Project, way: Callable[[Project], str]) -> None:
    project.write(tables(1))

    project.migrate(database=way(project))

    assert project.applied() == ["0001_create_s1"]


@pytest.mark.parametrize("name", ["DATABASE_URL", "PGSERVICE"])
def test_migrates_through_a_service_file(project: Project, tmp_path: Path, name: str) -> None:
    project.write(tables(1))
    value = "service=release" if name == "DATABASE_URL" else "release"

    project.migrate(database=None, env={name: value, **_service_file(project, tmp_path)})

    assert project.applied() == ["0001_create_s1"]


def test_migrates_through_the_variables_of_libpq(project: Project) -> None:
    project.write(tables(1))
    server = project.db.server
    variables = {
        "PGHOST": server.host,
        "PGPORT": str(server.port),
        "PGDATABASE": project.db.name,
        "PGUSER": DEPLOY,
    }

    project.migrate(database=None, env=variables)

    assert project.applied() == ["0001_create_s1"]


def test_the_option_goes_before_the_url_and_the_url_before_the_variables(project: Project) -> None:
    project.write(tables(1))
    dead = "postgresql://127.0.0.1:1/none"

    project.migrate("--database", project.db.url(DEPLOY), database=dead)
    project.run("status", env={"PGHOST": "127.0.0.1", "PGPORT": "1"}, check=True)

    assert project.applied() == ["0001_create_s1"]


def test_a_string_that_is_no_connection_string_is_a_usage_error(project: Project) -> None:
    refused = project.run("status", database="not a conninfo")

    assert refused.returncode == 2
    assert "libpq" in refused.stderr


def test_no_such_database_is_said_with_a_next_step(project: Project) -> None:
    url = project.db.server.url("nowhere", DEPLOY)

    refused = project.run("migrate", database=url)

    assert refused.returncode == CONNECTION
    assert 'database "nowhere" does not exist' in refused.stderr
    assert "next: create it" in refused.stderr


def test_no_such_login_is_said_with_a_next_step(project: Project) -> None:
    refused = project.run("migrate", database=project.db.url("nobody_here"))

    assert refused.returncode == CONNECTION
    assert "nobody_here" in refused.stderr
    assert "next: create the login" in refused.stderr


def test_a_server_that_is_not_up_is_said_with_a_next_step(project: Project) -> None:
    refused = project.run("migrate", database=f"postgresql://127.0.0.1:{free_port()}/x")

    assert refused.returncode == CONNECTION
    assert "no server answered" in refused.stderr
    assert "--wait" in refused.stderr


def test_wait_connects_to_a_server_that_starts_later(
    project: Project, make_server: Callable[..., Server], require: Callable[[str], None]
) -> None:
    project.write(tables(1))
    server = make_server()
    server.stop()
    waiting = project.popen("migrate", "--wait", "30", database=server.url("postgres"))

    with pytest.raises(subprocess.TimeoutExpired):  # it is waiting, and not failing
        waiting.wait(timeout=1)
    server.start()

    out, said = waiting.communicate(timeout=40)
    assert waiting.returncode == 0, said
    assert "applied 1 migration" in out


def test_wait_gives_up_in_time(project: Project) -> None:
    url = f"postgresql://127.0.0.1:{free_port()}/x"

    gave_up = project.run("migrate", "--wait", "0.5", database=url, timeout=10)

    assert gave_up.returncode == CONNECTION
    assert "within 0.5 s" in gave_up.stderr


def test_wait_does_not_wait_for_what_waiting_can_not_mend(project: Project) -> None:
    url = project.db.server.url("nowhere", DEPLOY)

    assert project.run("migrate", "--wait", "60", database=url, timeout=10).returncode == CONNECTION


def test_a_login_that_is_no_member_of_the_owner_is_told_what_to_ask_for(project: Project) -> None:
    project.write(tables(1))

    refused = project.run("migrate", database=project.db.url("test_app"))

    assert refused.returncode == CONNECTION
    assert "test_app is not a member of footing_owner" in refused.stderr
    assert "GRANT footing_owner TO test_app" in refused.stderr


def test_a_database_that_is_not_prepared_is_said_with_who_must_run_what(
    project: Project, make_server: Callable[..., Server]
) -> None:
    server = make_server()
    server.execute("CREATE ROLE plain LOGIN CREATEDB")
    project.write(tables(1))

    refused = project.run("migrate", database=server.url("postgres", "plain"))
    prepared = project.run("bootstrap", "--migrator", "plain", database=server.url("postgres"))
    done = project.run("migrate", database=server.url("postgres", "plain"))

    assert refused.returncode == CONNECTION
    assert "sql/bootstrap.sql" in refused.stderr
    assert "superuser" in refused.stderr
    assert (prepared.returncode, done.returncode) == (0, 0)


def test_a_superuser_needs_no_bootstrap_by_hand(
    project: Project, make_server: Callable[..., Server]
) -> None:
    server = make_server()
    project.write(tables(1))

    done = project.migrate(database=server.url("postgres"))

    assert "bootstrap.sql" in done.stderr
    assert "applied 1 migration" in done.stdout


def test_a_login_that_is_read_only_is_refused(project: Project) -> None:
    project.write(tables(1))
    project.db.admin.execute(
        f"ALTER ROLE {DEPLOY} IN DATABASE {project.db.name} SET default_transaction_read_only = on".encode()
    )

    refused = project.run("migrate")

    assert refused.returncode == UNSAFE
    assert "read-only" in refused.stderr
    assert "next:" in refused.stderr
    assert project.run("status").returncode == 0, "reading is not migrating"


def test_a_standby_is_refused_and_can_be_read(project: Project, make_server: Callable[..., Server]) -> None:
    primary = make_server()
    project.write(tables(1))
    project.migrate(database=primary.url("postgres"))
    primary.stop()
    (primary.datadir / "standby.signal").touch()
    primary.start()
    url = primary.url("postgres")

    assert project.run("status", database=url).returncode == 0
    project.write(tables(2))
    refused = project.run("migrate", database=url)

    assert refused.returncode == UNSAFE
    assert "standby" in refused.stderr
    assert "target_session_attrs=read-write" in refused.stderr


@pytest.mark.parametrize("ignored", ["options", "extra_float_digits"])
def test_a_transaction_pooler_is_refused_before_anything_runs(
    project: Project, require: Callable[[str], None], ignored: str
) -> None:
    require("pgbouncer")
    project.write(tables(1))

    with transaction_pooler(project.db.server, project.db.name, DEPLOY, ignored) as url:
        refused = project.run("migrate", database=url)

    assert refused.returncode == UNSAFE
    assert "pooler" in refused.stderr
    assert "connect to PostgreSQL itself" in refused.stderr
    assert project.applied() == []


def test_a_server_without_free_slots_is_said_with_a_next_step(
    project: Project, make_server: Callable[..., Server]
) -> None:
    server = make_server(max_connections="5", superuser_reserved_connections="4")
    server.execute("CREATE ROLE plain LOGIN")
    url = server.url("postgres", "plain")
    held: list[psycopg.Connection] = []

    def holds_the_last_slot() -> bool:
        with contextlib.suppress(psycopg.OperationalError):  # the superuser may not have left it yet
            held.append(psycopg.connect(url))
        return bool(held)

    wait_until(holds_the_last_slot, 10, "the superuser's slot is still taken")
    refused = project.run("migrate", database=url)
    held[0].close()

    assert refused.returncode == CONNECTION
    assert "next: free a connection slot" in refused.stderr
