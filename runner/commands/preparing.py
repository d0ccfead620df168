"""footing bootstrap, footing adopt: getting a server or a database under the runner's care."""

from __future__ import annotations

import click
import psycopg
from psycopg import sql as compose

from runner import catalogue, records
from runner import migrate as work
from runner import session as sessions
from runner.commands.common import changes, reads
from runner.connection import OWNER
from runner.errors import RunnerError
from runner.output import Output, count
from runner.session import Options


@click.command()
@reads
@click.option("--migrator", metavar="LOGIN", help="An existing login to make a member of footing_owner.")
def bootstrap(options: Options, output: Output, migrator: str | None) -> None:
    """Prepare a server and a database: roles, pg_stat_statements, the owner's right to create.

    Once per database, by a superuser; safe to repeat, not destructive. The same as psql -f
    sql/bootstrap.sql.

    \b
    Example:
      footing bootstrap --database postgresql://postgres@/footing --migrator deploy

    Exit codes: 0 prepared, 7 a standby or read-only server, 8 not a superuser or no connection.
    """
    with sessions.opened(options, "bootstrap", output, write=True) as session:
        sessions.run_bootstrap(session)
        if migrator:
            grant = compose.SQL("GRANT {} TO {}").format(*map(compose.Identifier, (OWNER, migrator)))
            try:
                session.connection.execute(grant)
            except psycopg.errors.UndefinedObject as error:
                raise RunnerError.usage(str(error), f"CREATE ROLE {migrator} LOGIN …") from None
    output.line(f"database {session.server.database} is prepared")
    if not migrator:
        output.line(f"next, for the login that will migrate: GRANT {OWNER} TO that_login;")
    output.finish(migrator=migrator)


@click.command()
@changes
@click.option(
    "--to", "up_to", metavar="N", type=int, required=True, help="The last migration it already has."
)
def adopt(options: Options, output: Output, up_to: int) -> None:
    """Record migrations as applied in a database that already has them, after checking that it does.

    For a database made by plain yoyo, or restored without the runner's own schema. The live catalogue is
    compared, object by object, with the one recorded in sql/catalogue.jsonl for this number. What another
    role made becomes footing_owner's; apart from that, nothing but the records is written. Not destructive.

    \b
    Example:
      footing adopt --to 17

    Exit codes: 0 adopted or already recorded, 4 the catalogue or the records disagree, 5 a lock was not
    had, 7 unsafe connection, 8 no connection.
    """
    with sessions.migrating(options, "adopt", output) as session:
        work.require_number(session.files, up_to)
        session.refuse_drift(allowing=("unchecked", "out_of_order"))
        checked = {record.id for record in session.records if record.state == "applied"}
        chosen = [file for file in work.select(session.files, up_to) if file.id not in checked]
        expected = catalogue.recorded(options.root / catalogue.FILE, up_to)
        with session.connection.transaction():
            times = catalogue.take_over(session.connection)
            hint = "mend these by hand, or name with --to the migration that this database really has"
            catalogue.require(session.connection, expected, up_to, hint)
            if not session.server.recorded:
                records.create(session.connection)
            work.mark(session, chosen, times)
        output.line(f"adopted {count(len(chosen), 'migration')}; the catalogue is that of {up_to:04}")
        output.finish(adopted=[file.id for file in chosen], to=up_to)
