"""QTI items (1EdTech): choices, single text entries and extended texts out of versions 2.x and 3.0.

Version 3.0 writes ``qti-choice-interaction max-choices`` where 2.x writes ``choiceInteraction maxChoices``; both are
read under the names of 2.x. What QTI has no place for stands as keywords in the metadata of the package.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from xml.etree.ElementTree import Element

from service.bank.rules import filling
from service.bank.rules.exchange import answers, essays, facts, shortanswers, words
from service.bank.rules.exchange.columns import OPTION_LETTERS
from service.bank.rules.exchange.drafts import Draft, Field, Remark
from service.bank.rules.exchange.shortanswers import Answer
from service.bank.rules.items import KIND_NAMES, Kind
from service.bank.rules.pictures import STEM

ITEM = "assessmentItem"
_BREAKS = {"br", "p", "div", "li", "h1", "h2", "h3", "h4", "blockquote", "pre"}
_BODIES = {"itemBody", "modalFeedback", "contentBody", "stimulusBody"}
_PLAIN = _BREAKS | _BODIES | {"span", "ul", "ol", "prompt", "simpleChoice"}
_MEDIA = {"img", "object", "audio", "video", "math", "table", "svg", "include", "printedVariable", "templateInline"}
_ENTRY, _ESSAY, _RUBRIC = "textEntryInteraction", "extendedTextInteraction", "rubricBlock"
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

    def __init__(self, element: Element, *, may_show: bool = False) -> None:
        self.pictured = self.formatted = False
        # (address, words beside it) of pictures; what else there is to see, or a second picture, no item can have.
        self.images: list[tuple[str, str]] = []
        self.may_show = may_show
        self.text = "".join(self._parts(element)).strip()

    def _parts(self, element: Element) -> Iterator[str]:
        if element.tag == "img" and self.may_show and not self.images:
            self.images.append((element.get("src", ""), element.get("alt", "")))
        else:
            self.pictured = self.pictured or element.tag in _MEDIA
        self.formatted = self.formatted or element.tag not in _PLAIN | _MEDIA
        yield _LAID_OUT.sub(" ", element.text or "")
        for child in element:
            if child.tag == _ENTRY:
                yield filling.BLANK
            elif child.tag.endswith("Interaction") or child.tag in {"feedbackInline", _RUBRIC}:
                yield "\n"
            else:
                yield from ["\n"] if child.tag in _BREAKS else []
                yield from self._parts(child)
                yield from ["\n"] if child.tag in _BREAKS - {"br"} else []
            yield _LAID_OUT.sub(" ", child.tail or "")


def stimulus_ref(root: Element) -> str:
    """Which file an item asks about, as the item refers to it; empty, if to none."""
    found = next(root.iter("assessmentStimulusRef"), None)
    return found.get("href", "").strip() if found is not None else ""


def stimulus_text(root: Element) -> str:
    """The words of a file that items ask about; empty where it shows what no text can."""
    body = next(root.iter("stimulusBody"), None)
    shown = _Shown(body) if body is not None else None
    return shown.text if shown is not None and not shown.pictured else ""


def draft_of(
    row: int, root: Element, keywords: Iterable[str] = (), hung: dict[str, tuple[str, str]] | None = None
) -> Draft:
    """The draft of one item, whose root is named as in version 2.x.

    ``hung`` takes, by place, the address and the words of each picture; without it nothing can fetch them, and an item
    that shows one is left out.
    """
    said = facts.words_of(keywords) | {Field.CODE: root.get("identifier", "").strip()}
    body = next(root.iter("itemBody"), None)
    interactions = [one for one in root.iter() if one.tag.endswith("Interaction")]
    if body is not None and [one.tag for one in interactions] == [_ENTRY]:
        return _entry(row, said, root, body, hung)
    if body is not None and [one.tag for one in interactions] == [_ESSAY]:
        return _essay(row, said, root, body, hung)
    if body is None or len(interactions) != 1 or interactions[0].tag != "choiceInteraction":
        kind = "、".join(dict.fromkeys(one.tag for one in interactions)) or root.tag
        reason = "题库没有“{kind}”这种题型，这一题没有导入。"
        return _left_out(row, said, Field.KIND, "kind_left_out", reason, {"kind": kind})
    choices = list(interactions[0].iter("simpleChoice"))
    prompts = [body, *interactions[0].iter("prompt")]
    explained = list(root.iter("modalFeedback"))
    asked = [_Shown(one, may_show=hung is not None) for one in (*prompts, *choices)]
    pieces = [*asked, *map(_Shown, explained)]
    stems = [image for piece in asked[: len(prompts)] for image in piece.images]
    if any(piece.pictured for piece in pieces) or len(stems) > 1:
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
    if hung is not None:
        lettered = zip(OPTION_LETTERS, asked[middle:], strict=False)
        hung |= {letter: one.images[0] for letter, one in lettered if one.images}
        hung |= {STEM: stems[0]} if stems else {}
    return _with_key(row, said, root, choices, options, formatted=any(piece.formatted for piece in pieces))


def _entry(
    row: int, said: dict[Field, str], root: Element, body: Element, hung: dict[str, tuple[str, str]] | None
) -> Draft:
    """The draft of a fill-in: what earns most is accepted, what earns less is said to be lost."""
    words_of = _Words.of([body], root, hung)
    declared = next(root.iter("responseDeclaration"), None)
    accepted = [] if declared is None else list(_accepted(declared))
    return words_of.into(shortanswers.draft_of("", row, said | words_of.said, accepted))


def _essay(
    row: int, said: dict[Field, str], root: Element, body: Element, hung: dict[str, tuple[str, str]] | None
) -> Draft:
    """The draft of a written answer; what a rubric block tells whoever scores it may be its rubric."""
    prompts = (one for essay in body.iter(_ESSAY) for one in essay.iter("prompt"))
    words_of = _Words.of([body, *prompts], root, hung)
    grading = "\n".join(_Shown(one).text for one in body.iter(_RUBRIC))
    return words_of.into(essays.draft_of("", row, said | words_of.said, grading))


@dataclass(frozen=True, slots=True)
class _Words:
    """The stem and the explanation of an item without options, and what of them cannot be held."""

    said: dict[Field, str]
    pictured: bool
    formatted: bool

    @classmethod
    def of(cls, stem: Sequence[Element], root: Element, hung: dict[str, tuple[str, str]] | None) -> "_Words":
        asked = [_Shown(one, may_show=hung is not None) for one in stem]
        explained = list(map(_Shown, root.iter("modalFeedback")))
        images = [image for piece in asked for image in piece.images]
        if hung is not None and images:
            hung[STEM] = images[0]
        said = {
            Field.STEM: "\n".join(piece.text for piece in asked if piece.text),
            Field.EXPLANATION: "\n".join(dict.fromkeys(piece.text for piece in explained if piece.text)),
        }
        pieces = [*asked, *explained]
        pictured = any(one.pictured for one in pieces) or len(images) > 1
        return cls(said, pictured, any(one.formatted for one in pieces))

    def into(self, draft: Draft) -> Draft:
        """The draft with what is to be said of its words."""
        if self.pictured:
            reason = "题干、选项或解析中有图片、表格等，这一题没有导入。"
            return replace(draft, left_out=draft.remark(Field.STEM, "picture_left_out", reason))
        if not self.formatted:
            return draft
        lost = draft.remark(Field.STEM, "format_lost", "文字的格式（加粗、上下标等）没有保留，请核对。")
        return replace(draft, notes=(*draft.notes, lost))


def _accepted(declared: Element) -> Iterator[Answer]:
    named = [(one.text or "").strip() for correct in declared.iter("correctResponse") for one in correct.iter("value")]
    shares = {one.get("mapKey", "").strip(): _share(one.get("mappedValue", "0")) for one in declared.iter("mapEntry")}
    most = max(shares.values(), default=0.0)
    for text in dict.fromkeys((*named, *(text for text, share in shares.items() if share > 0))):
        yield Answer(shortanswers.literal(text), whole=shares.get(text, most) >= most)


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
    return _share(text) > 0


def _share(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
