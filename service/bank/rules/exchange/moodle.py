"""Moodle XML: questions of the kinds multichoice, truefalse, shortanswer and essay out of it and into
it (docs.moodle.org, Moodle XML)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from service.bank.rules import filling, rubric
from service.bank.rules.cases import Case
from service.bank.rules.exchange import casing, essays, facts, gallery, markup, pluginfiles, shortanswers
from service.bank.rules.exchange.answers import pointed
from service.bank.rules.exchange.columns import OPTION_LETTERS
from service.bank.rules.exchange.drafts import Draft, Field, Remark, Sheaf
from service.bank.rules.exchange.gallery import Gallery, Hung
from service.bank.rules.exchange.shortanswers import WHOLE, Answer
from service.bank.rules.items import KIND_NAMES, LETTERS, ItemText, Kind
from service.bank.rules.pictures import STEM
from service.kernel.pictures import Picture

_HTML = {"html", "moodle_auto_format", "markdown", ""}
# What is no item at all: a folder of questions.
_FOLDER = "category"
# What tells without asking: the text of a case, where its tag says of which.
_TOLD = "description"
_TYPES = {
    Kind.SINGLE: "multichoice",
    Kind.MULTIPLE: "multichoice",
    Kind.TRUE_FALSE: "truefalse",
    Kind.FILL_IN: "shortanswer",
    Kind.WRITTEN: "essay",
}


@dataclass(slots=True)
class _Reader:
    """The texts of one question, and what was lost of them."""

    pictured: bool = False
    formatted: bool = False
    hung: dict[str, Hung] = field(default_factory=dict)

    def text(self, element: Element | None, place: str = "") -> str:
        """The words of an element; ``place`` is where its picture would belong, if it can have one."""
        if element is None:
            return ""
        said = markup.said(element, "text")
        if element.get("format", "html") not in _HTML:
            return said.strip()
        words = markup.Words(said)
        self.pictured = self.pictured or words.pictured
        self.formatted = self.formatted or words.formatted
        files = {one.get("name", ""): one for one in markup.below(element, "file")}
        named = [(src.removeprefix(pluginfiles.FILES), alt) for src, alt in words.images]
        if place and len(named) == 1 and named[0][0] in files:
            self.hung[place] = pluginfiles.content(files[named[0][0]]), named[0][1]
        else:
            self.pictured = self.pictured or bool(named or files)
        return words.text


def drafts_of(root: Element) -> Sheaf:
    """Drafts of every question; rows are counted as the questions stand in the file."""
    questions = [one for one in markup.below(root, "question") if one.get("type") != _FOLDER]
    texts: dict[str, str] = {}
    kept, drafts = Gallery(), []
    for row, question in enumerate(questions, start=1):
        code, reader = _told(question), _Reader()
        if code:
            texts[code] = reader.text(next(markup.below(question, "questiontext"), None))
        else:
            drafts.append(kept.hung(_draft(row, question, reader), reader.hung))
    return casing.completed(Sheaf(tuple(drafts), pictures=kept.kept), texts)


def _told(question: Element) -> str:
    """The code of the case whose text this is; empty for what asks something."""
    return facts.words_of(_tag_words(question)).get(Field.CASE, "") if question.get("type") == _TOLD else ""


def _draft(row: int, question: Element, reader: _Reader) -> Draft:
    kind = question.get("type", "")
    answers = list(markup.below(question, "answer"))
    words = facts.words_of(_tag_words(question)) | {
        Field.CODE: markup.said(question, "idnumber").strip(),
        Field.STEM: reader.text(next(markup.below(question, "questiontext"), None), STEM),
        Field.EXPLANATION: reader.text(next(markup.below(question, "generalfeedback"), None)),
    }
    if kind == "shortanswer":
        return _short(row, words, answers, reader, typed_apart=markup.said(question, "usecase").strip() == "1")
    if kind == "essay":
        return _essay(row, words, question, reader)
    options: dict[str, str] = {}
    if kind == "multichoice":
        single = markup.said(question, "single").strip() != "false"
        lettered = zip(OPTION_LETTERS, answers, strict=False)
        options = {letter: reader.text(answer, letter if letter in LETTERS else "") for letter, answer in lettered}
        words |= {Field.KIND: KIND_NAMES[Kind.SINGLE if single else Kind.MULTIPLE], Field.ANSWER: _key(answers, single)}
    elif kind == "truefalse":
        words |= {Field.KIND: KIND_NAMES[Kind.TRUE_FALSE], Field.ANSWER: _truth(answers)}
    draft = Draft("", row, {name: text for name, text in words.items() if text}, options)
    notes = tuple(_notes(draft, answers, reader))
    left_out = _left_out(draft, kind, reader)
    return Draft("", row, draft.words, options, notes=notes, left_out=left_out)


def _short(
    row: int, words: dict[Field, str], answers: Sequence[Element], reader: _Reader, *, typed_apart: bool
) -> Draft:
    found = [
        Answer(
            markup.said(one, "text").strip(),
            _fraction(one) >= WHOLE,
            bool(markup.said(one, "feedback", "text").strip()),
        )
        for one in answers
    ]
    draft = shortanswers.draft_of("", row, words, found)
    notes = list(draft.notes)
    if reader.formatted:
        notes.append(draft.remark(Field.STEM, "format_lost", "文字的格式（加粗、上下标等）没有保留，请核对。"))
    if typed_apart:
        notes.append(draft.remark(Field.ANSWER, "case_lost", "原题区分大小写，题库的填空题不区分。"))
    left_out = draft.left_out or _left_out(draft, "shortanswer", reader)
    return replace(draft, notes=tuple(notes), left_out=left_out)


def _essay(row: int, words: dict[Field, str], question: Element, reader: _Reader) -> Draft:
    draft = essays.draft_of("", row, words, reader.text(next(markup.below(question, "graderinfo"), None)))
    notes = tuple(_notes(draft, (), reader))
    return replace(draft, notes=notes, left_out=_left_out(draft, "essay", reader) or draft.left_out)


def _tag_words(question: Element) -> list[str]:
    return [text for tag in markup.below(question, "tags", "tag") if (text := markup.said(tag, "text").strip())]


def _fraction(answer: Element) -> float:
    try:
        return float(answer.get("fraction", "0"))
    except ValueError:
        return 0.0


def _key(answers: Sequence[Element], single: bool) -> str:
    right = [_fraction(answer) >= 100 if single else _fraction(answer) > 0 for answer in answers]
    return pointed("".join(letter for letter, one in zip(OPTION_LETTERS, right, strict=False) if one))


def _truth(answers: Sequence[Element]) -> str:
    return next((markup.said(answer, "text").strip() for answer in answers if _fraction(answer) >= 100), "")


def _notes(draft: Draft, answers: Sequence[Element], reader: _Reader) -> Iterator[Remark]:
    if reader.formatted:
        yield draft.remark(Field.STEM, "format_lost", "文字的格式（加粗、上下标等）没有保留，请核对。")
    shares = {round(_fraction(answer), 1) for answer in answers if _fraction(answer) > 0}
    if len(shares) > 1:
        yield draft.remark(Field.ANSWER, "shares_lost", "各选项的得分比例没有保留：本系统只分对和错。")
    if any(markup.said(answer, "feedback", "text").strip() for answer in answers):
        yield draft.remark(Field.EXPLANATION, "feedback_lost", "各选项的反馈没有导入，只保留了总的解析。")


def _left_out(draft: Draft, kind: str, reader: _Reader) -> Remark | None:
    if kind not in _TYPES.values():
        reason = "题库没有“{kind}”这种题型，这一题没有导入。"
        return draft.remark(Field.KIND, "kind_left_out", reason, kind=kind or "?")
    if reader.pictured:
        return gallery.left_out(draft)
    return None


def written(texts: Sequence[ItemText], pictures: Mapping[str, Picture] | None = None) -> bytes:
    """A Moodle XML file with its pictures in it; what Moodle has no place for stands in tags."""
    quiz = Element("quiz")
    told: set[str] = set()
    for text in texts:
        if text.case is not None and text.case.code not in told:
            told.add(text.case.code)
            _write_case(SubElement(quiz, "question", type=_TOLD), text.case)
        _write(SubElement(quiz, "question", type=_TYPES[text.kind]), text, pictures or {})
    indent(quiz)
    return bytes(tostring(quiz, encoding="utf-8", xml_declaration=True))


def _write_case(question: Element, case: Case) -> None:
    """The text of a case as Moodle's description, which stands before the questions about it."""
    _text(SubElement(question, "name"), case.code)
    _text(SubElement(question, "questiontext", format="plain_text"), case.text)
    for name, value in (("defaultgrade", "0"), ("penalty", "0"), ("hidden", "0"), ("idnumber", case.code)):
        SubElement(question, name).text = value
    _text(SubElement(SubElement(question, "tags"), "tag"), f"case={case.code}")


