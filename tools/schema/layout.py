"""Where the tables of a diagram stand: what is referred to left of what refers to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

CHARACTER, LINE, PAD = 7.3, 19, 9  # pixels: a character's width, a line's height, the space beside text
COLUMN_GAP, ROW_GAP, MARGIN, WIDEST = 80, 26, 20, 1500
_SWEEPS = 6


@dataclass
class Box:
    """A table of the drawing. Each line has a mark (PK, FK), a column and its type."""

    name: str
    lines: list[tuple[str, str, str]]
    parents: list[tuple[str, str]] = field(default_factory=list)  # own column, parent's name
    layer: int = 0
    x: float = 0
    y: float = 0

    @property
    def width(self) -> float:
        """Wide enough for the longest line."""
        longest = max([len(f"{name}  {kind}") + 3 for _, name, kind in self.lines] + [len(self.name)])
        return round(longest * CHARACTER + 2 * PAD)

    @property
    def height(self) -> float:
        """A line for the name, one for each column."""
        return LINE * (len(self.lines) + 1) + 8

    @property
    def middle(self) -> float:
        """The height of its middle."""
        return self.y + self.height / 2

    def line_of(self, column: str) -> float:
        """Return the height at which a column stands."""
        names = [name for _, name, _ in self.lines]
        return self.y + LINE * (names.index(column) + 1) + LINE / 2 + 4


def place(boxes: list[Box]) -> tuple[float, float]:
    """Give every box its place; return the width and height of the whole."""
    families = [(family, *_place_family(family)) for family in _families(boxes)]
    families.sort(key=lambda placed: -placed[2])
    x, y, row = float(MARGIN), float(MARGIN), 0.0
    for family, width, height in families:
        if x > MARGIN and x + width > WIDEST:
            x, y, row = float(MARGIN), y + row + 2 * ROW_GAP, 0.0
        for box in family:
            box.x, box.y = box.x + x, box.y + y
        x += width + 2 * ROW_GAP
        row = max(row, height)
    return max(box.x + box.width for box in boxes) + MARGIN, y + row + MARGIN


def _families(boxes: list[Box]) -> list[list[Box]]:
    """Return the groups of tables that refer to each other, in the order of the tables."""
    family = {box.name: box.name for box in boxes}
    for box in boxes:
        for _, parent in box.parents:
            one, other = family[box.name], family[parent]
            family = {name: one if head == other else head for name, head in family.items()}
    heads = dict.fromkeys(family.values())
    return [[box for box in boxes if family[box.name] == head] for head in heads]


def _place_family(family: list[Box]) -> tuple[float, float]:
    """Place tables that refer to each other, from the origin; return the width and height they take."""
    _layer(family)
    layers = [
        [box for box in family if box.layer == n] for n in range(max(box.layer for box in family) + 1)
    ]
    x = 0.0
    for layer in layers:
        _stack(layer, [0.0] * len(layer))
        for box in layer:
            box.x = x
        x += max(box.width for box in layer) + COLUMN_GAP
    for sweep in range(_SWEEPS):
        ways = list(pairwise(layers if sweep % 2 == 0 else layers[::-1]))
        for _, layer in ways:
            wanted = {box.name: _neighbours(box, family, parents=sweep % 2 == 0) for box in layer}
            layer.sort(key=lambda box, wanted=wanted: wanted[box.name])  # type: ignore[misc]
            _stack(layer, [wanted[box.name] for box in layer])
    top = min(box.y for box in family)
    for box in family:
        box.y = round(box.y - top)
    return x - COLUMN_GAP, max(box.y + box.height for box in family)


def _layer(family: list[Box]) -> None:
    """Put each table right of its parents, and a parent as near as that allows."""
    known = {box.name: box for box in family}
    for _ in family:
        for box in family:
            above = [known[name].layer for _, name in box.parents if name != box.name]
            box.layer = min(max(above, default=-1) + 1, len(family))
    for box in sorted(family, key=lambda box: -box.layer):
        below = [other.layer for other in family if other is not box and _refers(other, box)]
        box.layer = min(below) - 1 if below else box.layer
    lowest = min(box.layer for box in family)
    for box in family:
        box.layer -= lowest


def _refers(one: Box, other: Box) -> bool:
    return any(parent == other.name for _, parent in one.parents)


def _neighbours(box: Box, family: list[Box], *, parents: bool) -> float:
    """Return the height at which the parents, or the children, of a table stand on average."""
    near = [
        other.middle
        for other in family
        if other is not box and (_refers(box, other) if parents else _refers(other, box))
    ]
    return sum(near) / len(near) if near else box.middle


def _stack(layer: list[Box], wanted: list[float]) -> None:
    """Put boxes below each other, each near the height it wants, none over another."""
    y = float("-inf")
    for box, middle in zip(layer, wanted, strict=True):
        box.y = max(y, middle - box.height / 2)
        y = box.y + box.height + ROW_GAP
    pulled = sum(box.middle - middle for box, middle in zip(layer, wanted, strict=True)) / len(layer)
    for box in layer:
        box.y -= pulled
