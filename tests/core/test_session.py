"""Who a transaction acts for: a setting, believed, for this transaction only."""

from tests.core.conftest import Cast, World


def test_without_a_setting_there_is_nobody(world: World) -> None:
    with world.db.session("authenticated_users") as session:
        row = session.execute("SELECT core.current_user_id(), core.current_user_uuid()").fetchone()

    assert row == (None, None)


def test_a_setting_that_has_ended_is_nobody_not_an_error(cast: Cast) -> None:
    connection = cast.db.connect("test_app")
    with connection.transaction():
        connection.execute("SELECT set_config('app.user_id', %s, true)", [str(cast.viewer)])

    ended = connection.execute("SELECT current_setting('app.user_id')").fetchone()
    visible = connection.execute("SELECT count(*) FROM core.projects").fetchone()

    assert ended == ("",)
    assert visible == (0,)


def test_the_uuid_is_that_of_the_same_person(cast: Cast) -> None:
    uuid = cast.value("SELECT user_id FROM core.users WHERE id = %s", cast.viewer)

    assert cast.ids("authenticated_users", "viewer", "SELECT core.current_user_uuid()") == {uuid}


def test_a_deactivated_persons_open_session_sees_nothing(cast: Cast) -> None:
    everything = (
        "SELECT (SELECT count(*) FROM core.users) + (SELECT count(*) FROM core.projects) "
        "+ (SELECT count(*) FROM core.user_project_access) "
        "+ (SELECT count(*) FROM core.project_members) + (SELECT count(*) FROM core.audit_logs)"
    )
    assert cast.ids("authenticated_users", "manager", everything) != {0}

    cast.run("admin", "SELECT core.deactivate_user(%s)", cast.manager)

    assert cast.ids("authenticated_users", "manager", everything) == {0}
    assert cast.value(everything) > 0


def test_an_administrator_is_one_only_while_active(cast: Cast) -> None:
    assert cast.ids("authenticated_users", "admin", "SELECT core.is_admin()") == {True}

    cast.db.admin.execute("UPDATE core.users SET is_active = false WHERE id = %s", [cast.admin])

    assert cast.ids("authenticated_users", "admin", "SELECT core.is_admin()") == {False}
