"""What triggers keep: an item's status, a document's version, search vectors, updated_at."""

import threading

from tests.core.conftest import Cast
from tests.support.atmosfera import add, rows

STATUS = "SELECT status FROM atmosfera.test_cycle_items WHERE id = %s"
RUN = "INSERT INTO atmosfera.test_runs (cycle_item_id, status, executed_at) VALUES (%s, %s, %s)"


def _item(cast: Cast) -> int:
    case = add(cast, "test_cases", project_id=cast.apollo, title="Log in")
    cycle = add(cast, "test_cycles", project_id=cast.apollo, name="Sprint 1")
    return add(cast, "test_cycle_items", cycle_id=cycle, test_case_id=case)


def test_an_item_has_the_status_of_its_latest_run(cast: Cast) -> None:
    item = _item(cast)

    seen = [cast.value(STATUS, item)]
    for status, day in (("failed", "2025-07-02"), ("passed", "2025-07-03"), ("blocked", "2025-07-01")):
        cast.run("editor", RUN, item, status, day)
        seen.append(cast.value(STATUS, item))

    assert seen == ["not-run", "failed", "passed", "passed"]  # the blocked run was earlier


def test_of_two_runs_at_one_moment_the_one_written_later_counts(cast: Cast) -> None:
    item = _item(cast)

    for status in ("failed", "passed"):
        cast.run("editor", RUN, item, status, "2025-07-01")

    assert cast.value(STATUS, item) == "passed"


def test_the_status_follows_a_run_that_is_changed_moved_in_time_or_deleted(cast: Cast) -> None:
    item = _item(cast)
    for status, day in (("failed", "2025-07-02"), ("passed", "2025-07-03")):
        cast.run("editor", RUN, item, status, day)

    seen = []
    for statement in (
        "UPDATE atmosfera.test_runs SET status = 'blocked' WHERE status = 'passed'",
        "UPDATE atmosfera.test_runs SET executed_at = '2025-07-04' WHERE status = 'failed'",
        "DELETE FROM atmosfera.test_runs WHERE status = 'failed'",
        "DELETE FROM atmosfera.test_runs",
    ):
        cast.run("manager", statement)
        seen.append(cast.value(STATUS, item))

    assert seen == ["blocked", "failed", "blocked", "not-run"]


def test_a_status_set_by_hand_holds_until_the_first_run(cast: Cast) -> None:
    item = _item(cast)
    by_hand = "UPDATE atmosfera.test_cycle_items SET status = 'blocked'"

    cast.run("editor", by_hand)
    before = cast.value(STATUS, item)
    cast.run("editor", RUN, item, "passed", "2025-07-01")
    cast.run("editor", by_hand)

    assert (before, cast.value(STATUS, item)) == ("blocked", "passed")


def test_two_runs_written_at_once_leave_the_status_of_the_later(cast: Cast) -> None:
    item = _item(cast)
    with cast.db.connect(autocommit=False) as first:
        first.execute(RUN, [item, "passed", "2025-07-02"])  # holds the item's row
        second = threading.Thread(target=cast.run, args=("editor", RUN, item, "failed", "2025-07-01"))
        second.start()
        waiting = (
            "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = %s"
        )
        while not cast.value(waiting, cast.db.name):
            assert second.is_alive()
        first.commit()
        second.join()

    assert cast.value(STATUS, item) == "passed"


def test_a_bulk_loaded_run_counts_too(cast: Cast) -> None:
    item = _item(cast)

    with (
        cast.db.session("bulk_loader") as session,
        session.cursor().copy("COPY atmosfera.test_runs (cycle_item_id, status) FROM STDIN") as copy,
    ):
        copy.write_row([item, "failed"])

    assert cast.value(STATUS, item) == "failed"


def test_a_documents_version_advances_with_its_content_and_nothing_else(cast: Cast) -> None:
    rows(cast, cast.apollo)

    seen = []
    for change in (
        "title = 'Other'",
        "content = content",
        "content = 'new'",
        "content = 'newer', tags = '[]'",
    ):
        cast.run("editor", f"UPDATE atmosfera.documents SET {change}")
        seen.append(cast.value("SELECT version FROM atmosfera.documents"))
    cast.db.admin.execute("UPDATE atmosfera.documents SET content = 'newest', version = 40")

    assert seen == [1, 1, 2, 3]
    assert cast.value("SELECT version FROM atmosfera.documents") == 4


def test_of_two_who_change_one_version_the_second_is_told(cast: Cast) -> None:
    rows(cast, cast.apollo)
    save = "UPDATE atmosfera.documents SET content = 'mine' || %s WHERE version = 1"

    assert (cast.run("editor", save, "a"), cast.run("manager", save, "b")) == (1, 0)


def test_search_vectors_are_kept_by_their_columns_and_weighted(cast: Cast) -> None:
    case = add(cast, "test_cases", project_id=cast.apollo, title="Logging in", description="password")
    vector = "SELECT search_vector::text FROM atmosfera.test_cases WHERE id = %s"

    first = cast.value(vector, case)
    cast.run("editor", "UPDATE atmosfera.test_cases SET description = 'fingerprint'")

    assert first == "'log':1A 'password':2B"
    assert cast.value(vector, case) == "'fingerprint':2B 'log':1A"
    columns = cast.db.admin.execute(
        "SELECT tgrelid::regclass::text, array_agg(attname::text ORDER BY attname) FROM pg_trigger"
        " JOIN pg_attribute ON attrelid = tgrelid AND attnum = ANY (tgattr)"
        " WHERE tgname LIKE '%set_search_vector' AND tgrelid::regclass::text LIKE 'atmosfera.%'"
        " GROUP BY 1 ORDER BY 1"
    ).fetchall()
    assert columns == [
        ("atmosfera.documents", ["content", "search_vector", "title"]),
        ("atmosfera.test_cases", ["description", "search_vector", "title"]),
    ]


def test_a_text_beyond_what_a_search_vector_holds_is_kept_whole(cast: Cast) -> None:
    words = " ".join(f"w{number:06}" for number in range(300_000))

    document = add(cast, "documents", project_id=cast.apollo, title="Long", type="log", content=words)

    assert cast.value("SELECT length(content) FROM atmosfera.documents WHERE id = %s", document) == len(
        words
    )
