"""Items as QTI of version 3.0 (1EdTech): choices, a field to type in where a stem has its blank, and room to write."""

from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement, tostring

from service.bank.rules import filling, rubric
from service.bank.rules.cases import Case
from service.bank.rules.exchange import manifests
from service.bank.rules.items import ItemText, Kind
from service.bank.rules.pictures import STEM

ITEM_NAMESPACE = "http://www.imsglobal.org/xsd/imsqtiasi_v3p0"
TEMPLATE = "https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/match_correct.xml"
MAPPED = "https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/map_response.xml"
_LETTER_TRUTHS = (("A", "对", "T"), ("B", "错", "F"))


def item(text: ItemText, parts: Mapping[str, str] | None = None) -> bytes:
    """One item as a file of version 3.0; ``parts`` says by digest where in the package its pictures stand."""
    root = Element(
        "qti-assessment-item",
        {
            "xmlns": ITEM_NAMESPACE,
            "identifier": text.code,
            "title": text.code,
            "adaptive": "false",
            "time-dependent": "false",
            "xml:lang": "zh-CN",
        },
    )
    if text.case is not None:
        shared = {
            "identifier": text.case.code,
            "href": f"../{manifests.stimulus_of(text.case)}",
            "title": text.case.code,
        }
        SubElement(root, "qti-assessment-stimulus-ref", shared)
    if text.kind is Kind.FILL_IN:
        _write_entry(root, text)
    elif text.kind is Kind.WRITTEN:
        _write_essay(root, text)
    else:
        _write_choices(root, text)
    _show(root, text, parts or {})
    shown = {"outcome-identifier": "FEEDBACK", "identifier": "EXPLANATION", "show-hide": "show"}
    feedback = SubElement(SubElement(root, "qti-modal-feedback", shown), "qti-content-body")
    _lines(SubElement(feedback, "p"), text.explanation)
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))


def _show(root: Element, text: ItemText, parts: Mapping[str, str]) -> None:
    """Put the pictures behind the words that they belong to."""
    for place, one in text.pictures.items():
        if place != STEM:
            where = next(choice for choice in root.iter("qti-simple-choice") if choice.get("identifier") == place)
        else:
            prompt = next(root.iter("qti-prompt"), None)
            where = prompt if prompt is not None else next(root.iter("qti-item-body"))
        SubElement(where, "img", src=f"../{parts[one.digest]}", alt=one.words)


def stimulus(case: Case) -> bytes:
    """The text of a case as a file of version 3.0, which all its items refer to."""
    named = {"xmlns": ITEM_NAMESPACE, "identifier": case.code, "title": case.code, "xml:lang": "zh-CN"}
    root = Element("qti-assessment-stimulus", named)
    _lines(SubElement(SubElement(root, "qti-stimulus-body"), "p"), case.text)
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))


def _write_entry(root: Element, text: ItemText) -> None:
    """One field to type in where the stem has its blank; every accepted text earns the point."""
    kind = {"identifier": "RESPONSE", "cardinality": "single", "base-type": "string"}
    declared = SubElement(root, "qti-response-declaration", kind)
    accepted = filling.variants(text.key)
    SubElement(SubElement(declared, "qti-correct-response"), "qti-value").text = accepted[0]
    mapping = SubElement(declared, "qti-mapping", {"default-value": "0"})
    for said in accepted:
        SubElement(mapping, "qti-map-entry", {"map-key": said, "mapped-value": "1", "case-sensitive": "false"})
    _declare_outcomes(root)
    before, _, after = text.stem.partition(filling.BLANK)
    line = SubElement(SubElement(root, "qti-item-body"), "p")
    _lines(line, before)
    how = {"response-identifier": "RESPONSE", "expected-length": str(filling.LONGEST_ANSWER)}
    entry = SubElement(line, "qti-text-entry-interaction", how)
    entry.tail, *rest = after.split("\n")
    for words_after in rest:
        SubElement(line, "br").tail = words_after
    SubElement(root, "qti-response-processing", template=MAPPED)


def _write_essay(root: Element, text: ItemText) -> None:
    """Room to write, and the rubric for whoever scores it; no program does."""
    kind = {"identifier": "RESPONSE", "cardinality": "single", "base-type": "string"}
    SubElement(root, "qti-response-declaration", kind)
    _declare_outcomes(root)
    body = SubElement(root, "qti-item-body")
    _lines(SubElement(SubElement(body, "qti-rubric-block", use="scoring", view="scorer"), "p"), text.key)
    how = {"response-identifier": "RESPONSE", "expected-length": str(rubric.LONGEST_TEXT)}
    interaction = SubElement(body, "qti-extended-text-interaction", how)
    _lines(SubElement(interaction, "qti-prompt"), text.stem)


def _write_choices(root: Element, text: ItemText) -> None:
    truths = text.kind is Kind.TRUE_FALSE
    options = {letter: word for letter, word, _ in _LETTER_TRUTHS} if truths else text.options
    key = next((letter for letter, _, truth in _LETTER_TRUTHS if truth == text.key), "") if truths else text.key
    several = text.kind is Kind.MULTIPLE
    _declare(root, key, "multiple" if several else "single")
    body = SubElement(root, "qti-item-body")
    how = {"response-identifier": "RESPONSE", "shuffle": "false" if truths else "true"}
    interaction = SubElement(body, "qti-choice-interaction", {**how, "max-choices": "0" if several else "1"})
    _lines(SubElement(interaction, "qti-prompt"), text.stem)
    for letter, option in options.items():
        _lines(SubElement(interaction, "qti-simple-choice", identifier=letter), option)
    SubElement(root, "qti-response-processing", template=TEMPLATE)


def _declare(root: Element, key: str, cardinality: str) -> None:
    kind = {"identifier": "RESPONSE", "cardinality": cardinality, "base-type": "identifier"}
    correct = SubElement(SubElement(root, "qti-response-declaration", kind), "qti-correct-response")
    for letter in key:
        SubElement(correct, "qti-value").text = letter
    _declare_outcomes(root)


def _declare_outcomes(root: Element) -> None:
    score = {"identifier": "SCORE", "cardinality": "single", "base-type": "float"}
    SubElement(root, "qti-outcome-declaration", score)
    SubElement(root, "qti-outcome-declaration", {**score, "identifier": "FEEDBACK", "base-type": "identifier"})


def _lines(element: Element, text: str) -> None:
    """Words with their line breaks."""
    first, *rest = text.split("\n")
    element.text = first
    for line in rest:
        SubElement(element, "br").tail = line
