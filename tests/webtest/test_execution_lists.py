"""webtest.project_dashboard() and test_history(): what the documents' queries find, to everybody."""

from typing import Any

import pytest

from tests.documents.test_000_queries import DASHBOARD, HISTORY
from tests.webtest.conftest import Bench

DASHBOARD_COLUMNS = "id, execution_id, test_title, result, execution_time, started_at, username"
HISTORY_COLUMNS = "execution_id, result, execution_time, started_at, completed_at"
PARTS = ["nobody", "outsider", "viewer", "editor", "owner", "admin"]


@pytest.fixture
def busy(bench: Bench) -> Bench:
    """Apollo with runs of a member, of one who left, of strangers, and of nobody, at times of their own.

    The editor is with otto in a project too and so knows him, the viewer does not; zoe is known to nobody
    but administrators, of whom one has access to Apollo.
    """
    left, zoe = bench.person("lea"), bench.person("zoe")
    bench.grant(left, bench.apollo, "editor")
    bench.db.admin.execute("DELETE FROM core.user_project_access WHERE user_id = %s", [left])
    bench.grant(bench.editor, bench.borealis, "viewer")
    bench.grant(bench.admin, bench.apollo, "viewer")
    runners = [bench.viewer, left, bench.outsider, zoe, None]
    for n in range(20):
        bench.execution(f"EX-{n}", user_id=runners[n % 5], created_at=_ago(bench, n))
    bench.execution("EX-old", user_id=bench.viewer, created_at=_ago(bench, 10 * 24 * 60))
    bench.execution("EX-foreign", test_id=bench.foreign_case, user_id=bench.outsider)
    return bench


def _ago(bench: Bench, minutes: int) -> Any:
    return bench.value("SELECT now() - %s * interval '1 minute'", minutes)


def _both(
    bench: Bench, role: str, part: str, document: str, function: str
) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    with bench.db.session(role, bench.id_of(part)) as session:
        session.execute("SET LOCAL search_path = webtest, core")
        return session.execute(document.encode()).fetchall(), session.execute(function.encode()).fetchall()


@pytest.mark.parametrize("role", ["authenticated_users", "readonly_users"])
@pytest.mark.parametrize("part", PARTS)
def test_the_dashboard_is_the_documents(busy: Bench, role: str, part: str) -> None:
    found = {}
    for project in (busy.apollo, busy.borealis):
        document = DASHBOARD.replace("123", str(project))
        asked = f"SELECT {DASHBOARD_COLUMNS} FROM project_dashboard({project})"
        plain, ours = _both(busy, role, part, document, asked)

        assert ours == plain
        found[project] = len(ours)

    # Four times each: the viewer's and lea's; otto's; zoe's. Nobody's four are in no dashboard.
    assert found == {
        busy.apollo: {"viewer": 8, "owner": 8, "editor": 12, "admin": 16}.get(part, 0),
        busy.borealis: {"editor": 1, "outsider": 1}.get(part, 0),
    }


@pytest.mark.parametrize("role", ["authenticated_users", "readonly_users"])
@pytest.mark.parametrize("part", PARTS)
def test_the_history_is_the_documents(busy: Bench, role: str, part: str) -> None:
    found = {}
    for test in (busy.case, busy.foreign_case):
        document = HISTORY.replace("456", str(test))
        plain, ours = _both(
            busy, role, part, document, f"SELECT {HISTORY_COLUMNS} FROM test_history({test})"
        )

        assert ours == plain
        found[test] = len(ours)

    assert found == {
        busy.case: 21 if part in ("viewer", "editor", "owner", "admin") else 0,
        busy.foreign_case: 1 if part in ("editor", "outsider") else 0,
    }


def test_how_far_back_and_how_many_may_be_said(busy: Bench) -> None:
    def ids(call: str) -> list[str]:
        with busy.db.session("authenticated_users", busy.viewer) as session:
            rows = session.execute(f"SELECT execution_id FROM webtest.{call}".encode()).fetchall()
        return [name for (name,) in rows]

    assert ids(f"project_dashboard({busy.apollo}, '4 minutes')") == ["EX-0", "EX-1"]
    assert ids(f"project_dashboard({busy.apollo}, '30 days')")[-1] == "EX-old"
    assert ids(f"project_dashboard({busy.apollo}, p_limit => 1)") == ["EX-0"]
    assert ids(f"test_history({busy.case}, 2)") == ["EX-0", "EX-1"]
    for nothing in ("0", "-1", "NULL"):
        assert ids(f"project_dashboard({busy.apollo}, p_limit => {nothing})") == []
        assert ids(f"test_history({busy.case}, {nothing})") == []


def test_a_page_has_a_hundred_at_most(bench: Bench) -> None:
    for n in range(120):
        bench.execution(f"EX-{n}", user_id=bench.viewer)

    assert (
        bench.run("viewer", "SELECT * FROM webtest.project_dashboard(%s, p_limit => 1000)", bench.apollo)
        == 100
    )
    assert bench.run("viewer", "SELECT * FROM webtest.test_history(%s, 1000)", bench.case) == 100
