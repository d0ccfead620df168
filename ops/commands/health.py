"""footing health: one document and one exit code, for load balancers and deploy gates."""

from __future__ import annotations

import click

from ops.commands import checks
from runner import session as sessions
from runner.commands.common import reads
from runner.errors import Exit
from runner.output import Output
from runner.session import Options


@click.command()
@reads
@click.option(
    "--limit", "given", multiple=True, metavar="NAME=VALUE", help="Where a check fails; repeatable."
)
@click.option(
    "--timeout",
    metavar="SECONDS",
    type=click.FloatRange(min=0.1),
    default=5,
    show_default=True,
    envvar="FOOTING_HEALTH_TIMEOUT",
    show_envvar=True,
    help="Give up by then.",
)
def health(options: Options, output: Output, given: tuple[str, ...], timeout: float) -> None:
    """Say whether the database is fit to serve and to deploy to, as one JSON document. Reads only.

    Every check has a value, a limit and a state: ok, warn, unknown (it could not be asked), fail. It never
    waits longer than the timeout, whatever the server does, and needs a login in monitoring. A limit is set
    by --limit, or by FOOTING_HEALTH_NAME in the environment (FOOTING_HEALTH_PARTITIONS=3), the timeout by
    FOOTING_HEALTH_TIMEOUT; docs/monitoring.md lists them.

    \b
    Example:
      footing health
      footing health --limit writable=1 --limit replication=500e6 --timeout 2

    Exit codes: 0 ok or warn, 1 a check failed or is unknown, 2 usage, 8 no connection.
    """
    output.as_json = True
    limit = checks.limits(given)
    target = sessions.resolve(options, output)
    facts = checks.check(target, options.root, limit, timeout)
    code = Exit.OK
    if facts["checks"]["connect"]["value"] is None:
        code = Exit.CONNECTION
    elif facts["state"] in ("fail", "unknown"):
        code = Exit.INTERNAL
    output.document({"ok": code == Exit.OK, "exit_code": int(code), **facts})
    raise click.exceptions.Exit(code)
