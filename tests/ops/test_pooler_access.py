"""PgBouncer's configuration: who gets through, what is cut short, and how it is rendered."""

import contextlib
import re
import select
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ops.certificates import make_authority
from ops.pgbouncer.report import main as report
from tests.support.operations import LOGINS, PRODUCT_LOGINS, Provisioned, password
from tests.support.pooling import CONSOLE, Pooler, render, running_pooler
from tests.support.require import require as needs

ENVIRONMENT = {
    "POOLER_AUTH_PASSWORD": 'a "quoted" secret',
    "POOLER_ADMIN_PASSWORD": "the admin's secret",
    "POOLER_STATS_PASSWORD": "the stats' secret",
    "FOOTING_POOL_SERVER_CA": "/etc/a site's/ca.crt",
    "FOOTING_POOL_CLIENT_CERT": "/etc/pooler.crt",
    "FOOTING_POOL_CLIENT_KEY": "/etc/pooler.key",
    "FOOTING_POOL_SERVER_HOST": "/run/a site's sockets",
    "FOOTING_POOL_VERSION": "1.18.0",
}


def _refusal(url: str, within: int = 10) -> str:
    with pytest.raises(psycopg.OperationalError) as refused:
        psycopg.connect(url, connect_timeout=within).close()
    return str(refused.value)


@contextlib.contextmanager
def _login(admin: psycopg.Connection, name: str, options: str, *grants: str) -> Iterator[None]:
    admin.execute(f"CREATE ROLE {name} LOGIN {options}".encode())
    for group in grants:
        admin.execute(f"GRANT {group} TO {name}".encode())
    try:
        yield
    finally:
        admin.execute(f"DROP ROLE {name}".encode())


def test_products_and_sign_in_get_through_as_themselves(pooler: Pooler) -> None:
    for login in (*PRODUCT_LOGINS, "footing_signin"):
        with psycopg.connect(pooler.url(login), prepare_threshold=None) as session:
            row = session.execute(
                "SELECT session_user, current_setting('search_path'), current_setting('statement_timeout')"
            ).fetchone()
            product = login.removesuffix("_app")
            assert row == (login, "core" if login == "footing_signin" else f"{product}, core", "10s")


def test_nobody_mightier_is_known_to_the_pooler(pooler: Pooler) -> None:
    """What is refused could all log in to PostgreSQL itself with that password: that is the control."""
    admin = pooler.behind.admin
    group, secret = "authenticated_users", password("guest")
    given = f"PASSWORD $${secret}$$"
    guests = {
        "superuser": (f"SUPERUSER {given}", group),
        "creates_roles": (f"CREATEROLE {given}", group),
        "bypasses": (f"BYPASSRLS {given}", group),
        "replicates": (f"REPLICATION {given}", group),
        "in_no_group": (given,),
        "becomes_the_owner": (given, group, "footing_owner"),
        "becomes_the_loader": (given, group, "bulk_loader"),
        "reads_the_servers_files": (given, group, "pg_read_server_files"),
        "expired": (f"{given} VALID UNTIL '2020-01-01'", group),
    }

    for name, (options, *grants) in guests.items():
        with _login(admin, name, options, *grants):
            if name not in ("expired", "in_no_group"):
                psycopg.connect(pooler.behind.url(name, secret)).close()
            assert "no such user" in _refusal(pooler.url(name, secret)), name
    with _login(admin, "plain", given, group):
        psycopg.connect(pooler.url("plain", secret)).close()
    for login in ("footing_deploy", "footing_monitor", "pgbouncer_auth"):
        psycopg.connect(pooler.behind.url(login)).close()
    for login in ("footing_deploy", "footing_monitor"):
        assert "no such user" in _refusal(pooler.url(login)), login


