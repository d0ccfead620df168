"""The logins of the tests: one member for each group, as an application would have."""

import psycopg
from psycopg import sql

# group → the login that belongs to it
MEMBERS = {
    "authenticated_users": "test_app",
    "readonly_users": "test_reader",
    "authenticator": "test_authenticator",
    "monitoring": "test_monitor",
    "bulk_loader": "test_loader",
    "footing_owner": "test_deploy",
}

# Attributes such as BYPASSRLS are not inherited: these groups are worked in by SET ROLE.
WORKED_IN_BY_SET_ROLE = {"bulk_loader", "footing_owner"}

PASSWORD_LOGIN = "test_scram"  # noqa: S105  (a name)
PASSWORD = "s3cr3t/p@ss word"  # noqa: S105  (a password that needs escaping in a URI, on purpose)


def create_logins(connection: psycopg.Connection) -> None:
    """Create the logins once per server; the groups must exist."""
    for group, login in MEMBERS.items():
        connection.execute(
            sql.SQL("CREATE ROLE {} LOGIN IN ROLE {}").format(sql.Identifier(login), sql.Identifier(group))
        )
    connection.execute(
        sql.SQL("CREATE ROLE {} LOGIN PASSWORD {} IN ROLE footing_owner").format(
            sql.Identifier(PASSWORD_LOGIN), sql.Literal(PASSWORD)
        )
    )
