"""The repository's own migrations, run the way a deploy host runs them."""

from tests.support.database import Database
from tests.support.footing import ROOT, Footing

DEPLOY = "test_deploy"


def _count() -> int:
    return len(
        [
            path
            for folder in ("migrations", "views", "indexes")
            for path in (ROOT / "sql" / folder).glob("*.sql")
            if ".rollback." not in path.name
        ]
    )


def test_a_login_that_is_no_superuser_migrates_after_bootstrap(
    prepared_db: Database, footing: Footing
) -> None:
    done = footing("migrate", database=prepared_db.url(DEPLOY), check=True)

    assert f"applied {_count()} migrations" in done.stdout
    (superuser,) = prepared_db.admin.execute(
        "SELECT rolsuper FROM pg_roles WHERE rolname = %s", [DEPLOY]
    ).fetchone() or (None,)
    assert superuser is False


def test_a_superuser_migrates_a_database_in_which_nothing_has_run(
    empty_db: Database, footing: Footing
) -> None:
    footing("migrate", database=empty_db, check=True)

    again = footing("migrate", database=empty_db, check=True)

    assert again.stdout == f"up to date: {_count()} migrations applied, nothing to do\n"


def test_everything_can_be_rolled_back_and_applied_again(prepared_db: Database, footing: Footing) -> None:
    url = prepared_db.url(DEPLOY)
    footing("migrate", database=url, check=True)

    footing("rollback", "--all", "--yes", "--confirm-all", prepared_db.name, database=url, check=True)
    left = prepared_db.admin.execute(
        "SELECT nspname FROM pg_namespace WHERE nspowner = 'footing_owner'::regrole"
    ).fetchall()
    footing("migrate", database=url, check=True)

    assert left == [("footing",)], "only the runner's own records stay"
    footing("verify", database=url, check=True)


def test_nothing_is_owned_by_anyone_but_the_owner_and_the_superuser(migrated_db: Database) -> None:
    owners = migrated_db.admin.execute(
        "SELECT DISTINCT relowner::regrole::text FROM pg_class AS c "
        "JOIN pg_namespace AS n ON n.oid = c.relnamespace "
        "WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' AND nspname <> 'extensions'"
    ).fetchall()

    assert owners == [("footing_owner",)]
