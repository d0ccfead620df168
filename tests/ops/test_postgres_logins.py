"""ops/postgres/provision.sql and pg_hba.conf: who may connect, how, and with which settings."""

import dataclasses
import os
import subprocess
from pathlib import Path

import psycopg
import pytest

from ops.certificates import make_authority
from tests.conftest import server_version
from tests.support.footing import Footing
from tests.support.operations import LOGINS, POSTGRES, PRODUCTS, Provisioned, password, provision

APPLICATION = {
    "statement_timeout": "10s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "30s",
}
WANTED = {
    **{f"{product}_app": {**APPLICATION, "search_path": f"{product}, core"} for product in PRODUCTS},
    "footing_signin": {**APPLICATION, "search_path": "core", "log_error_verbosity": "terse"},
    "footing_reader": {
        "statement_timeout": "30s",
        "search_path": "core",
        "default_transaction_read_only": "on",
    },
    "footing_monitor": {"statement_timeout": "10s", "search_path": "ops", "lock_timeout": "1s"},
    "footing_deploy": {"statement_timeout": "0", "lock_timeout": "0", "search_path": '"$user", public'},
    "footing_replication": {"statement_timeout": "30s", "search_path": "pg_catalog"},
    "pgbouncer_auth": {"statement_timeout": "5s", "search_path": "pg_catalog"},
}
GROUPS = {
    **{f"{product}_app": "{authenticated_users}" for product in PRODUCTS},
    "footing_signin": "{authenticator}",
    "footing_reader": "{readonly_users}",
    "footing_monitor": "{monitoring}",
    "footing_deploy": "{footing_owner}",
    "footing_replication": None,
    "pgbouncer_auth": None,
}
FROM_FILES = "SELECT name, setting FROM pg_settings WHERE sourcefile IS NOT NULL AND name !~ '^tcp_'"
EVERY_SETTING = "SELECT name, setting FROM pg_settings"
STATE = """
    SELECT r.rolname, r.rolcanlogin, r.rolsuper, r.rolcreaterole, r.rolbypassrls, r.rolconnlimit,
        s.setconfig,
        (SELECT array_agg(m.roleid::regrole ORDER BY 1)
           FROM pg_auth_members AS m WHERE m.member = r.oid)::text
    FROM pg_roles AS r LEFT JOIN pg_db_role_setting AS s ON s.setrole = r.oid
    WHERE r.rolname = ANY (%s) ORDER BY 1"""
DATABASE_STATE = """
    SELECT (SELECT datacl::text FROM pg_database WHERE datname = current_database()),
        (SELECT array_agg(s::text ORDER BY s::text) FROM pg_db_role_setting AS s),
        (SELECT array_agg(p.oid::regprocedure::text || p.proacl::text)
           FROM pg_proc AS p WHERE pronamespace = 'pgbouncer'::regnamespace)"""


def test_each_login_has_its_settings_and_its_group_and_no_more(provisioned: Provisioned) -> None:
    newer = server_version() >= 17
    for login, settings in WANTED.items():
        with psycopg.connect(provisioned.url(login)) as session:
            told = {name: session.execute(f"SHOW {name}").fetchone()[0] for name in settings}
            if newer and login.endswith("_app"):
                assert session.execute("SHOW transaction_timeout").fetchone() == ("30s",), login
            assert told == settings, login

    rows = provisioned.admin.execute(STATE, [list(LOGINS)]).fetchall()
    assert len(rows) == len(LOGINS)
    assert {row[0]: row[7] for row in rows} == GROUPS
    assert {row[1:5] for row in rows} == {(True, False, False, False)}


def test_each_login_sees_the_servers_settings_and_only_its_own_differ(provisioned: Provisioned) -> None:
    """What the files say is in force for every login; what a login may not see it can't have changed."""
    server = dict(provisioned.admin.execute(FROM_FILES).fetchall())
    for login in LOGINS:
        own = set(WANTED[login]) | {"idle_in_transaction_session_timeout", "transaction_timeout"}
        with psycopg.connect(provisioned.url(login)) as session:
            seen = dict(session.execute(EVERY_SETTING).fetchall())

        differing = {name: seen[name] for name in server.keys() & seen.keys() if seen[name] != server[name]}
        assert len(server.keys() & seen.keys()) > 40, login
        assert set(differing) <= own, (login, differing)