def test_md5_is_not_handed_out(pooler: Pooler) -> None:
    admin = pooler.behind.admin
    admin.execute("SET password_encryption = 'md5'")
    with _login(admin, "old_fashioned", "PASSWORD 'long ago it was fine'", "authenticated_users"):
        admin.execute("RESET password_encryption")

        known = admin.execute("SELECT * FROM pgbouncer.get_auth('old_fashioned')").fetchall()

    assert known == []


def test_only_the_pooler_may_look_passwords_up(provisioned: Provisioned) -> None:
    lookup = "SELECT passwd FROM pgbouncer.get_auth('webtest_app')"
    with psycopg.connect(provisioned.url("pgbouncer_auth")) as control:
        assert control.execute(lookup).fetchone()[0].startswith("SCRAM-SHA-256$")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            control.execute("SELECT rolpassword FROM pg_authid")

    for login in set(LOGINS) - {"pgbouncer_auth"}:
        refused = pytest.raises(psycopg.errors.InsufficientPrivilege)
        with psycopg.connect(provisioned.url(login)) as session, refused:
            session.execute(lookup)


def test_wrong_passwords_databases_and_options_are_refused(pooler: Pooler, tmp_path: Path) -> None:
    other = make_authority(tmp_path, "other")

    assert "authentication failed" in _refusal(pooler.url("webtest_app", "another one"))
    assert "authentication failed" in _refusal(pooler.url("webtest_app", dbname="postgres"))
    assert "unsupported startup parameter" in _refusal(pooler.url("webtest_app", options="-csearch_path=x"))
    assert "SSL required" in _refusal(pooler.url("webtest_app", sslmode="disable"))
    wrong_authority = pooler.url("webtest_app", sslrootcert=str(other.certificate))
    assert "certificate verify failed" in _refusal(wrong_authority)


def test_the_console_obeys_its_admin_and_only_shows_others(pooler: Pooler) -> None:
    assert pooler.console("stats", "SHOW POOLS")
    with pytest.raises(psycopg.Error, match="admin access needed"):
        pooler.console("stats", "PAUSE")
    pooler.console("admin", "RELOAD")
    assert "authentication failed" in _refusal(pooler.url("webtest_app", dbname="pgbouncer"), within=2)


def test_statements_and_open_transactions_end_at_the_ceiling_whatever_a_client_sets(
    provisioned: Provisioned,
) -> None:
    ceilings = {"FOOTING_POOL_QUERY_TIMEOUT": "1", "FOOTING_POOL_IDLE_TRANSACTION_TIMEOUT": "1"}
    with running_pooler(provisioned, **ceilings) as pooler:
        url = pooler.url("webtest_app")
        with psycopg.connect(url) as greedy, pytest.raises(psycopg.OperationalError, match="query timeout"):
            greedy.execute("SET LOCAL statement_timeout = 0")
            greedy.execute("SELECT pg_sleep(10)")
        with psycopg.connect(url) as lazy:
            lazy.execute("SELECT 1")
            assert _has_ended(lazy)
            with pytest.raises(psycopg.OperationalError):
                lazy.execute("SELECT 2")


def _has_ended(connection: psycopg.Connection) -> bool:
    """Wait until the other side has closed a connection on which nothing was asked."""
    readable, _, _ = select.select([connection.fileno()], [], [], 10)
    return bool(readable)


