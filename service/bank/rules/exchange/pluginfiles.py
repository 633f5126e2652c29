"""Pictures in Moodle XML: a text in HTML names a file that stands beside it, packed in base64."""

import base64
import binascii
from collections.abc import Mapping
from html import escape
from xml.etree.ElementTree import Element

from service.bank.rules.exchange import gallery, markup
from service.bank.rules.items import ItemText
from service.kernel.pictures import Picture

# Where Moodle finds the files that stand beside a text.
FILES = "@@PLUGINFILE@@/"


def content(file: Element) -> bytes | None:
    """The bytes of a file, or nothing where they cannot be read."""
    try:
        return base64.b64decode("".join("".join(file.itertext()).split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def show(element: Element, text: ItemText, place: str, pictures: Mapping[str, Picture]) -> None:
    """Let an element whose words have a picture show it: as HTML, with the file beside them."""
    named = text.pictures.get(place)
    if named is None:
        return
    picture = pictures[named.digest]
    name, said = gallery.name_of(place, picture), next(markup.below(element, "text"))
    lines = "<br>".join(escape(line) for line in (said.text or "").split("\n"))
    said.text = f'<p>{lines}</p><p><img src="{FILES}{name}" alt="{escape(named.words)}"></p>'
    element.set("format", "html")
    file = Element("file", name=name, path="/", encoding="base64")
    file.text = base64.b64encode(picture.content).decode()
    element.insert(1, file)
