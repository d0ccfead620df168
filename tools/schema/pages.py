"""Builds docs/schema/: a page a table, a page with diagrams a schema, and an index."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tools.schema import diagram, statements
from tools.schema.model import Model
from tools.schema.parts import Column, Relation
from tools.schema.source import Source
from tools.schema.statements import short_type, tidy

NOTE = "<!-- Generated from the catalogue by `make generate`; do not edit. -->\n"
_VERBS = {"SELECT": "reads", "INSERT": "inserts", "UPDATE": "updates", "DELETE": "deletes"}


def pages(model: Model, source: Source) -> dict[str, str]:
    """Return every file below docs/schema, by its path."""
    made = {"README.md": _index(model)}
    for schema in model.schemas:
        relations = [each for each in model.relations if each.schema == schema.name]
        made[f"{schema.name}/README.md"] = _schema(model, schema.name, schema.comment or "", relations)
        if model.tables(schema.name):
            made[f"{schema.name}/diagram.svg"] = diagram.svg(model, schema.name)
        for relation in relations:
            page = _table(model, relation, source) if relation.is_table else _view(relation, source)
            made[f"{schema.name}/{relation.name}.md"] = page
    return made


def _index(model: Model) -> str:
    rows = [
        (
            f"[{schema.name}]({schema.name}/README.md)",
            schema.comment,
            len(model.tables(schema.name)),
            sum(each.schema == schema.name and not each.is_table for each in model.relations),
            sum(each.schema == schema.name and not each.is_trigger for each in model.functions),
        )
        for schema in model.schemas
    ]
    text = (
        f"{NOTE}# The schema\n\nA page for each table, with its columns, rules, indexes and who may do "
        "what; a diagram for each schema.\n[sql/schema.sql](../../sql/schema.sql) has the same as SQL, in "
        "one file.\n\n"
    )
    text += _grid(("schema", "what", "tables", "views", "functions"), rows)
    names = [f"[{each.qualified}]({each.schema}/{each.name}.md)" for each in model.relations]
    return f"{text}\n## All tables and views\n\n{', '.join(sorted(names))}\n"


def _schema(model: Model, name: str, comment: str, relations: list[Relation]) -> str:
    text = f"{NOTE}# Schema {name}\n\n{comment}\n"
    tables = [each for each in relations if each.is_table]
    views = [each for each in relations if not each.is_table]
    for title, listed in (("Tables", tables), ("Views", views)):
        if listed:
            rows = [(f"[{each.name}]({each.name}.md)", each.comment) for each in listed]
            text += f"\n## {title}\n\n{_grid(('name', 'what'), rows)}"
    if tables:
        text += (
            "\n## Diagram\n\nA line's dot is at the column that refers.\n\n"
            f"![Tables of {name}](diagram.svg)\n\nThe keys alone:\n\n"
            f"```mermaid\n{diagram.mermaid(model, name)}```\n"
        )
    functions = [each for each in model.functions if each.schema == name]
    for title, is_trigger in (("Functions", False), ("Trigger functions", True)):
        calls = [
            (f"`{each.signature.partition('.')[2]}`", each.comment, _callers(model, each.oid))
            for each in functions
            if each.is_trigger == is_trigger
        ]
        if calls:
            header = ("function", "what", "called by")
            cut = 2 if is_trigger else 3
            text += f"\n## {title}\n\n{_grid(header[:cut], [row[:cut] for row in calls])}"
    return text


def _callers(model: Model, oid: int) -> str:
    return ", ".join(dict.fromkeys(grant.grantee for grant in model.grants[oid])) or "the owner"


def _table(model: Model, table: Relation, source: Source) -> str:
    text = f"{NOTE}# {table.qualified}\n\n{table.comment}\n"
    if table.partitioned_by:
        text += f"\nPartitioned by `{table.partitioned_by}`.\n"
    text += f"\n{_columns(model, table)}"
    sections = (
        ("Rules", ("constraint", "rule"), _rules(table)),
        ("Indexes", ("index", "on", "serves"), _indexes(table)),
        ("When a person is erased", ("reference", "their rows here"), _erasing(model, table)),
        ("Referred to by", ("table", "columns", "when a row here is deleted"), _referring(model, table)),
        ("Triggers", ("trigger", "when", "what"), _triggers(model, table)),
        ("Row security", ("policy", "verb", "for", "rows"), _policies(table, source)),
        ("Rights", ("group", "may"), _rights(model, table)),
    )
    for title, header, rows in sections:
        if found := list(rows):
            text += f"\n## {title}\n\n{_grid(header, found)}"
    return text


def _view(view: Relation, source: Source) -> str:
    rows = [(f"`{part.name}`", f"`{short_type(part.type)}`", part.comment) for part in view.columns]
    text = f"{NOTE}# {view.qualified}\n\n{view.comment}\n\n{_grid(('column', 'type', 'meaning'), rows)}"
    if found := list(_indexes(view)):
        text += f"\n## Indexes\n\n{_grid(('index', 'on', 'serves'), found)}"
    return f"{text}\n## Definition\n\n```sql\n{statements.view(view, source)}```\n"


def _columns(model: Model, table: Relation) -> str:
    """Return the table of columns, with their classes where any is declared."""
    header: tuple[str, ...] = ("column", "type", "null", "default", "meaning")
    rows = [_column(part) for part in table.columns]
    declared = model.registries.classes
    classes = [declared.get((table.qualified, part.name.strip('"')), "") for part in table.columns]
    if any(classes):
        header = (*header[:4], "class", header[4])
        rows = [(*row[:4], kind, row[4]) for row, kind in zip(rows, classes, strict=True)]
    return _grid(header, rows)


def _column(part: Column) -> tuple[str, ...]:
    default = "identity" if part.identity else tidy(part.value or "")
    null = "" if part.required else "yes"
    shown = f"`{default}`" if default and not part.identity else default
    return f"`{part.name}`", f"`{short_type(part.type)}`", null, shown, part.comment or ""


def _rules(table: Relation) -> Iterator[tuple[str, ...]]:
    for part in table.constraints:
        yield f"`{part.name}`", f"`{tidy(part.definition)}`"


def _erasing(model: Model, table: Relation) -> Iterator[tuple[str, ...]]:
    for (name, column), said in sorted(model.registries.erasing.items()):
        if name == table.qualified:
            yield f"`{column}`", said


def _indexes(table: Relation) -> Iterator[tuple[str, ...]]:
    for part in table.indexes:
        on = part.definition.partition(" USING ")[2].removeprefix("btree ")
        yield f"`{part.name}`", f"`{'UNIQUE ' if part.is_unique else ''}{tidy(on)}`", part.comment or ""


def _referring(model: Model, table: Relation) -> Iterator[tuple[str, ...]]:
    for other in model.relations:
        for part in other.constraints:
            if part.parent == table.oid:
                link = f"[{other.qualified}](../{other.schema}/{other.name}.md)"
                found = re.search(r"ON DELETE (.*?)(?: NOT VALID| DEFERRABLE.*)?$", part.definition)
                yield link, f"`{', '.join(part.columns)}`", (found[1].lower() if found else "refused")


def _triggers(model: Model, table: Relation) -> Iterator[tuple[str, ...]]:
    said = {each.signature.partition("(")[0]: each.comment or "" for each in model.functions}
    for part in table.triggers:
        when = re.search(r"(BEFORE|AFTER|INSTEAD OF) .*? ON ", part.definition)
        yield f"`{part.name}`", (when[0][:-4].lower() if when else ""), said.get(part.function, "")


def _policies(table: Relation, source: Source) -> Iterator[tuple[str, ...]]:
    for part in table.policies:
        written = source.statement("POLICY", part.name, table.qualified) or ""
        found = re.search(r"\bFOR \w+ TO [\w, ]+\s+((?:USING|WITH CHECK) .*)", written, re.DOTALL)
        made = " ".join(
            f"{words} ({text})"
            for words, text in (("USING", part.reads), ("WITH CHECK", part.writes))
            if text
        )
        rows = _flat(found[1] if found else made)
        yield f"`{part.name}`", part.verb, ", ".join(part.roles), f"`{rows}`"


def _rights(model: Model, table: Relation) -> Iterator[tuple[str, ...]]:
    given = model.grants[table.oid]
    for role in sorted({grant.grantee for grant in given}):
        verbs: dict[str, list[str]] = {}
        for grant in given:
            if grant.grantee == role:
                verbs.setdefault(grant.privilege, []).append(grant.column_name or "")
        said = [
            _VERBS.get(verb, verb.lower()) + (f" `{', '.join(columns)}`" if all(columns) else "")
            for verb, columns in verbs.items()
        ]
        yield role, "; ".join(said)


def _flat(text: str) -> str:
    flat = " ".join(re.sub(r"--.*", "", text).split())
    return re.sub(r"\( (?=\S)|(?<=\S) (?=\))", lambda gap: gap[0].strip(), flat)


def _grid(header: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    return "".join(f"| {' | '.join(_cell(cell) for cell in line)} |\n" for line in lines)


def _cell(value: object) -> str:
    return str("" if value is None else value).replace("\n", " ").replace("|", "\\|")