def test_the_deploy_login_migrates_and_verifies_what_is_provisioned(
    provisioned: Provisioned, footing: Footing
) -> None:
    """What the superuser adds beside the migrations is no drift."""
    url = provisioned.url("footing_deploy")

    migrated, verified = footing("migrate", database=url), footing("verify", database=url)

    assert migrated.returncode == 0, migrated.stderr
    assert "up to date" in migrated.stdout
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_the_deploy_login_refreshes_the_materialized_views(
    provisioned: Provisioned, footing: Footing
) -> None:
    """The second time CONCURRENTLY, which needs a temporary table."""
    url = provisioned.url("footing_deploy")

    first, second = footing("refresh", database=url), footing("refresh", database=url)

    assert first.returncode == 0, first.stdout + first.stderr
    assert second.returncode == 0, second.stdout + second.stderr


def test_whoever_is_not_named_has_the_ceiling_and_the_superuser_none(provisioned: Provisioned) -> None:
    provisioned.admin.execute("CREATE ROLE guest LOGIN PASSWORD 'guest guest' IN ROLE readonly_users")
    try:
        with psycopg.connect(provisioned.url("guest", "guest guest")) as guest:
            assert guest.execute("SHOW statement_timeout").fetchone() == ("30s",)
        with psycopg.connect(provisioned.admin_url) as admin:
            assert admin.execute("SHOW statement_timeout").fetchone() == ("0",)
    finally:
        provisioned.admin.execute("DROP ROLE guest")


def test_an_application_statement_ends_in_its_time_and_a_migration_does_not(
    provisioned: Provisioned,
) -> None:
    shorter = "ALTER ROLE webtest_app IN DATABASE footing SET statement_timeout = '50ms'"
    provisioned.admin.execute(shorter)

    with (
        psycopg.connect(provisioned.url("webtest_app")) as app,
        pytest.raises(psycopg.errors.QueryCanceled),
    ):
        app.execute("SELECT pg_sleep(5)")
    with psycopg.connect(provisioned.url("footing_deploy")) as deploy:
        deploy.execute("SET ROLE footing_owner")
        deploy.execute("SELECT pg_sleep(0.1)")
    assert provision(provisioned.admin_url, {}).returncode == 0
    with psycopg.connect(provisioned.url("webtest_app")) as app:
        assert app.execute("SHOW statement_timeout").fetchone() == ("10s",)


def test_a_pooled_login_can_leave_no_temporary_table_behind(provisioned: Provisioned) -> None:
    refused = pytest.raises(psycopg.errors.InsufficientPrivilege, match="temporary")
    with psycopg.connect(provisioned.url("webtest_app")) as app, refused:
        app.execute("CREATE TEMPORARY TABLE left_behind ()")


def test_provisioning_again_changes_nothing_and_puts_back_what_drifted(provisioned: Provisioned) -> None:
    admin = provisioned.admin
    before = admin.execute(STATE, [list(LOGINS)]).fetchall(), admin.execute(DATABASE_STATE).fetchone()
    hashes = dict(admin.execute("SELECT rolname, rolpassword FROM pg_authid").fetchall())

    again = provision(provisioned.admin_url, {})
    unchanged = admin.execute(STATE, [list(LOGINS)]).fetchall(), admin.execute(DATABASE_STATE).fetchone()
    admin.execute("ALTER ROLE webtest_app SUPERUSER CREATEROLE CONNECTION LIMIT 3")
    admin.execute("ALTER ROLE webtest_app IN DATABASE footing SET work_mem = '1GB'")
    admin.execute("GRANT readonly_users TO webtest_app")
    warned = provision(provisioned.admin_url, {"apex_app": password("apex_app")})
    admin.execute("REVOKE readonly_users FROM webtest_app")

    assert (again.returncode, again.stderr) == (0, "")
    assert unchanged == before
    assert "login webtest_app is also a member of readonly_users" in warned.stderr
    assert (
        admin.execute(STATE, [list(LOGINS)]).fetchall(),
        admin.execute(DATABASE_STATE).fetchone(),
    ) == before
    now = dict(admin.execute("SELECT rolname, rolpassword FROM pg_authid").fetchall())
    assert {login for login in now if now[login] != hashes[login]} == {"apex_app"}


