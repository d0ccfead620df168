"""Plain SVG by hand: the elements of the charts in docs/, the same for the same figures, byte for byte."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

WHITE = "#ffffff"


def element(element_name: str, content: str | None = None, /, **attributes: object) -> str:
    """Return an element, with its attributes in the order given; class_ is class, font_size font-size.

    The content is taken as it is: other elements, or text that is escaped.
    """
    told = "".join(
        f" {name.rstrip('_').replace('_', '-')}={quoteattr(str(value))}"
        for name, value in attributes.items()
    )
    return (
        f"<{element_name}{told}/>"
        if content is None
        else f"<{element_name}{told}>{content}</{element_name}>"
    )


def text(content: str, x: object, y: object, **attributes: object) -> str:
    """Return words at a place, escaped."""
    return element("text", escape(content), x=x, y=y, **attributes)


def rect(x: object, y: object, width: object, height: object, **attributes: object) -> str:
    """Return a rectangle by its upper left corner."""
    return element("rect", x=x, y=y, width=width, height=height, **attributes)


def document(parts: Iterable[str], **attributes: object) -> str:
    """Return the file."""
    opening = element("svg", "", xmlns="http://www.w3.org/2000/svg", **attributes).removesuffix("</svg>")
    return "\n".join([opening, *parts, "</svg>", ""])
