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