def test_no_password_leaves_the_provisioner(provisioned: Provisioned) -> None:
    """Even where somebody logs and counts everything, and where it fails."""
    admin = provisioned.admin
    everything = {
        "log_statement": "all",
        "log_min_duration_statement": "0",
        "log_min_error_statement": "error",
    }
    tracking = {"pg_stat_statements.track_utility": "on", "log_parameter_max_length": "-1"}
    for name, value in {**everything, **tracking}.items():
        admin.execute(f"ALTER DATABASE footing SET {name} = '{value}'")
    with psycopg.connect(provisioned.admin_url) as control:
        control.execute("SELECT 'this is logged'")

    done = provision(provisioned.admin_url)
    clear = provision(provisioned.admin_url, {}, FOOTING_VERIFIERS='{"apex_app": "clear text"}')
    short = provision(provisioned.admin_url, {"apex_app": "brief"})
    stranger = provision(provisioned.admin_url, {"postgres": "long enough to pass"})
    admin.execute("ALTER DATABASE footing RESET ALL")
    assert provision(provisioned.admin_url, {}).returncode == 0  # which puts back what RESET ALL took

    assert done.returncode == 0, done.stderr
    assert clear.returncode == 0  # provision.py computes verifiers itself; a given variable is replaced
    assert short.returncode == 2
    assert "FOOTING_PASSWORD_APEX_APP is shorter than 12 characters" in short.stderr
    assert stranger.returncode == 3
    assert "names no login of Footing: postgres" in stranger.stderr
    log = provisioned.log()
    kept = str(admin.execute("SELECT query FROM extensions.pg_stat_statements").fetchall())
    assert "this is logged" in log
    for secret in ("$ecret", "SCRAM-SHA-256$", "clear text", "long enough", "brief"):
        assert all(secret not in text for text in (log, kept, str(done), str(stranger), short.stderr)), (
            secret
        )


def test_psql_alone_refuses_a_password_where_a_verifier_belongs(provisioned: Provisioned) -> None:
    done = subprocess.run(
        ["psql", "-X", "-d", provisioned.admin_url, "-f", POSTGRES / "provision.sql"],
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "FOOTING_VERIFIERS": '{"apex_app": "clear text"}'},
    )

    assert done.returncode == 3
    assert "what FOOTING_VERIFIERS has for apex_app is no SCRAM verifier" in done.stderr
    assert "clear text" not in done.stderr + done.stdout + provisioned.log()


def _refusal(url: str) -> str:
    with pytest.raises(psycopg.OperationalError) as refused:
        psycopg.connect(url, connect_timeout=5).close()
    return str(refused.value)


def test_only_the_right_password_for_this_database_gets_in(provisioned: Provisioned) -> None:
    psycopg.connect(provisioned.url("webtest_app")).close()  # the control

    assert "password authentication failed" in _refusal(provisioned.url("webtest_app", "another one"))
    assert "password authentication failed" in _refusal(provisioned.url("nobody", "whoever"))
    assert "pg_hba.conf" in _refusal(provisioned.url("postgres", "whatever"))
    assert "pg_hba.conf" in _refusal(provisioned.url("webtest_app", dbname="postgres"))
    socket = provisioned.server.url("footing", "webtest_app", "another one", via="socket")
    assert "password authentication failed" in _refusal(socket)
    methods = provisioned.admin.execute("SELECT DISTINCT auth_method FROM pg_hba_file_rules").fetchall()
    assert {method for (method,) in methods} == {"scram-sha-256", "reject", "peer"}


def test_what_is_not_encrypted_and_whom_the_authority_did_not_sign_is_refused(
    encrypted: Provisioned, tmp_path: Path
) -> None:
    made, other = encrypted, make_authority(tmp_path, "other")
    with psycopg.connect(made.url("webtest_app")) as control:
        told = control.execute("SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
        assert told.fetchone() == (True, "TLSv1.3")

    assert "no encryption" in _refusal(made.url("webtest_app", sslmode="disable"))
    wrong = made.url("webtest_app", sslrootcert=str(other.certificate))
    assert "certificate verify failed" in _refusal(wrong)
    elsewhere = dataclasses.replace(made, server=dataclasses.replace(made.server, host="127.0.0.2"))
    assert "server certificate for" in _refusal(elsewhere.url("webtest_app", hostaddr="127.0.0.1"))
    old = made.url("webtest_app", ssl_max_protocol_version="TLSv1.1", ssl_min_protocol_version="TLSv1")
    assert "protocol" in _refusal(old)
