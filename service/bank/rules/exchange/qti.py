"""QTI items (1EdTech): choice interactions out of versions 2.x and 3.0, and into version 3.0.

Version 3.0 writes ``qti-choice-interaction max-choices`` where 2.x writes ``choiceInteraction maxChoices``; both are
read under the names of 2.x. What QTI has no place for stands as keywords in the metadata of the package.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

from service.bank.rules.exchange import answers, facts, words
from service.bank.rules.exchange.columns import OPTION_LETTERS
from service.bank.rules.exchange.drafts import Draft, Field, Remark
from service.bank.rules.items import KIND_NAMES, ItemText, Kind

ITEM = "assessmentItem"
ITEM_NAMESPACE = "http://www.imsglobal.org/xsd/imsqtiasi_v3p0"
TEMPLATE = "https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/match_correct.xml"
_BREAKS = {"br", "p", "div", "li", "h1", "h2", "h3", "h4", "blockquote", "pre"}
_PLAIN = _BREAKS | {"span", "ul", "ol", "prompt", "simpleChoice", "itemBody", "modalFeedback", "contentBody"}
_MEDIA = {"img", "object", "audio", "video", "math", "table", "svg", "include", "printedVariable", "templateInline"}
_LAID_OUT = re.compile(r"[ \t]*\r?\n[ \t]*")
_KEBAB = re.compile(r"-([a-z])")


def camel(element: Element) -> Element:
    """The same tree under the names of version 2.x."""
    made = Element(_camel(element.tag), {_camel(name): value for name, value in element.attrib.items()})
    made.text, made.tail = element.text, element.tail
    made.extend(camel(child) for child in element)
    return made


def _camel(name: str) -> str:
    return _KEBAB.sub(lambda found: found[1].upper(), name.removeprefix("qti-"))


class _Shown:
    """The words of a piece of an item; interactions and feedback are no words of it."""

    def __init__(self, element: Element) -> None:
        self.pictured = self.formatted = False
        self.text = "".join(self._parts(element)).strip()

    def _parts(self, element: Element) -> Iterator[str]:
        self.pictured = self.pictured or element.tag in _MEDIA
        self.formatted = self.formatted or element.tag not in _PLAIN | _MEDIA
        yield _LAID_OUT.sub(" ", element.text or "")
        for child in element:
            if child.tag.endswith("Interaction") or child.tag in {"feedbackInline", "rubricBlock"}:
                yield "\n"
            else:
                yield from ["\n"] if child.tag in _BREAKS else []
                yield from self._parts(child)
                yield from ["\n"] if child.tag in _BREAKS - {"br"} else []
            yield _LAID_OUT.sub(" ", child.tail or "")


def draft_of(row: int, root: Element, keywords: Iterable[str] = ()) -> Draft:
    """The draft of one item, whose root is named as in version 2.x."""
    said = facts.words_of(keywords) | {Field.CODE: root.get("identifier", "").strip()}
    body = next(root.iter("itemBody"), None)
    interactions = [one for one in root.iter() if one.tag.endswith("Interaction")]
    if body is None or len(interactions) != 1 or interactions[0].tag != "choiceInteraction":
        kind = "、".join(dict.fromkeys(one.tag for one in interactions)) or root.tag
        reason = "题库没有“{kind}”这种题型，这一题没有导入。"
        return _left_out(row, said, Field.KIND, "kind_left_out", reason, {"kind": kind})
    choices = list(interactions[0].iter("simpleChoice"))
    prompts = [body, *interactions[0].iter("prompt")]
    explained = list(root.iter("modalFeedback"))
    pieces = [_Shown(one) for one in (*prompts, *choices, *explained)]
    if any(piece.pictured for piece in pieces):
        reason = "题干、选项或解析中有图片、表格等，这一题没有导入。"
        return _left_out(row, said, Field.STEM, "picture_left_out", reason, {})
    if len(choices) > len(OPTION_LETTERS):
        reason = "选项超过{most}个，这一题没有导入。"
        return _left_out(row, said, Field.OPTIONS, "options_left_out", reason, {"most": len(OPTION_LETTERS)})
    texts = [piece.text for piece in pieces]
    middle, end = len(prompts), len(prompts) + len(choices)
    said |= {
        Field.STEM: "\n".join(text for text in texts[:middle] if text),
        Field.EXPLANATION: "\n".join(dict.fromkeys(text for text in texts[end:] if text)),
    }
    options = dict(zip(OPTION_LETTERS, texts[middle:end], strict=False))
    return _with_key(row, said, root, choices, options, formatted=any(piece.formatted for piece in pieces))


def _left_out(
    row: int, said: dict[Field, str], column: Field, code: str, reason: str, values: Mapping[str, object]
) -> Draft:
    return Draft("", row, said, left_out=Remark("", row, column, code, reason, values))


def _with_key(
    row: int,
    said: dict[Field, str],
    root: Element,
    choices: Sequence[Element],
    options: dict[str, str],
    *,
    formatted: bool,
) -> Draft:
    declared = next(root.iter("responseDeclaration"), None)
    right, weighed = _right(declared)
    key = "".join(
        letter for letter, one in zip(OPTION_LETTERS, choices, strict=False) if one.get("identifier") in right
    )
    truths = len(options) == 2 and all(words.fold(text) in words.TRUTH_WORDS for text in options.values())
    several = declared is not None and declared.get("cardinality") == "multiple"
    kind = Kind.TRUE_FALSE if truths else Kind.MULTIPLE if several else Kind.SINGLE
    said |= {Field.KIND: KIND_NAMES[kind], Field.ANSWER: answers.pointed(key)}
    draft = Draft("", row, {name: text for name, text in said.items() if text}, options)
    notes = []
    if formatted:
        notes.append(draft.remark(Field.STEM, "format_lost", "文字的格式（加粗、上下标等）没有保留，请核对。"))
    if weighed:
        reason = "各选项的得分比例没有保留：本系统只分对和错。"
        notes.append(draft.remark(Field.ANSWER, "shares_lost", reason))
    return Draft("", row, draft.words, options, notes=tuple(notes))


def _right(declared: Element | None) -> tuple[set[str], bool]:
    """The identifiers of the right choices, and whether points are given by choice."""
    if declared is None:
        return set(), False
    named = {(one.text or "").strip() for correct in declared.iter("correctResponse") for one in correct.iter("value")}
    entries = list(declared.iter("mapEntry"))
    earning = {one.get("mapKey", "") for one in entries if _positive(one.get("mappedValue", "0"))}
    return named or earning, bool(entries)


def _positive(text: str) -> bool:
    try:
        return float(text) > 0
    except ValueError:
        return False


# --- writing ---

_LETTER_TRUTHS = (("A", "对", "T"), ("B", "错", "F"))


def item(text: ItemText) -> bytes:
    """One item as a file of version 3.0."""
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
    shown = {"outcome-identifier": "FEEDBACK", "identifier": "EXPLANATION", "show-hide": "show"}
    feedback = SubElement(SubElement(root, "qti-modal-feedback", shown), "qti-content-body")
    _lines(SubElement(feedback, "p"), text.explanation)
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))


def _declare(root: Element, key: str, cardinality: str) -> None:
    kind = {"identifier": "RESPONSE", "cardinality": cardinality, "base-type": "identifier"}
    correct = SubElement(SubElement(root, "qti-response-declaration", kind), "qti-correct-response")
    for letter in key:
        SubElement(correct, "qti-value").text = letter
    score = {"identifier": "SCORE", "cardinality": "single", "base-type": "float"}
    SubElement(root, "qti-outcome-declaration", score)
    SubElement(root, "qti-outcome-declaration", {**score, "identifier": "FEEDBACK", "base-type": "identifier"})


def _lines(element: Element, text: str) -> None:
    """Words with their line breaks."""
    first, *rest = text.split("\n")
    element.text = first
    for line in rest:
        SubElement(element, "br").tail = line
