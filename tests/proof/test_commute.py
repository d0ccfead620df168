"""tools.commute tells orders that give the same from orders that don't, on real scratch databases."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.database import Database
from tests.support.footing import ROOT, Footing
from tests.support.scratch_tables import concurrent_index, tables
from tests.support.server import Server

REPLACE = "CREATE OR REPLACE FUNCTION s1.answer() RETURNS integer LANGUAGE sql RETURN {};\n"
FILES = {
    **tables(1),
    "migrations/0002_create_answer.sql": REPLACE.format(40),
    "migrations/0003_create_dates.sql": (
        "CREATE TABLE s1.dates (id int GENERATED ALWAYS AS IDENTITY, name text,"
        " at timestamptz DEFAULT now());\n"
        "INSERT INTO s1.dates (name) VALUES ('release');\n"
    ),
    "migrations/0004_answer_41.sql": REPLACE.format(41),
    "migrations/0005_answer_42.sql": REPLACE.format(42),
    **tables(6),
    **concurrent_index(7, "s6.t"),
    "migrations/0008_name_a_date.sql": "INSERT INTO s1.dates (name) VALUES ('freeze');\n",
    "migrations/0009_name_another.sql": "INSERT INTO s1.dates (name) VALUES ('party');\n",
    "migrations/0010_add_y.sql": "ALTER TABLE s1.t ADD COLUMN y int;\n",
    "migrations/0011_comment_y.sql": "COMMENT ON COLUMN s1.t.y IS 'A number.';\n",
    "migrations/0012_rename_y.sql": "ALTER TABLE s1.t RENAME COLUMN y TO z;\n",
}

Commute = Callable[..., dict[str, Any]]


@pytest.fixture
def commute(server: Server, migrations, tmp_path: Path) -> Commute:
    """Run the tool on the scratch files; return its JSON, whose exit code is the process's own."""
    sql = migrations(FILES)

    def run(*args: str, code: int) -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, "-m", "tools.commute", *args, "--json", "--source", str(sql)],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": server.url("postgres"), "HOME": str(tmp_path)},
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return json.loads(done.stdout) if done.stdout else {"error": done.stderr}

    return run


def test_files_that_commute_give_the_same_in_every_order(commute: Commute, server: Server) -> None:
    found = commute("3", "6", code=0)

    assert found["commutes"] is True
    assert found["orders"] == 12, "0003 and 0006 at every place; 0004 and 0005 stay as they are numbered"
    assert (found["depends"], found["differences"], found["conflicts"]) == ({}, [], [])
    left = "SELECT FROM pg_database WHERE datname LIKE 'footing_commute_%'"
    server.execute(f"DO $$ BEGIN ASSERT NOT EXISTS ({left}); END $$")


def test_rows_count_and_a_row_that_names_the_time_does_not_differ_for_that(commute: Commute) -> None:
    found = commute("8", "9", code=1)

    [difference] = found["differences"]
    assert sorted(line.partition(": only")[0] for line in difference["lines"]) == [
        'row of s1.dates {"id": 2, "name": "freeze"}',
        'row of s1.dates {"id": 2, "name": "party"}',
        'row of s1.dates {"id": 3, "name": "freeze"}',
        'row of s1.dates {"id": 3, "name": "party"}',
    ]


def test_a_file_that_spoils_another_is_a_conflict_also_where_both_need_a_third(commute: Commute) -> None:
    found = commute("10", "11", "12", code=1)
    alone = commute("11", code=1)  # with all above it

    [conflict] = found["conflicts"]
    assert (conflict["file"], conflict["after"]) == ("0011_comment_y", ["0010_add_y", "0012_rename_y"])
    assert 'column "y" of relation "s1.t" does not exist' in conflict["error"]
    assert found["depends"] == {"0011_comment_y": ["0010_add_y"], "0012_rename_y": ["0010_add_y"]}
    assert alone["files"] == ["0011_comment_y", "0012_rename_y"]
    assert alone["conflicts"][0]["after"] == ["0012_rename_y"]


def test_many_files_are_walked_past_each_other_pair_by_pair(commute: Commute) -> None:
    found = commute("3", "4", "5", "6", "7", "10", code=1)

    [difference] = found["differences"]
    assert difference["pair"] == ["0004_answer_41", "0005_answer_42"]
    said = "\n".join(difference["lines"])
    assert "function s1.answer(): differs" in said
    assert "0004, 0005: " in said and "RETURN 42" in said
    assert "0005, 0004: " in said and "RETURN 41" in said
    assert found["depends"]["0007_index_t_x"] == ["0006_create_s6"]
    assert 720 > found["orders"] > 15
    assert "0008_name_a_date" in found["files"], "what lies between takes part"


def test_what_a_database_lacks_out_of_order_is_found_and_compared_with_what_it_has(
    commute: Commute, empty_db: Database, footing: Footing, migrations
) -> None:
    sql = migrations({})
    late = list((sql / "migrations").glob("0004*"))
    kept = {path: path.read_text() for path in late}
    for path in late:
        path.unlink()
    footing("migrate", "--to", "6", database=empty_db, sql=sql, check=True)
    in_order = commute("--pending-in", empty_db.url(), code=0)
    for path, text in kept.items():
        path.write_text(text)

    refused = footing("migrate", database=empty_db, sql=sql)
    found = commute("--pending-in", empty_db.url(), code=1)

    assert in_order["files"] == []
    assert "make commute" in refused.stderr, "the next step names the proof"
    assert found["files"] == ["0004_answer_41", "0005_answer_42", "0006_create_s6"]
    assert [d["pair"] for d in found["differences"]] == [["0004_answer_41", "0005_answer_42"]]
    assert footing("status", database=empty_db, sql=sql).returncode == 4, "it was only read"


def test_a_file_of_a_git_range_that_needs_another_depends_on_it_and_does_not_differ(
    commute: Commute, migrations
) -> None:
    sql = migrations({})
    git = ["git", "-C", str(sql), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for args in (["init", "-q"], ["add", "."], ["rm", "-q", "--cached", "-r", "indexes"]):
        subprocess.run([*git, *args], check=True)
    subprocess.run([*git, "rm", "-q", "--cached", *sorted(map(str, sql.glob("*/0006*")))], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "before"], check=True)

    found = commute("--since", "HEAD", code=0)
    wrong = commute("--since", "nowhere", code=2)

    assert found["depends"] == {"0007_index_t_x": ["0006_create_s6"]}
    assert (found["orders"], found["differences"], found["conflicts"]) == (1, [], [])
    assert "--since takes a commit" in wrong["error"]
