"""make bench: every query runs in each contestant's tables, and figures are kept and drawn."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import click
import pytest

from runner import settings
from runner.output import Output
from tests.support.database import Database
from tools.bench import ingest, ingest_profile, parts, record
from tools.bench.ingest import WAYS
from tools.bench.ingest_profile import EVERYTHING
from tools.bench.more import QUERIES
from tools.bench.page import breakdown_table, sizes_table, ways_table
from tools.bench.place import place, require_room
from tools.bench.plots import growth
from tools.bench.rows import BATCH, OURS, TABLES, THEIRS
from tools.sample import load
from tools.sample.database import Database as Sampled


def test_each_part_measures_both_contestants(
    migrated_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows are few, so that only what fails is of interest, and that parameters are found."""
    monkeypatch.setattr(ingest, "WAYS", {way: (BATCH, bar) for way, (_, bar) in WAYS.items()})
    monkeypatch.setattr(ingest_profile, "SIZED", BATCH)
    monkeypatch.setattr(ingest_profile, "BATCHES", 1)
    told: dict[str, Any] = {}

    with place(migrated_db.url(), 0.001, Output("bench", as_json=True), True) as found:
        for part in parts.PARTS:
            told[part] = parts.measure(found, part, count=2, only=None, rounds=1, quiet=True)

    assert [fact["query"] for fact in told["queries"]["results"]] == [hot.name for hot in QUERIES]
    for fact, hot in zip(told["queries"]["results"], QUERIES, strict=True):
        assert ("documents" in fact["contestants"]) == bool(hot.theirs), hot.name
    assert all(took[OURS] > 0 for took in told["aggregates"]["results"].values())
    written = told["ingest"]
    assert all({*pair["contestants"]} == {*TABLES} for pair in written["ways"].values())
    assert all(pair["times"] > 0 for pair in written["ways"].values())
    assert [len(pair[THEIRS]["each"]) for pair in written["sizes"].values()] == [11, 11]
    calls = {each["what"]: each["calls"] for each in written["triggers"][1:]}
    assert calls == {
        "test_executions_project_id_test_id_fkey": BATCH,
        "test_executions_user_id_fkey": BATCH,
    }
    left = migrated_db.admin.execute("SELECT FROM pg_database WHERE datname LIKE 'footing_bench_%'")
    assert left.fetchall() == []


def test_a_disk_without_room_is_refused_before_anything_is_done(
    tmp_path: Path, migrated_db: Database
) -> None:
    with pytest.raises(click.ClickException, match=r"takes about 26000005 GB, and the disk of"):
        require_room(tmp_path, 10_000_000)

    sampled = Sampled(settings.parse(migrated_db.url(), "test"))
    try:
        with pytest.raises(click.ClickException, match="make room, or load a smaller scale"):
            load.require_room(sampled, 10_000_000)
        load.require_room(sampled, 0.001)
    finally:
        sampled.close()


def test_a_section_of_the_page_is_put_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    monkeypatch.setattr(record, "PAGE", page)
    page.write_text("# Page\n\n<!-- a -->\nold\n<!-- end of a -->\n\n## Another\n")

    record.put("a", r"new \1")
    record.put("b", "more")

    assert page.read_text() == (
        "# Page\n\n<!-- a -->\nnew \\1\n<!-- end of a -->\n\n## Another\n\n"
        "<!-- b -->\nmore\n<!-- end of b -->\n"
    )


def test_figures_are_kept_by_scale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "FOLDER", tmp_path)

    for scale in (10.0, 0.1, 1.0):
        record.keep("ingest", scale, {"ways": scale})
    record.keep("ingest", 1.0, {"ways": "again"})

    assert [(one["scale"], one["ways"]) for one in record.kept("ingest")] == [
        (0.1, 0.1),
        (1.0, "again"),
        (10.0, 10.0),
    ]
    assert record.kept("queries") == []


def test_growth_has_a_line_for_each_contestant_and_a_point_for_each_scale() -> None:
    plots = {
        "a < b": {"row security": [(1.0, 0.5), (0.1, 0.4), (10.0, 0.6)], "documents": [(0.1, 1.0)]},
        "c": {"row security": [(1.0, 0.5)]},
    }

    drawn = growth(plots, "ms")

    root = ElementTree.fromstring(drawn)  # noqa: S314 (our own)
    svg = "{http://www.w3.org/2000/svg}"
    assert drawn == growth(plots, "ms")
    assert len(root.findall(f".//{svg}polyline")) == 3
    assert len(root.findall(f".//{svg}circle")) == 5
    across = [float(point.split(",")[0]) for point in root.find(f".//{svg}polyline").get("points").split()]
    assert across == sorted(across)


def test_the_tables_say_which_bar_was_kept() -> None:
    ways = {
        "COPY": {
            "times": 1.39,
            "contestants": {
                "footing": {"rows_per_second": 139, "cpu_us_per_row": None, "wal_bytes_per_row": 7},
                "documents": {"rows_per_second": 100, "cpu_us_per_row": 2.0, "wal_bytes_per_row": 9},
            },
        }
    }
    size = {"heap": 100.0, "each": [["(id)", 20.0]]}
    sizes = {"one": {"footing": {**size, "indexes": 55.0}, "documents": {**size, "indexes": 100.0}}}

    assert ways_table(ways)[1][3:] == ("1.39", "-", "7", "1.4 MISSED")
    assert sizes_table(sizes)[1][-1] == "0.55 met"
    assert breakdown_table({"whole": 40.0, "parts": {EVERYTHING: 10.0, "index": -0.1}})[1:] == [
        (EVERYTHING, "10.0", "25%"),
        ("index", "0.0", "0%"),
        ("all of it", "40.0", "100%"),
    ]
