"""docs/runbook.md: in each situation, really brought about, the commands of the page end it."""

import contextlib
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.conftest import server_version
from tests.core.conftest import ENVELOPE
from tests.support.ageing import burn_transactions
from tests.support.cluster import own
from tests.support.disk import small_disk
from tests.support.footing import ROOT, Footing
from tests.support.operations import Provisioned, provisioned_server
from tests.support.pooling import CONSOLE, running_pooler
from tests.support.require import require as needs
from tests.support.runbook import Page, operator, read, stop_by_pg_ctl
from tests.support.waiting import wait_until
from tests.webtest.conftest import Bench

pytestmark = [pytest.mark.xdist_group("runbook"), pytest.mark.timeout(300)]

SITUATIONS = read()
PATIENT = {  # nobody but the page mends anything; WAL goes at each checkpoint, unless it is kept
    "autovacuum_freeze_max_age": "2000000000",
    "autovacuum_naptime": "1h",
    "min_wal_size": "32MB",
    "max_wal_size": "64MB",
}
LOGIN = "webtest_app"


@pytest.fixture(scope="module")
def made(server_bindir: Path) -> Iterator[Provisioned]:
    """One server, as ops/ configures it, for every situation."""
    needs("psql")
    needs("openssl")
    with provisioned_server(server_version(), server_bindir, **PATIENT) as running:
        yield running


@pytest.fixture
def situation(made: Provisioned, tmp_path: Path) -> Callable[..., Page]:
    """Open the page at a title; more variables of the operator's are named in `env`."""
    return lambda title, **env: Page(
        title, SITUATIONS[title], made.server, operator(made.server, made.admin_url, tmp_path, **env)
    )


def test_every_situation_is_brought_about_and_every_alert_is_known() -> None:
    page = (ROOT / "docs" / "runbook.md").read_text()
    tests = "".join(path.read_text() for path in ROOT.glob("tests/*/test_runbook*.py"))
    alerts = (ROOT / "docs" / "alerts.md").read_text()

    assert set(re.findall(r'situation\("([^"]+)"', tests)) == set(SITUATIONS)
    for title, blocks in SITUATIONS.items():
        assert f"| [{title}](#{title.lower().replace(' ', '-').replace(',', '')}) |" in page
        assert {block.part for block in blocks} == {"How it shows", "What to do", "Over when"}, title
    for alert in re.findall(r"\bFooting[A-Z]\w+", page):
        assert f"### {alert}\n" in alerts, alert


def _answer(connection: psycopg.Connection) -> str:
    """Wait for the answer to what was sent, and return its SQLSTATE."""
    state = ""
    while result := connection.pgconn.get_result():
        state = (result.error_field(psycopg.pq.DiagnosticField.SQLSTATE) or b"").decode()
    return state


def test_a_runaway_query(made: Provisioned, situation: Callable[..., Page]) -> None:
    where = {"login": LOGIN, "limit": "1 s"}
    runaway = b"SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b"
    with situation("A runaway query") as page, contextlib.ExitStack() as stack:
        app = stack.enter_context(psycopg.connect(made.url(LOGIN), autocommit=True))
        app.execute("SET statement_timeout = 0")
        app.pgconn.send_query(runaway)
        wait_until(lambda: not page.is_over(**where), 20, "it does not run")
        shown = page.run("How it shows")
        assert re.search(rf"\b{app.info.backend_pid}\b.*\b{LOGIN}\b", shown), shown
        assert "generate_series" in shown

        assert page.run("What to do", 1, pid=app.info.backend_pid).strip() == "t"
        assert _answer(app) == psycopg.errors.QueryCanceled.sqlstate
        assert page.is_over(**where)
        app.execute("BEGIN")
        page.run("What to do", 1, pid=app.info.backend_pid)
        wait_until(lambda: _is_gone(app), 10, "the session stays")
        other = stack.enter_context(psycopg.connect(made.url(LOGIN), autocommit=True))
        assert page.run("What to do", 1, login=LOGIN).strip() == "1"
        wait_until(lambda: _is_gone(other), 10, "the session stays")
        with pytest.raises(psycopg.OperationalError, match="too many connections"):
            psycopg.connect(made.url(LOGIN))
        assert not page.is_over(**where)
        page.run("What to do")

        assert page.is_over(**where)
        psycopg.connect(made.url(LOGIN)).close()


