"""The manifest of a QTI package: which items it holds, where, and the keywords on each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, tostring

from service.bank.rules.cases import Case
from service.bank.rules.exchange import facts
from service.bank.rules.items import ItemText

NAME = "imsmanifest.xml"
_NAMESPACE = "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1"
_METADATA = "http://ltsc.ieee.org/xsd/LOM"
_ITEM_TYPES = "imsqti_item_xml"
_STIMULUS = "imsqti_stimulus_xmlv3p0"


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a package: the part it stands in, and its keywords."""

    part: str
    keywords: tuple[str, ...]


def entries(manifest: Element) -> Iterator[Entry]:
    """The items of a package in their order, of whatever version."""
    for resource in manifest.iter("resource"):
        if resource.get("type", "").startswith(_ITEM_TYPES):
            keywords = ["".join(one.itertext()).strip() for one in resource.iter("keyword")]
            yield Entry(resource.get("href", ""), tuple(word for word in keywords if word))


def part_of(text: ItemText) -> str:
    """Where an item stands in a package of ours."""
    return f"items/{text.code}.xml"


def stimulus_of(case: Case) -> str:
    """Where the text of a case stands in a package of ours."""
    return f"stimuli/{case.code}.xml"


def written(texts: Sequence[ItemText], parts: Mapping[str, str] | None = None) -> bytes:
    """The manifest of a package of version 3.0; ``parts`` says by digest where its pictures stand."""
    root = Element("manifest", {"xmlns": _NAMESPACE, "identifier": "peikao-items"})
    metadata = SubElement(root, "metadata")
    SubElement(metadata, "schema").text = "QTI Package"
    SubElement(metadata, "schemaversion").text = "3.0.0"
    SubElement(root, "organizations")
    resources = SubElement(root, "resources")
    for text in texts:
        where = {"identifier": text.code, "type": "imsqti_item_xmlv3p0", "href": part_of(text)}
        resource = SubElement(resources, "resource", where)
        general = SubElement(SubElement(SubElement(resource, "metadata"), "lom", xmlns=_METADATA), "general")
        for word in facts.tags_of(text):
            SubElement(SubElement(general, "keyword"), "string", language="zh-CN").text = word
        SubElement(resource, "file", href=part_of(text))
        for digest in sorted({one.digest for one in text.pictures.values()}):
            SubElement(resource, "file", href=(parts or {})[digest])
        if text.case is not None:
            SubElement(resource, "dependency", identifierref=text.case.code)
    for case in {text.case.code: text.case for text in texts if text.case is not None}.values():
        where = {"identifier": case.code, "type": _STIMULUS, "href": stimulus_of(case)}
        SubElement(SubElement(resources, "resource", where), "file", href=stimulus_of(case))
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))