def test_the_pooler_itself_trusts_no_server_that_its_authority_did_not_sign(
    encrypted: Provisioned, tmp_path: Path
) -> None:
    needs("pgbouncer")
    other = make_authority(tmp_path, "other")
    with running_pooler(encrypted) as pooler:
        with psycopg.connect(pooler.url("webtest_app")) as control:
            told = control.execute("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
            assert told.fetchone() == (True,)
        shutil.copy(other.certificate, pooler.folder / "other.crt")
        settings = pooler.folder / "pgbouncer.ini"
        settings.write_text(
            re.sub("(server_tls_ca_file = .*/)ca.crt", r"\1other.crt", settings.read_text())
        )
        pooler.console("admin", "RELOAD")
        pooler.console("admin", "RECONNECT")

        assert _refusal(pooler.url("webtest_app"), within=2)
        assert "certificate verify failed" in pooler.log()


def test_rendering_says_all_that_is_missing_and_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "pgbouncer.ini").write_text("the one before")

    nothing = render(tmp_path)
    refused = {
        "two lines": render(tmp_path, **{**ENVIRONMENT, "FOOTING_POOL_LOG": "a\nauth_type = any"}),
        "too many": render(tmp_path, **{**ENVIRONMENT, "FOOTING_POOL_SIZE": "25"}),
        "no number": render(tmp_path, **{**ENVIRONMENT, "FOOTING_POOL_SIZE": "many"}),
        "no folder": render(tmp_path / "absent", **ENVIRONMENT),
    }

    missing = [line.split()[0] for line in nothing.stderr.splitlines()]
    assert set(missing) == {name for name in ENVIRONMENT if "_HOST" not in name and "VERSION" not in name}
    assert {name: done.returncode for name, done in refused.items()} == dict.fromkeys(refused, 1)
    assert "25: 6 logins and the look-up need 151 connections" in refused["too many"].stderr
    assert [path.name for path in tmp_path.iterdir()] == ["pgbouncer.ini"]
    assert (tmp_path / "pgbouncer.ini").read_text() == "the one before"


def test_what_is_rendered_is_private_and_has_the_documents_figures(tmp_path: Path) -> None:
    done = render(tmp_path, **ENVIRONMENT)
    ini, users = ((tmp_path / name).read_text() for name in ("pgbouncer.ini", "userlist.txt"))
    newer = render(tmp_path, **{**ENVIRONMENT, "FOOTING_POOL_VERSION": "PgBouncer 1.23.1"})

    assert done.returncode == newer.returncode == 0, done.stderr + newer.stderr
    assert {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {
        "pgbouncer.ini": 0o600,
        "userlist.txt": 0o600,
    }
    settings = dict(re.findall(r"^(\w+) = (.*)$", ini, re.MULTILINE))
    documented = {
        "pool_mode": "transaction",
        "max_client_conn": "1000",
        "max_db_connections": "25",
        "reserve_pool_size": "5",
        "reserve_pool_timeout": "3",
        "server_lifetime": "3600",
        "server_idle_timeout": "600",
        "server_connect_timeout": "15",
        "log_connections": "1",
        "log_disconnections": "1",
        "log_pooler_errors": "1",
        "auth_type": "scram-sha-256",
    }
    assert {name: settings.get(name) for name in documented} == documented
    assert "host='/run/a site''s sockets'" in ini
    assert settings["server_tls_ca_file"] == "/etc/a site's/ca.crt"
    assert "max_prepared_statements = " not in ini
    assert "max_prepared_statements = 200" in (tmp_path / "pgbouncer.ini").read_text()
    assert '"pgbouncer_auth" "a ""quoted"" secret"' in users
    assert all(secret not in ini + users for secret in ("the admin's", "the stats'"))


def test_the_report_prints_pools_clients_and_figures_as_tables(
    pooler: Pooler, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POOLER_STATS_PASSWORD", CONSOLE["stats"])
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    monkeypatch.setenv("PGSSLROOTCERT", str(pooler.folder / "ca.crt"))
    with psycopg.connect(pooler.url("webtest_app"), application_name="reported"):
        code = report(["--host", "127.0.0.1", "--port", str(pooler.port)])

    said = capsys.readouterr().out
    assert code == 0
    for heading in ("Pools", "Connections to PostgreSQL", "Clients", "Since the start"):
        assert heading in said
    assert re.search(r"footing +webtest_app +[1-9]", said), said
    monkeypatch.setenv("POOLER_STATS_PASSWORD", "another one")
    assert report(["--host", "127.0.0.1", "--port", str(pooler.port)]) == 1
