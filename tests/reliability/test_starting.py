"""A signal may come while the runner is still importing what it needs: it ends as cleanly as later."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest

from tests.reliability.faults import FAULTS
from tests.reliability.scratch import Place
from tests.reliability.stage import Stage

EXIT_CODES = {fault.name: fault.exit_code for fault in FAULTS}
SIGNALS = {"sigterm": signal.SIGTERM, "sigint": signal.SIGINT}


@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize("module", ["asyncio.events", "psycopg.pq", "yoyo.config"])
def test_a_signal_in_the_middle_of_an_import_ends_the_runner_with_its_code(
    name: str, module: str, make_stage: Callable[..., Stage]
) -> None:
    stage = make_stage()
    stage.shut(2, Place.IN_THE_FILE)  # so that it can't be done before the signal comes
    stage.start("migrate", env={"PYTHONPROFILEIMPORTTIME": "1"})  # names each module that was imported
    stage.wait(lambda: f" {module}\n" in stage.said, f"{module} is imported, and others are not yet")

    stage.runner.send_signal(SIGNALS[name])

    assert stage.end() == EXIT_CODES[name], stage.said
    assert "run the same command again" in stage.said
    assert "Traceback" not in stage.said
