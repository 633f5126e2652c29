"""XML from outside, without its dangers, and the plain words in a piece of HTML.

Expat itself is asked to refuse every document type: without one no entity can be declared, neither one that swells
(billion laughs) nor one that reaches for a file or an address. Elements and their depth are counted while they come.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from typing_extensions import override

MOST_ELEMENTS, MOST_DEPTH = 500_000, 100


class Refused(Exception):
    """The text is no XML, declares a document type, or is larger than a file of items can be."""


def parse(content: bytes) -> Element:
    """The root element; names are without their namespaces.

    Raises:
        Refused: broken, dangerous or endless.
    """
    builder, counted = TreeBuilder(), [0, 0]
    parser = expat.ParserCreate(None, " ")

    def start(name: str, attributes: dict[str, str]) -> None:
        counted[0] += 1
        counted[1] += 1
        if counted[0] > MOST_ELEMENTS or counted[1] > MOST_DEPTH:
            raise Refused
        builder.start(_local(name), {_local(key): value for key, value in attributes.items()})

    def end(name: str) -> None:
        counted[1] -= 1
        builder.end(_local(name))

    def refuse(*_: object) -> None:
        raise Refused

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise Refused from error
    return builder.close()


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


_BLOCKS = {"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote", "ul", "ol"}
_PLAIN = _BLOCKS | {"span", "font", "a", "html", "body"}
_MEDIA = {"img", "audio", "video", "object", "embed", "iframe", "svg", "math", "table"}
_SILENT = {"script", "style", "head"}
_BREAKS = re.compile(r"[ \t]*\n\s*")


class Words(HTMLParser):
    """The plain words of a piece of HTML; whether it showed something else, and whether its look meant something."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.silent = 0
        self.pictured = False
        self.formatted = False
        # (address, words beside it) of every picture; ``pictured`` says that there is something else to see.
        self.images: list[tuple[str, str]] = []
        self.feed(text)
        self.close()

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self.silent += 1
        if tag == "img":
            given = dict(attrs)
            self.images.append((given.get("src") or "", given.get("alt") or ""))
        self.pictured = self.pictured or tag in _MEDIA - {"img"}
        self.formatted = self.formatted or tag not in _PLAIN | _MEDIA | _SILENT
        if tag in _BLOCKS:
            self.parts.append("\n")

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self.silent = max(0, self.silent - 1)
        if tag in _BLOCKS:
            self.parts.append("\n")

    @override
    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(data.replace("\xa0", " "))

    @property
    def text(self) -> str:
        return _BREAKS.sub("\n", "".join(self.parts)).strip()


def below(element: Element, *path: str) -> Iterator[Element]:
    """The elements at the end of a path of names."""
    if not path:
        yield element
        return
    for child in element:
        if child.tag == path[0]:
            yield from below(child, *path[1:])


def said(element: Element, *path: str) -> str:
    """The text of the first element at the end of a path, or nothing."""
    found = next(below(element, *path), None)
    return "".join(found.itertext()) if found is not None else ""