def _is_gone(connection: psycopg.Connection) -> bool:
    with contextlib.suppress(psycopg.OperationalError):
        connection.execute("SELECT 1")
        return False
    return True


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """A copy of sql/, to which a test adds the release that gets stuck; nobody recorded its catalogue."""
    ignored = shutil.ignore_patterns("catalogue.jsonl")
    return shutil.copytree(ROOT / "sql", tmp_path / "sql", ignore=ignored)


HEADER = """-- What: a note.  Why: asked for.
-- Locks: core.projects ACCESS EXCLUSIVE
-- Data: none
-- Rollback: loses nothing
"""


def _add(release: Path, name: str, up: str, down: str, header: str = "") -> None:
    (release / f"{name}.sql").write_text(f"{HEADER}{header}\n{up};\n")
    (release / f"{name}.rollback.sql").write_text(f"-- Loses: nothing\n{header}\n{down};\n")


def test_a_migration_that_is_stuck(
    made: Provisioned,
    situation: Callable[..., Page],
    release: Path,
    footing: Footing,
    footing_popen: Callable[..., subprocess.Popen[str]],
) -> None:
    url = made.admin_url
    column = "ALTER TABLE core.projects {} COLUMN note{}"
    _add(release, "migrations/9001_add_note", column.format("ADD", " text"), column.format("DROP", ""))
    index = "INDEX CONCURRENTLY {}idx_projects_note"
    up, down = "CREATE " + index.format("") + " ON core.projects (note)", "DROP " + index.format("core.")
    _add(release, "indexes/9002_index_note", up, down, "-- transactional: false\n")
    with (
        situation("A migration that is stuck", FOOTING_SQL=str(release)) as page,
        contextlib.closing(psycopg.connect(url)) as holder,
        contextlib.closing(psycopg.connect(url)) as snapshot,
    ):
        holder.execute("SELECT count(*) FROM core.projects")
        snapshot.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        snapshot.execute("SELECT count(*) FROM core.users")
        migrating = footing_popen("migrate", database=url, sql=release)
        _wait_for(made, "ALTER TABLE core.projects%")
        shown = page.run("How it shows")
        assert re.search(r"9001 +add_note", shown)
        assert f"pg_terminate_backend({holder.info.backend_pid})" in shown
        assert not page.is_over()
        page.run("What to do", 1, holder=holder.info.backend_pid)

        hung = _wait_for(made, "CREATE INDEX CONCURRENTLY%")
        migrating.send_signal(signal.SIGSTOP)  # its host hangs, with the migrations' lock
        snapshot.rollback()
        wait_until(lambda: _idle(made, hung), 10, "the index is not built")
        assert footing("migrate", "--lock-wait", "1", database=url, sql=release).returncode != 0
        assert f"{hung}|t" in page.run("What to do", 1)
        assert "9002_index_note" in page.run("What to do", 1)
        assert page.is_over(), page.told

        _add(release, "migrations/9003_fill_note", "UPDATE core.projects SET note = 1 / 0", "SELECT 1")
        failed = footing("migrate", database=url, sql=release)
        assert "9003_fill_note.sql:" in failed.stderr
        assert not page.is_over()
        _add(release, "migrations/9003_fill_note", "UPDATE core.projects SET note = '1'", "SELECT 1")
        page.run("What to do")

        assert page.is_over(), page.told
    footing("rollback", "--steps", "3", "--yes", database=url, sql=release, check=True)


def _wait_for(made: Provisioned, statement: str) -> int:
    """Return the server process of a migration that waits in that statement."""
    waiting = (
        "SELECT pid FROM pg_stat_activity WHERE query LIKE %s AND wait_event_type = 'Lock'"
        " AND application_name LIKE 'footing migrate%%'"
    )
    wait_until(lambda: made.admin.execute(waiting, [f"%{statement}"]).fetchone() is not None, 30, statement)
    return int((made.admin.execute(waiting, [f"%{statement}"]).fetchone() or (0,))[0])


