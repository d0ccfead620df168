"""The page that footing report --html writes: self-contained, from page.html beside it."""

from __future__ import annotations

from datetime import datetime
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from runner.settings import redact

_PAGE = Path(__file__).with_name("page.html")


def cell(value: Any) -> str:
    """Return a value as a person reads it in a table."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return "" if value is None else str(value)


def html(answers: dict[str, dict[str, Any]], database: str) -> str:
    """Return one page with every answer: its question, its table, how to read it and what to do."""
    facts = {
        "database": escape(database),
        "when": f"{datetime.now().astimezone():%Y-%m-%d %H:%M %Z}",
        "links": " ".join(f'<a href="#{name}">{name}</a>' for name in answers),
        "sections": "\n".join(_section(name, answer) for name, answer in answers.items()),
    }
    return redact(Template(_PAGE.read_text(encoding="utf-8")).substitute(facts))


def _section(name: str, answer: dict[str, Any]) -> str:
    told = "".join(f"<p><b>{key}</b> {escape(answer[key.lower()])}</p>" for key in ("Read", "Do"))
    return f'<section id="{name}"><h2>{escape(answer["question"])}</h2>\n{_table(answer)}\n{told}</section>'


def _table(answer: dict[str, Any]) -> str:
    if "error" in answer:
        return f'<p class="error">Could not be answered: {escape(answer["error"])}</p>'
    if not answer["rows"]:
        return "<p>Nothing.</p>"
    head = "".join(f"<th>{escape(column)}</th>" for column in answer["columns"])
    rows = (map(escape, map(cell, row.values())) for row in answer["rows"])
    body = "\n".join("<tr>" + "".join(f"<td>{text}</td>" for text in row) + "</tr>" for row in rows)
    return f"<div><table><tr>{head}</tr>\n{body}</table></div>"
