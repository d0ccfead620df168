"""make restore: every tenant's rows come back in a cluster that knew nothing of them, or one table's."""

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from pytest_postgresql.executors import NoopExecutor

from tests.core.conftest import Cast
from tests.support.database import Database, fresh_database
from tests.support.dumps import Operator
from tests.support.footing import Footing
from tests.support.server import Server
from tests.support.store import Store
from tests.support.template import apply_bootstrap

CONTENT = """
    SELECT coalesce(sum(hashtextextended(t::text, 0)), 0), count(*) FROM ONLY {} AS t"""
TABLES = """
    SELECT format('%I.%I', relnamespace::regnamespace::name, relname) FROM pg_class
     WHERE relkind = 'r' AND relnamespace::regnamespace::text
           IN ('core', 'webtest', 'atmosfera', 'apex', 'assistant', 'copilot', 'ops', 'footing')"""


class Dumped:
    """A dump of a database with two tenants, in a store."""

    def __init__(self, db: Database, store: Store, home: Path) -> None:
        """Fill the database and dump it, as a member of the owner's role."""
        self.cast, self.home, self.store = Cast(db), home, store
        rival = self.cast.project(self.cast.outsider, "Rival")
        for project in (self.cast.apollo, rival):
            case = {"project_id": project, "title": f"of {project}", "description": "d", "test_type": "e2e"}
            self.cast.insert("webtest.test_cases", case)
        self.where = f"s3://{store.bucket}/{db.name}"
        self.operator("test_deploy").json("backup.dump", "make", "--to", self.where)

    def operator(self, user: str | None = None, url: str | None = None) -> Operator:
        """Return somebody with the store's keys, who works there."""
        return Operator(self.home, url or self.cast.db.url(user), self.store.environment())


@pytest.fixture(scope="module")
def dumped(
    server: Server, migrated: NoopExecutor, store: Store, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Dumped]:
    """That dump, made once."""
    with fresh_database(server, template=migrated.template_dbname) as database:
        apply_bootstrap(database.url())
        yield Dumped(database, store, tmp_path_factory.mktemp("home"))


def _content(connection: psycopg.Connection) -> dict[str, tuple[int, ...]]:
    """Return for every table its number of rows, and a hash of them."""
    tables = [name for (name,) in connection.execute(TABLES)]
    return {name: connection.execute(CONTENT.format(name).encode()).fetchone() or () for name in tables}


def test_all_of_it_comes_back_in_an_empty_cluster(
    dumped: Dumped, make_server: Callable[..., Server], footing: Footing
) -> None:
    empty = make_server(timezone="UTC")
    operator = dumped.operator(url=empty.url("postgres"))

    done = operator("backup.restore", "--from", dumped.where, "--into", "footing")

    assert done.returncode == 0, done.stderr
    with psycopg.connect(empty.url("footing")) as restored:
        assert _content(restored) == _content(dumped.cast.db.admin)
        assert restored.execute("SELECT count(*) FROM webtest.test_cases").fetchone() == (2,)
        _shows_a_tenant_its_own_rows(restored, dumped.cast)
    footing("verify", database=empty.url("footing"), check=True)
    footing("migrate", database=empty.url("footing", "test_deploy"), check=True)
    again = operator("backup.restore", "--from", dumped.where, "--into", "footing")
    assert (again.returncode, "is not empty" in again.stderr) == (2, True)


def _shows_a_tenant_its_own_rows(restored: psycopg.Connection, cast: Cast) -> None:
    restored.execute("SET LOCAL ROLE authenticated_users")
    restored.execute("SELECT set_config('app.user_id', %s, true)", [str(cast.outsider)])
    assert restored.execute("SELECT title FROM webtest.test_cases").fetchall() == [
        (f"of {cast.value('SELECT max(id) FROM core.projects')}",)
    ]
    restored.rollback()


def test_one_table_comes_back_beside_the_database_with_every_partition(dumped: Dumped) -> None:
    admin, into = dumped.cast.db.admin, f"{dumped.cast.db.name}_table"
    logged = dumped.cast.value("SELECT count(*) FROM core.audit_logs")
    admin.execute(f"CREATE DATABASE {into}")
    words = ("--from", dumped.where, "--into", into, "--table")

    unknown = dumped.operator()("backup.restore", *words, "public.audit_logs")
    done = dumped.operator()("backup.restore", *words, "core.audit_logs")

    try:
        assert (unknown.returncode, "but core.audit_logs" in unknown.stderr) == (2, True)
        assert done.returncode == 0, done.stderr
        with psycopg.connect(dumped.cast.db.server.url(into)) as restored:
            assert restored.execute("SELECT count(*) FROM core.audit_logs").fetchone() == (logged,)
            assert restored.execute("SELECT count(*) FROM core.users").fetchone() == (0,)
        assert logged > 0
    finally:
        admin.execute(f"DROP DATABASE {into}")


def test_a_restore_that_fails_leaves_no_database(dumped: Dumped) -> None:
    into = f"{dumped.cast.db.name}_never"
    operator = dumped.operator()
    name = operator.json("backup.dump", "list", "--to", dumped.where)["dumps"][0]["name"]
    key, client, bucket = (
        f"{dumped.cast.db.name}/{name}/manifest.json",
        dumped.store.client(),
        dumped.store.bucket,
    )
    manifest = client.get_object(Bucket=bucket, Key=key)["Body"].read()
    lie = manifest.replace(b'"name": "test_cases",\n   "rows": 2', b'"name": "test_cases",\n   "rows": 3')
    assert lie != manifest
    client.put_object(Bucket=bucket, Key=key, Body=lie)

    try:
        done = operator("backup.restore", "--from", f"{dumped.where}/{name}", "--into", into,
                        "--table", "webtest.test_cases")  # fmt: skip
    finally:
        client.put_object(Bucket=bucket, Key=key, Body=manifest)

    assert (done.returncode, "webtest.test_cases has 2 rows instead of 3" in done.stderr) == (4, True)
    databases = dumped.cast.db.admin.execute("SELECT datname FROM pg_database").fetchall()
    assert not [name for (name,) in databases if name.startswith(into)]


def test_who_is_no_superuser_is_told(dumped: Dumped) -> None:
    done = dumped.operator("test_deploy")("backup.restore", "--from", dumped.where, "--into", "never")

    assert (done.returncode, "test_deploy is no superuser" in done.stderr) == (8, True)
