"""The documents' queries on a standby: the same rows to the same people, by the indexes made for them."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.documents import test_000_queries as of_000
from tests.documents import test_002_queries as of_002
from tests.documents import test_003_queries as of_003
from tests.plans.conftest import Sample
from tests.plans.test_plans import HOT, complaint, parameters
from tests.support.database import Database
from tests.support.standby import standby_of

pytestmark = pytest.mark.xdist_group("plans")

# What the documents ask beside the hot queries: search, lists without a bound, sums, views.
OTHERS = [
    ("webtest", of_000.SEARCH),
    ("webtest", of_000.USAGE),
    ("webtest", of_000.LATEST.replace("LIMIT 100", "")),
    ("apex", of_002.STATS),
    ("assistant", of_003.SEARCH),
    ("webtest", "SELECT * FROM search_test_cases('login', p_limit => 100)"),
    ("atmosfera", "SELECT * FROM search_test_cases('login', p_limit => 100)"),
    ("atmosfera", "SELECT * FROM search_documents('login', p_limit => 100)"),
    ("assistant", "SELECT * FROM changes_since(0)"),
    ("atmosfera", "SELECT * FROM test_coverage_summary"),
    ("atmosfera", "SELECT * FROM project_coverage"),
    ("atmosfera", "SELECT * FROM maturity_progress"),
    ("atmosfera", "SELECT * FROM current_maturity"),
    ("atmosfera", "SELECT * FROM test_execution_summary"),
]


@pytest.fixture(scope="module")
def copy(sample: Sample) -> Iterator[Sample]:
    """The sample, on a standby of its server."""
    with standby_of(sample.db.server) as standby:
        database = Database(standby, sample.db.name)
        yield Sample(database)
        database.close()


def _read(sample: Sample, person: int, asked: list[tuple[str, str]]) -> list[list[tuple[Any, ...]]]:
    """Return the rows of each query, asked by that person in one transaction."""
    found = []
    with sample.db.session("authenticated_users", person, commit=False) as session:
        for path, query in asked:
            session.execute(f"SET LOCAL search_path = {path}, core".encode())
            found.append(sorted(session.execute(query.encode()).fetchall(), key=str))
    return found


def test_every_hot_query_uses_the_index_made_for_it_there_too(copy: Sample) -> None:
    complaints = [
        f"{label}: {said}"
        for label, values in parameters(copy).items()
        for hot in HOT
        if (said := complaint(copy, hot, values))
    ]

    assert copy.one("SELECT pg_is_in_recovery()") is True
    assert not complaints, "\n".join(complaints)


def test_everybody_reads_there_what_they_read_on_the_primary(sample: Sample, copy: Sample) -> None:
    hot_ones = [
        (hot.path, hot.query.format(**values)) for values in parameters(sample).values() for hot in HOT
    ]
    moment = f"timestamptz '{sample.one('SELECT now()')}'"  # between two readings a row may pass the bound
    asked = [
        (path, re.sub(r"\bnow\(\)", moment, query, flags=re.IGNORECASE))
        for path, query in [*hot_ones, *OTHERS]
    ]
    read = 0

    for person in (sample.everywhere, sample.analyst, sample.nowhere):
        here, there = _read(sample, person, asked), _read(copy, person, asked)

        for (_, query), ours, theirs in zip(asked, here, there, strict=True):
            assert theirs == ours, f"{query} to {person}"
        read += sum(map(len, here))
    assert read > 1000
