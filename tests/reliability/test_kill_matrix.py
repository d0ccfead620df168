"""Struck at any moment, by any means: the next plain `footing migrate` ends where it would have ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from runner import catalogue
from tests.reliability.boundaries import BOUNDARIES, Boundary
from tests.reliability.faults import FAULTS, Fault
from tests.reliability.outcome import effects_and_records, outcome
from tests.reliability.stage import Stage

CELLS = [
    pytest.param(boundary, fault, id=f"{fault.name}-{boundary.name}")
    for boundary in BOUNDARIES
    for fault in FAULTS
]


@pytest.mark.parametrize("boundary, fault", CELLS)
def test_the_next_migrate_completes_what_was_struck(
    boundary: Boundary,
    fault: Fault,
    make_stage: Callable[..., Stage],
    undisturbed: dict[str, Any],
    record_property: Callable[[str, object], None],
) -> None:
    record_property("boundary", boundary.words)
    record_property("fault", fault.words)
    stage = make_stage(boundary.begins)
    boundary.approach(stage)

    fault.strike(stage)

    assert stage.end() == fault.exit_code, stage.said
    assert fault.sentence in stage.said
    assert "Traceback" not in stage.said
    if boundary.orphan_stays:
        stage.release()
    stage.settle()
    stage.release()
    effects, ours, yoyos = effects_and_records(stage.db)
    assert effects == ours == yoyos, "a file is recorded where it took effect, and nowhere else"

    again = stage.migrate()

    assert again.returncode == 0, again.stderr
    found = outcome(stage.db)
    assert catalogue.compare(undisturbed["catalogue"], found["catalogue"]) == []
    assert found == undisturbed
