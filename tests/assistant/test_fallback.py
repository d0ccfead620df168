"""The fallback copy: what it holds, that it is of one moment, and that nothing breaks the old one."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from tests.assistant.conftest import KEYS, Library
from tests.support.footing import ROOT, Footing
from tests.support.waiting import free_port, wait_until

COMMAND = [sys.executable, "-m", "ops.fallback.export"]


def _environment(footing: Footing, database: Any) -> dict[str, str]:
    return footing.environment(database)


def _export(footing: Footing, database: Any, *arguments: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        env=_environment(footing, database),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def _read(file: Path, query: str, *values: Any) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        return connection.execute(query, values).fetchall()
    finally:
        connection.close()


def test_a_copy_holds_the_active_rows_and_says_of_when(
    library: Library, footing: Footing, tmp_path: Path
) -> None:
    library.fill()
    for table, key in KEYS.items():
        library.put(table, **{key: "OUT"})
        library.age(table, "OUT", "1 day")
    library.db.admin.execute(
        'UPDATE assistant.practices SET effectiveness_score = 85.5, benefits = \'[{"for": "all"}]\''
    )
    file = tmp_path / "fallback.db"
    before = library.value("SELECT now()")

    done = _export(footing, library.db, file)

    assert (done.returncode, done.stderr) == (0, "")
    assert "1 rule, 1 practice, 1 template as of" in done.stdout
    taken_at, version, change, *counts = _read(
        file, "SELECT taken_at, schema_version, change_id, rules, practices, templates FROM snapshot"
    )[0]
    latest = "SELECT max(substr(migration_id, 1, 4)::int) FROM footing._yoyo_migration"
    assert version == library.value(latest) == _read(file, "PRAGMA user_version")[0][0]
    assert change == library.value("SELECT assistant.latest_change_id()")
    assert counts == [1, 1, 1]
    assert before <= library.value("SELECT %s::timestamptz", taken_at) <= library.value("SELECT now()")
    for table, key in KEYS.items():
        columns = [row[1] for row in _read(file, f"PRAGMA table_info({table})")]
        there = library.db.admin.execute(
            f"SELECT to_jsonb(t) - '{{search_vector,deactivated_at}}'::text[] FROM assistant.{table} AS t"
            f" WHERE {key} <> 'OUT'".encode()
        ).fetchone()[0]
        copied = dict(zip(columns, _read(file, f"SELECT * FROM {table}")[0], strict=True))
        assert set(columns) == set(there), table
        for column in (key, "category", "description"):
            assert copied[column] == there[column], (table, column)
    assert _read(file, "SELECT effectiveness_score, json_extract(benefits, '$[0].for') FROM practices") == [
        (85.5, "all")
    ]
    mode = stat.S_IMODE(file.stat().st_mode)
    assert mode & 0o222 == 0, "the copy can be written"
    assert os.listdir(tmp_path) == ["fallback.db"]


WORDS = [
    "password",
    "passwords",
    "logging",
    "rotate",
    "credential",
    "leaked OR rotate",
    '"log file"',
    "xyzzy",
]


def test_a_search_in_the_copy_finds_what_the_database_finds(
    library: Library, footing: Footing, tmp_path: Path
) -> None:
    library.fill()
    library.put("rules", rule_id="SEC-002", title="Log every login", description="Who logged in, and when")
    library.put("rules", rule_id="SEC-003", title="Passwords rotate", description="Rotating, not resetting")
    library.put("rules", rule_id="SEC-004", title="Unused", description="password", active=False)
    file = tmp_path / "fallback.db"
    assert _export(footing, library.db, file).returncode == 0

    found = 0
    for table, key in KEYS.items():
        for word in WORDS:
            hits = [
                row[0]
                for row in _read(
                    file,
                    f"SELECT t.{key} FROM {table}_search AS s JOIN {table} AS t ON t.rowid = s.rowid"
                    f" WHERE {table}_search MATCH ? ORDER BY bm25({table}_search, 1.0, 0.4)",
                    word,
                )
            ]
            query = f"SELECT {key} FROM assistant.search_{table}(%s)"
            expected = library.ids("authenticated_users", "viewer", query, word)
            assert set(hits) == expected, (table, word)
            found += len(hits)
    assert found >= len(WORDS)
    best = (
        "SELECT title FROM rules_search WHERE rules_search MATCH 'rotate'"
        " ORDER BY bm25(rules_search, 1.0, 0.4)"
    )
    assert _read(file, best) == [("Passwords rotate",)]


def test_a_copy_is_of_one_moment_while_others_write(
    library: Library, footing: Footing, tmp_path: Path
) -> None:
    library.fill()
    same = {"rules": "title", "practices": "title", "templates": "name"}
    stop = threading.Event()
    rounds: list[int] = []

    def write() -> None:
        with library.db.connect(autocommit=False) as connection:
            while not stop.is_set():
                for table, column in same.items():
                    connection.execute(f"UPDATE assistant.{table} SET {column} = %s", [str(len(rounds))])
                connection.commit()
                rounds.append(1)

    writing = threading.Thread(target=write)
    writing.start()
    try:
        wait_until(lambda: len(rounds) > 3, 20, "nothing is written")
        for number in range(2):
            file = tmp_path / f"{number}.db"
            assert _export(footing, library.db, file).returncode == 0
            titles = {_read(file, f"SELECT {column} FROM {table}")[0][0] for table, column in same.items()}
            assert len(titles) == 1, "rows of different moments"
            change = _read(file, "SELECT change_id FROM snapshot")[0][0]
            latest = "SELECT max(change_id) FROM assistant.changes WHERE table_name = 'templates'"
            assert change <= library.value(latest)
    finally:
        stop.set()
        writing.join()


def test_an_export_that_is_stopped_leaves_the_old_copy(
    library: Library, footing: Footing, tmp_path: Path
) -> None:
    library.fill()
    file = tmp_path / "fallback.db"
    assert _export(footing, library.db, file).returncode == 0
    old = file.read_bytes()
    library.db.admin.execute("UPDATE assistant.rules SET title = 'new'")
    holding = library.db.connect(autocommit=False)
    holding.execute("LOCK TABLE assistant.templates IN ACCESS EXCLUSIVE MODE")  # it stops half way
    waiting = "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted"

    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        process = subprocess.Popen(
            [*COMMAND, str(file)],
            env=_environment(footing, library.db),
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )
        wait_until(lambda: library.value(waiting), 20, "the export does not wait")
        half = os.listdir(tmp_path)
        process.send_signal(number)
        _, said = process.communicate(timeout=30)

        assert len(half) == 2, "it was not stopped half way"
        assert process.returncode == code
        assert "interrupted" in said
        assert file.read_bytes() == old
        assert os.listdir(tmp_path) == ["fallback.db"]

    holding.rollback()
    assert _export(footing, library.db, file).returncode == 0
    assert _read(file, "SELECT title FROM rules") == [("new",)]


def test_what_keeps_it_from_being_written_is_said_plainly(
    library: Library, footing: Footing, tmp_path: Path
) -> None:
    file = tmp_path / "fallback.db"
    nobody = f"postgresql://postgres@127.0.0.1:{free_port()}/footing"
    library.fill()
    assert _export(footing, library.db, file).returncode == 0
    old = file.read_bytes()

    for database, arguments, code, words in (
        (nobody, [file], 8, ["no server answered", "is it up"]),
        (library.db.url().replace(library.db.name, "missing"), [file], 8, ["does not exist"]),
        (library.db.url("test_app"), [file], 8, ["permission denied"]),
        (library.db.url("test_reader"), [file], 8, ["footing_owner"]),
        (library.db, [], 2, ["name the file to write", "make fallback FILE="]),
        (library.db, [""], 2, ["name the file to write"]),
        (library.db, [tmp_path / "none" / "f.db"], 2, ["can't be written", "No such file"]),
        (library.db, [tmp_path], 2, ["is a folder"]),
        (library.db, ["/proc/fallback.db"], 2, ["can't be written"]),
    ):
        done = _export(footing, database, *arguments)
        assert done.returncode == code, (arguments, done.stderr)
        for word in words:
            assert word in done.stderr, (arguments, done.stderr)
        assert "Traceback" not in done.stderr
    assert file.read_bytes() == old
    assert os.listdir(tmp_path) == ["fallback.db"]


def test_a_database_without_the_schema_gives_no_empty_copy(
    prepared_db: Any, footing: Footing, tmp_path: Path
) -> None:
    done = _export(footing, prepared_db, tmp_path / "fallback.db")

    assert (done.returncode, os.listdir(tmp_path)) == (3, [])
    assert "has no assistant schema yet" in done.stderr


def test_a_link_is_written_through_and_the_make_target_works(
    library: Library, footing: Footing, tmp_path: Path
) -> None:
    library.fill()
    (tmp_path / "real").mkdir()
    file, link = tmp_path / "real" / "a copy.db", tmp_path / "link.db"
    link.symlink_to(file)
    venv = os.path.relpath(Path(sys.executable).parents[1], ROOT)  # without its spaces

    done = subprocess.run(
        ["make", "fallback", f"FILE={link}", f"VENV={venv}"],
        env=_environment(footing, library.db),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 0, done.stderr
    assert link.is_symlink()
    assert _read(file, "SELECT rules FROM snapshot") == [(1,)]
    assert library.db.url() not in done.stdout + done.stderr
