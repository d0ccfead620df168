"""`footing new`: the next numbered pair, which is refused until its header and SQL are written."""

from tests.runner.conftest import Project
from tests.support.scratch_tables import tables


def test_makes_the_next_number_across_the_folders(project: Project) -> None:
    project.write(tables(1), {"views/0007_view_x.sql": "SELECT 1;\n"})

    project.run("new", "add_article_search", check=True)

    assert (project.sql / "migrations/0008_add_article_search.sql").exists()
    assert (project.sql / "migrations/0008_add_article_search.rollback.sql").exists()


def test_the_header_has_every_key_of_the_conventions(project: Project) -> None:
    project.run("new", "add_x", check=True)

    up = (project.sql / "migrations/0001_add_x.sql").read_text()
    down = (project.sql / "migrations/0001_add_x.rollback.sql").read_text()

    for key in ("What:", "Why:", "Locks:", "Data:", "Rollback:"):
        assert f"-- {key}" in up
    assert "-- Reverses 0001_add_x" in down
    assert "-- Loses:" in down


def test_words_become_a_name(project: Project) -> None:
    project.run("new", "Add article-search", check=True)

    assert (project.sql / "migrations/0001_add_article_search.sql").exists()


def test_in_chooses_the_folder_and_no_transaction_writes_the_directive(project: Project) -> None:
    project.run("new", "index_x", "--in", "indexes", "--no-transaction", check=True)

    for ending in ("", ".rollback"):
        text = (project.sql / f"indexes/0001_index_x{ending}.sql").read_text()
        assert "\n-- transactional: false\n" in text
        assert "INDEX CONCURRENTLY" in text


def test_what_it_makes_does_not_pass_for_a_migration_until_it_is_written(project: Project) -> None:
    project.run("new", "add_x", check=True)

    refused = project.run("migrate")

    assert refused.returncode == 9
    assert project.applied() == []


def test_a_name_that_is_none_is_a_usage_error(project: Project) -> None:
    for name in ("../../etc/passwd", "1x", "é", ""):
        refused = project.run("new", name)

        assert refused.returncode == 2
        assert list(project.sql.glob("*/*.sql")) == []


def test_touches_no_database(project: Project) -> None:
    done = project.run("new", "add_x", database="postgresql://nobody@127.0.0.1:1/none")

    assert done.returncode == 0
