"""A signal between sending a file and waiting for its answer: a moment too short to be hit from outside."""

import subprocess
import sys

from tests.runner.conftest import DEPLOY, Project
from tests.support.footing import ROOT
from tests.support.waiting import wait_until

# Runs the command line, and raises what the signal's handler raises at exactly that moment.
STRUCK = """
from types import SimpleNamespace
from runner import cli, errors, script

def strike(_):
    raise errors.Terminated

script.generators = SimpleNamespace(execute=strike)
cli.main()
"""


def test_ends_with_its_own_code_and_leaves_no_session_behind(project: Project) -> None:
    project.write({"migrations/0001_sleep.sql": "SELECT pg_sleep(60);\n"})

    struck = subprocess.run(
        [sys.executable, "-c", STRUCK, "migrate"],
        env=project.footing.environment(project.db.url(DEPLOY), sql=project.sql),
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=30,
    )

    assert struck.returncode == 143, struck.stderr
    assert "run the same command again" in struck.stderr
    sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'footing%'"
    wait_until(lambda: project.rows(sessions) == [(0,)], 10, "a session is still there")
    assert project.applied() == []
