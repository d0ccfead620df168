"""Events: by month, never changed, gone with their project or their month."""

import pytest
from psycopg import errors

from tests.apex.conftest import Office


def test_an_event_is_never_changed_by_anybody(office: Office) -> None:
    refused = [
        "UPDATE apex.project_events SET data = '{}'",
        "UPDATE apex.project_events SET user_id = NULL",
        "DELETE FROM apex.project_events",
        "TRUNCATE apex.project_events",
        "SET LOCAL footing.erasing = 'on'; UPDATE apex.project_events SET event_type = 'never'",
        "SET LOCAL footing.erasing = 'on'; DELETE FROM apex.project_events",
    ]
    before = office.value("SELECT string_agg(e::text, ';' ORDER BY event_id) FROM apex.project_events AS e")

    for statement in refused:
        with (
            pytest.raises(errors.RestrictViolation, match="append-only"),
            office.db.session("footing_owner") as session,
        ):
            session.execute(statement.encode())

    after = office.value("SELECT string_agg(e::text, ';' ORDER BY event_id) FROM apex.project_events AS e")
    assert after == before


def test_an_event_goes_to_its_months_partition(office: Office) -> None:
    moments = ["date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' - interval '1 s'", "now()"]
    moments.append("now() + interval '12 months'")

    for number, moment in enumerate(moments):
        office.run(
            "editor",
            "INSERT INTO apex.project_events (project_id, event_type, timestamp)"
            f" VALUES (%s, %s, {moment})",
            office.estimate,
            str(number),
        )

    placed = office.db.admin.execute(
        "SELECT tableoid::regclass::text ="
        " to_char(timestamp AT TIME ZONE 'UTC', '\"apex.project_events_\"YYYY_MM')"
        " FROM apex.project_events"
    ).fetchall()
    assert placed == [(True,)] * 5
    months = "SELECT partitions, months_ahead FROM ops.partition_coverage WHERE schema_name = 'apex'"
    assert office.db.admin.execute(months).fetchall() == [(14, 12)]


def test_an_event_is_signed_by_the_sessions_person_and_says_something(office: Office) -> None:
    insert = "INSERT INTO apex.project_events (project_id, event_type, data) VALUES (%s, %s, %s)"

    office.run("editor", insert, office.estimate, "priced", '{"total": 12}')

    assert (
        office.value("SELECT user_id FROM apex.project_events WHERE event_type = 'priced'") == office.editor
    )
    for kind, data in ((" ", "{}"), ("priced", "[]"), ("priced", '"x"')):
        with pytest.raises(errors.CheckViolation):
            office.run("editor", insert, office.estimate, kind, data)
    for payload in ('"x"', "7", "null"):
        with pytest.raises(errors.CheckViolation):
            office.payload(office.estimate, payload)


def test_pages_of_events_follow_each_other_and_show_nobody_elses(office: Office) -> None:
    moments = [f"now() - interval '{days} days'" for days in (0, 1, 1, 1, 2)]
    for moment in moments:
        insert = "INSERT INTO apex.project_events (project_id, event_type, timestamp)"
        office.db.admin.execute(f"{insert} VALUES (%s, 'priced', {moment})".encode(), [office.estimate])
    page = "SELECT timestamp, event_id FROM apex.project_events_page(%s, %s, %s, 2)"
    everything = office.db.admin.execute(
        "SELECT timestamp, event_id FROM apex.project_events WHERE project_id = %s"
        " ORDER BY timestamp DESC, event_id DESC",
        [office.estimate],
    ).fetchall()

    last, seen = (None, None), []
    with office.db.session("authenticated_users", office.viewer) as session:
        while rows := session.execute(page.encode(), [office.estimate, *last]).fetchall():
            assert len(rows) <= 2
            seen += rows
            last = rows[-1]
        theirs = session.execute(page.encode(), [office.foreign_estimate, None, None]).fetchall()

    assert len(seen) == len(moments) + 1
    assert seen == everything
    assert theirs == []


def test_a_page_of_a_busy_project_reads_a_page(office: Office) -> None:
    office.db.admin.execute(
        "INSERT INTO apex.project_events (project_id, event_type, timestamp)"
        " SELECT %s, 'saved', now() - n * interval '1 s' FROM generate_series(1, 5000) AS n",
        [office.estimate],
    )
    office.db.admin.execute("VACUUM (ANALYZE) apex.project_events")
    read = (
        "SELECT sum(idx_tup_read) FROM pg_stat_user_indexes"
        " WHERE schemaname = 'apex' AND relname LIKE 'project_events%%'"
    )
    before = office.value(read)

    with office.db.session("authenticated_users", office.viewer) as session:
        page = session.execute("SELECT * FROM apex.project_events_page(%s)", [office.estimate]).fetchall()
        session.execute("SELECT pg_stat_force_next_flush()")

    assert len(page) == 20
    assert office.value(read) - before < 100, "the 5,000 events of this project were read"
