"""docs/requirements.md answers each defect once, and what it names is there."""

import re
from collections import Counter
from pathlib import Path

from runner import files
from runner.settings import home

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "requirements.md").read_text(encoding="utf-8")
DEFECTS = range(1, 81)


def test_each_defect_of_the_documents_is_answered_once() -> None:
    rows = PAGE.partition("## Defects of the documents")[2]
    answered = Counter(
        int(number)
        for numbers in re.findall(r"^\| ([\d, ]+) \|", rows, re.MULTILINE)
        for number in numbers.split(",")
    )

    assert answered == Counter(DEFECTS)


def test_nothing_is_put_off_and_nothing_is_answered_twice() -> None:
    sections = re.split(r"^#+ ", PAGE, flags=re.MULTILINE)
    rows = [
        (place, row)
        for place, text in enumerate(sections)
        for row in re.findall(r"^\| (.*?) \|", text, re.M)
    ]

    assert [row for row, times in Counter(rows).items() if times > 1 and row[1] != "asked"] == []
    assert re.findall(r".*\| [^|]*\blater: .*", PAGE) == []


def test_every_file_it_names_is_there() -> None:
    named = re.findall(r"`((?:sql|ops|tests|tools|docs)/[^`*]+)`", PAGE)
    named += re.findall(r"\b(docs/[\w-]+\.md)", PAGE)

    assert [path for path in sorted(set(named)) if not (ROOT / path).exists()] == []
    assert len(named) > 50


def test_every_migration_it_names_is_there() -> None:
    known = {re.sub(r"^\d+_", "", file.id) for file in files.find(home())}
    named = set(
        re.findall(r"(?<![\w.`])((?:create|index|set|add|classify|grant)_[a-z]\w+)\b(?![`(])", PAGE)
    )

    assert sorted(named - known) == []
    assert len(named) > 40
