"""The runner stays thin: what migrates production is small enough to be read whole before it is trusted."""

import ast
import io
import tokenize
from pathlib import Path

import pytest

from tests.support.footing import ROOT

MOST_LINES_OF_CODE = 2_000  # of the whole runner, without blank lines, comments and docstrings
MOST_LINES_OF_A_MODULE = 200  # with them
MODULES = sorted((ROOT / "runner").rglob("*.py"))
_NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}


def lines_of_code(text: str) -> int:
    """Count the lines that are neither blank, nor a comment alone, nor of a docstring."""
    counted: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in _NO_CODE:
            counted.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(text)):
        documented = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        if documented and ast.get_docstring(node) is not None:
            counted.difference_update(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    return len(counted)


def test_code_is_what_is_counted() -> None:
    text = (
        '"""Says.\n\nMore."""\n\n# why\nx = (\n    1,  # one\n)\n\ndef f():\n    """Do."""\n    return 2\n'
    )

    assert lines_of_code(text) == len(["x = (", "1,", ")", "def f():", "return 2"])


def test_the_runner_keeps_to_its_budget() -> None:
    figures = {path.relative_to(ROOT): lines_of_code(path.read_text()) for path in MODULES}

    assert len(figures) > 20
    assert sum(figures.values()) <= MOST_LINES_OF_CODE, figures


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_can_be_read_at_one_sitting(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MOST_LINES_OF_A_MODULE