def _idle(made: Provisioned, pid: int) -> bool:
    state = made.admin.execute("SELECT state FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone()
    return state == ("idle",)


@pytest.fixture
def wal_disk(made: Provisioned) -> Iterator[Path]:
    """A disk of 192 MB for the server's WAL, with a ballast on it; later the WAL moves back."""
    needs("tmpfs")
    wal = made.server.datadir / "pg_wal"
    with small_disk("192m") as disk:
        made.close()
        made.server.stop()
        subprocess.run(["cp", "-a", wal, disk / "pg_wal"], check=True)
        (disk / "ballast").write_bytes(bytes(64 * 1024 * 1024))
        own(disk / "ballast")
        shutil.rmtree(wal)
        wal.symlink_to(disk / "pg_wal")
        made.server.start()
        yield disk
        made.close()
        stop_by_pg_ctl(made.server)
        wal.unlink()
        subprocess.run(["cp", "-a", disk / "pg_wal", wal], check=True)
    made.server.start()


def test_a_full_disk(made: Provisioned, situation: Callable[..., Page], wal_disk: Path) -> None:
    made.admin.execute("SELECT pg_create_physical_replication_slot('gone', true)")
    write = (
        "SELECT pg_logical_emit_message(false, 'fill', repeat('x', 1000000)) FROM generate_series(1, 10)"
    )
    with pytest.raises(psycopg.Error):
        for _ in range(30):
            made.admin.execute(write)
    made.close()
    made.server.stop("immediate")
    assert "No space left on device" in made.log()
    where = {"ballast": wal_disk / "ballast"}
    with situation("A full disk") as page:
        assert not page.is_over(**where)
        assert "100%" in page.run("How it shows")

        page.run("What to do", 1, **where)
        page.run("What to do", 1)
        assert "gone" in page.run("What to do", 1)
        assert not page.is_over(**where)
        page.run("What to do", 1, slot="gone")
        page.run("What to do", size="64M", **where)

        assert page.is_over(**where), page.told
    made.admin.execute(write)
    assert (wal_disk / "ballast").stat().st_size == 64 * 1024 * 1024


def test_transaction_numbers_run_out(made: Provisioned, situation: Callable[..., Page]) -> None:
    made.close()
    burn_transactions(made.server, 1_200_000_000)
    with situation("Transaction numbers run out") as page:
        assert not page.is_over()
        assert "vacuumdb --freeze footing" in page.run("How it shows")

        page.run("What to do")

        assert page.is_over(), page.told


@pytest.fixture(scope="module")
def cast(made: Provisioned) -> Bench:
    """People and two projects, on that server."""
    return Bench(made)  # type: ignore[arg-type]  (of a database it needs `admin` only)


def test_a_password_or_a_key_has_leaked(
    made: Provisioned, cast: Bench, situation: Callable[..., Page]
) -> None:
    needs("pgbouncer")
    made.admin.execute("UPDATE core.users SET mfa_secret = %s WHERE id = %s", [ENVELOPE, cast.editor])
    settings = (
        "INSERT INTO core.global_settings (key, value, category, is_secret) VALUES (%s, %s, 'ai', true)"
    )
    kept = ENVELOPE.replace("key-2026", "key-2027")
    for key, value in {"jira_api_key": kept, "ai_api_key": ENVELOPE, "ai_token": kept}.items():
        made.admin.execute(settings, [key, value])
    with running_pooler(made) as pooler:
        secrets = {name: f"a new one, {name}" for name in ("auth", "admin", "stats")}
        console = f"{pooler._url('pgbouncer_admin', CONSOLE['admin'], 'pgbouncer', {})}"
        told = {name: v for name, v in pooler.environment.items() if not name.endswith("_PASSWORD")}
        old = pooler.url(LOGIN)
        with (
            situation("A password or a key has leaked", **told) as page,
            psycopg.connect(old, autocommit=True) as thief,
        ):
            thief.execute("SELECT 1")
            since = made.admin.execute("SELECT clock_timestamp()").fetchone()
            where = {"login": LOGIN, "with the old password": old, "since": since[0],
                     "setting": "jira_api_key", "key id": "key-2026"}  # fmt: skip
            assert LOGIN in page.run("How it shows", login=LOGIN)
            assert not page.is_over(**where)

            page.run("What to do", 1, LOGIN=LOGIN.upper(), **{"new password": "another good one"})
            thief.execute("SELECT 1")  # which is why there is a next step
            page.run("What to do", 2, console=console, login=LOGIN)
            wait_until(lambda: _is_gone(thief), 10, "the thief is still in")
            with psycopg.connect(pooler.url(LOGIN, "another good one")) as app:
                app.execute("SELECT 1")
                app.commit()
                page.run("What to do", 1, **{"auth password": secrets["auth"]})
                page.run(
                    "What to do", 1, directory=pooler.folder,
                    **{f"{name} password": secret for name, secret in secrets.items()},
                )  # fmt: skip
                for name in ("pgbouncer.ini", "userlist.txt"):
                    own(pooler.folder / name)  # as PgBouncer's account would have made them
                page.run("What to do", 1, console=console)
                app.execute("SELECT 1")
            with psycopg.connect(pooler.url(LOGIN, "another good one")) as app:
                app.execute("SELECT 1")
            with pytest.raises(psycopg.OperationalError, match=r"password|SASL"):
                pooler.console("admin", "SHOW VERSION")
            assert not page.is_over(**where)
            page.run("What to do", **{"setting": "jira_api_key", "key id": "key-2026"})

            assert page.is_over(**where), page.told
    secrets_left = "SELECT key, value FROM core.global_settings WHERE is_secret AND value <> ''"
    assert made.admin.execute(secrets_left).fetchall() == [("ai_token", kept)]


def test_a_person_or_a_project_must_go(cast: Bench, situation: Callable[..., Page]) -> None:
    for number in range(12):
        cast.execution(f"GOES-{number}")
    cast.execution("STAYS", test_id=cast.foreign_case)
    where = {"e-mail": "Otto@Example.com", "project": cast.apollo}
    with situation("A person or a project must go") as page:
        assert "Borealis" in page.run("How it shows", **where)
        assert not page.is_over(**where)

        page.run("What to do", 1, administrator=cast.admin, person=cast.outsider, new_owner=cast.owner)
        page.run("What to do", administrator=cast.admin, project=cast.apollo)

        assert page.is_over(**where), page.told
    assert cast.value("SELECT owner_id FROM core.projects WHERE id = %s", cast.borealis) == cast.owner
    assert cast.value("SELECT count(*) FROM webtest.test_executions") == 1


def test_one_table_must_come_back(
    made: Provisioned, cast: Bench, situation: Callable[..., Page], tmp_path: Path
) -> None:
    kept = [cast.test_case(cast.borealis, title=f"Kept {number}") for number in range(3)]
    dumps = tmp_path / "dumps"
    make = [sys.executable, "-m", "ops.backup.dump", "make", "--to", dumps]
    environment = operator(made.server, made.admin_url, tmp_path)
    subprocess.run(make, check=True, env=environment, cwd=ROOT, capture_output=True)
    (dump,) = (path for path in dumps.iterdir() if path.is_dir())
    written = [cast.test_case(cast.borealis, title="Written afterwards")]
    titles = "SELECT array_agg(title ORDER BY id) FROM webtest.test_cases WHERE id = ANY (%s)"
    before = cast.value(titles, kept + written)
    where = {"table": "webtest.test_cases", "which": "title LIKE 'Kept%'", "expected": 3,
             "copy": "footing_copy", "dumps": dumps, "dump": dump, "key": "id",
             "file": tmp_path / "rows"}  # fmt: skip
    with situation("One table must come back") as page:
        cast.value("DELETE FROM webtest.test_cases WHERE title LIKE 'Kept%%' RETURNING id")
        assert not page.is_over(**where)
        shown = page.run("How it shows", **where)
        assert shown.startswith("0\n")
        assert dump.name in shown

        page.run("What to do", **where)

        assert page.is_over(**where), page.told
    assert cast.value(titles, kept + written) == before