def _write(question: Element, text: ItemText, pictures: Mapping[str, Picture]) -> None:
    _text(SubElement(question, "name"), text.code)
    asked = SubElement(question, "questiontext", format="plain_text")
    _text(asked, text.stem)
    pluginfiles.show(asked, text, STEM, pictures)
    _text(SubElement(question, "generalfeedback", format="plain_text"), text.explanation)
    worth = str(_worth(text))
    for name, value in (("defaultgrade", worth), ("penalty", "0"), ("hidden", "0"), ("idnumber", text.code)):
        SubElement(question, name).text = value
    _write_key(question, text)
    if text.options:
        for letter, answer in zip(text.options, question.iter("answer"), strict=True):
            pluginfiles.show(answer, text, letter, pictures)
    tags = SubElement(question, "tags")
    for word in facts.tags_of(text):
        _text(SubElement(tags, "tag"), word)


def _write_key(question: Element, text: ItemText) -> None:
    """What earns the points, in the way that Moodle has for the kind."""
    if text.kind is Kind.TRUE_FALSE:
        for word, truth in (("true", "T"), ("false", "F")):
            _answer(question, word, "100" if text.key == truth else "0", "moodle_auto_format")
    elif text.kind is Kind.FILL_IN:
        SubElement(question, "usecase").text = "0"
        for said in filling.variants(text.key):
            _answer(question, shortanswers.literal(said), "100", "moodle_auto_format")
    elif text.kind is Kind.WRITTEN:
        SubElement(question, "responseformat").text = "plain"
        _text(SubElement(question, "graderinfo", format="plain_text"), text.key)
    else:
        SubElement(question, "single").text = "true" if text.kind is Kind.SINGLE else "false"
        SubElement(question, "shuffleanswers").text = "true"
        SubElement(question, "answernumbering").text = "ABCD"
        # Shares with the digits that Moodle knows them by; a wrong choice takes all of it away.
        share = f"{100 / len(text.key):.5f}".rstrip("0").rstrip(".")
        wrong = "0" if text.kind is Kind.SINGLE else "-100"
        for letter, option in text.options.items():
            _answer(question, option, share if letter in text.key else wrong, "plain_text")


def _worth(text: ItemText) -> int:
    """What a question is worth in Moodle, where nothing else is known: a rubric knows it."""
    return rubric.worth(text.key) if text.kind is Kind.WRITTEN else 1


def _answer(question: Element, word: str, fraction: str, form: str) -> None:
    answer = SubElement(question, "answer", fraction=fraction, format=form)
    SubElement(answer, "text").text = word
    _text(SubElement(answer, "feedback", format="plain_text"), "")


def _text(element: Element, text: str) -> None:
    SubElement(element, "text").text = text
