"""apex.project_stats: figures of the last refresh, each account's for its own members."""

import pytest
from psycopg import errors

from tests.apex.conftest import PARTS, READS, Office

REFRESH = "REFRESH MATERIALIZED VIEW CONCURRENTLY apex.project_stats_data"
STATS = "SELECT status, project_count, avg_confidence FROM apex.project_stats ORDER BY status"


def _refresh(office: Office) -> None:
    with office.db.session("footing_owner") as session:
        session.execute(REFRESH)


def test_the_figures_are_those_of_the_last_refresh(office: Office) -> None:
    for status, confidence in (("accepted", 0.5), ("accepted", 1), ("accepted", None), ("rejected", None)):
        office.bid(office.mercury, status=status, confidence=confidence)
    office.bid(office.venus, status="accepted", confidence=0)

    with office.db.session("authenticated_users", office.viewer) as session:
        before = session.execute(STATS).fetchall()
        _refresh(office)  # while the reader's transaction is open
        first = session.execute(STATS).fetchall()
    office.run("editor", "UPDATE apex.projects SET status = 'estimating' WHERE status = 'draft'")
    office.db.admin.execute("DELETE FROM apex.projects WHERE status = 'rejected'")
    _refresh(office)
    with office.db.session("authenticated_users", office.viewer) as session:
        second = session.execute(STATS).fetchall()

    assert before == []
    assert second == [("accepted", 3, 0.75), ("estimating", 1, None)]
    assert first == [("accepted", 3, 0.75), ("draft", 1, None), ("rejected", 1, None)]


def test_figures_are_seen_by_the_accounts_members_and_no_other(office: Office) -> None:
    _refresh(office)

    for role in ("authenticated_users", "readonly_users"):
        for part in PARTS:
            seen = office.ids(role, part, "SELECT account_id FROM apex.project_stats")
            expected = {office.mercury} if part in READS else set()
            expected |= {office.venus} if part == "outsider" else set()
            assert seen == expected, (role, part)
        for refused in ("SELECT * FROM apex.project_stats_data", REFRESH):
            with (
                pytest.raises(errors.InsufficientPrivilege),
                office.db.session(role, office.manager) as session,
            ):
                session.execute(refused.encode())

    office.db.admin.execute("UPDATE core.users SET is_active = false WHERE id = %s", [office.viewer])
    office.db.admin.execute("DELETE FROM apex.account_members WHERE user_id = %s", [office.editor])
    for part in ("viewer", "editor"):
        assert office.ids("authenticated_users", part, "SELECT status FROM apex.project_stats") == set()
    assert office.value("SELECT count(*) FROM apex.project_stats_data") == 2


def test_no_condition_of_the_readers_sees_a_row_before_the_view_does(office: Office) -> None:
    _refresh(office)
    heard: list[str] = []

    with office.db.session("authenticated_users", office.viewer) as session:
        session.add_notice_handler(lambda notice: heard.append(notice.message_primary))
        session.execute(
            "CREATE FUNCTION pg_temp.leak(account bigint) RETURNS boolean LANGUAGE plpgsql COST 0.0001"
            " AS $$ BEGIN RAISE NOTICE '%', account; RETURN true; END $$"
        )
        session.execute("SELECT * FROM apex.project_stats WHERE pg_temp.leak(account_id)")

    assert heard == [str(office.mercury)]
