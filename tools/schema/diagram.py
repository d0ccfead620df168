"""Entity-relationship diagrams of a schema: as Mermaid, and as SVG that needs no program to be drawn."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from tools.schema.layout import CHARACTER, LINE, PAD, Box, place
from tools.schema.model import Model
from tools.schema.parts import Column, Relation
from tools.schema.statements import short_type

_STYLE = """\
<style>
svg { --ink: #1f2937; --soft: #6b7280; --paper: #ffffff; --head: #e5e7eb; --line: #9ca3af; }
@media (prefers-color-scheme: dark) {
  svg { --ink: #e5e7eb; --soft: #9ca3af; --paper: #111827; --head: #374151; --line: #6b7280; }
}
text { font: 12px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: var(--ink); }
.name { font-weight: bold; } .type { fill: var(--soft); }
.box { fill: var(--paper); stroke: var(--line); } .head { fill: var(--head); stroke: var(--line); }
.edge { fill: none; stroke: var(--line); stroke-width: 1.3; } .end { fill: var(--line); }
</style>"""


def mermaid(model: Model, schema: str) -> str:
    """Return the diagram as Mermaid's erDiagram: keys and what they refer to, other schemas included."""
    lines = ["erDiagram"]
    for table in model.tables(schema):
        keys = [
            f"        {_bare(column.type)} {column.name} {mark}"
            for column in table.columns
            if (mark := _mark(table, column.name))
        ]
        lines += [f'    "{table.name}" {{', *keys, "    }"] if keys else [f'    "{table.name}"']
    for table in model.tables(schema):
        for column, parent in _references(model, table):
            name = parent.name if parent.schema == schema else parent.qualified
            lines.append(f'    "{name}" ||--o{{ "{table.name}" : {column}')
    return "\n".join(lines) + "\n"


def _bare(kind: str) -> str:
    return short_type(kind).partition("(")[0].replace(" ", "_").replace("[]", "")


def svg(model: Model, schema: str) -> str:
    """Return the diagram as SVG. A column that refers to another schema says so in its line."""
    boxes = {table.name: _box(model, table) for table in model.tables(schema)}
    width, height = place(list(boxes.values()))
    edges = [_edge(box, column, boxes[parent]) for box in boxes.values() for column, parent in box.parents]
    size = f'width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}"'
    drawn = [*edges, *(line for box in boxes.values() for line in _drawn(box))]
    title = f"<title>Tables of schema {escape(schema)}</title>"
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {size}>'
    return "\n".join([opening, title, _STYLE, *drawn, "</svg>"]) + "\n"


def _box(model: Model, table: Relation) -> Box:
    references = list(_references(model, table))
    away = {column: parent for column, parent in references if parent.schema != table.schema}
    near = [(column, parent.name) for column, parent in references if parent.schema == table.schema]
    lines = [
        (_mark(table, each.name)[:2], each.name.strip('"'), _kind(each, away)) for each in table.columns
    ]
    return Box(table.name, lines, near)


def _kind(column: Column, away: dict[str, Relation]) -> str:
    kind = short_type(column.type)
    return f"{kind} → {away[column.name].qualified}" if column.name in away else kind


def _mark(table: Relation, column: str) -> str:
    kinds = {part.kind for part in table.constraints if column.strip('"') in part.columns}
    return ", ".join(mark for kind, mark in (("p", "PK"), ("f", "FK")) if kind in kinds)


def _references(model: Model, table: Relation) -> Iterator[tuple[str, Relation]]:
    """Yield the telling column of each foreign key (of (project_id, x_id) it is x_id) and the parent."""
    for part in table.constraints:
        if part.parent:
            telling = [name for name in part.columns if name != "project_id"] or part.columns
            yield telling[0], model.relation(part.parent)


def _edge(box: Box, column: str, parent: Box) -> str:
    begin, end = box.line_of(column), parent.y + LINE / 2
    right = parent.x + parent.width
    if box is parent:
        left, path = right, f"M {right:g} {begin:g} C {right + 36:g} {begin:g}, {right + 36:g} {end:g},"
    else:
        left = box.x
        bend = max(36.0, min(90.0, (left - right) / 2))
        path = f"M {left:g} {begin:g} C {left - bend:g} {begin:g}, {right + bend:g} {end:g},"
    dot = f'<circle class="end" cx="{left:g}" cy="{begin:g}" r="3"/>'
    return f'<path class="edge" d="{path} {right:g} {end:g}"/>{dot}'


def _drawn(box: Box) -> Iterator[str]:
    x, y = box.x, box.y
    size = f'x="{x:g}" y="{y:g}" width="{box.width:g}"'
    yield f'<rect class="box" {size} height="{box.height:g}" rx="4"/>'
    yield f'<rect class="head" {size} height="{LINE + 4}" rx="4"/>'
    yield f'<text class="name" x="{x + PAD:g}" y="{y + 16:g}">{escape(box.name)}</text>'
    right = x + box.width - PAD
    for number, (mark, name, kind) in enumerate(box.lines, start=1):
        base = y + LINE * number + 18
        yield f'<text class="type" x="{x + PAD:g}" y="{base:g}">{mark}</text>'
        yield f'<text x="{x + PAD + 3 * CHARACTER:g}" y="{base:g}">{escape(name)}</text>'
        yield f'<text class="type" x="{right:g}" y="{base:g}" text-anchor="end">{escape(kind)}</text>'
