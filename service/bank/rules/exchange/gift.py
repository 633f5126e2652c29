"""GIFT, Moodle's plain text format: choices, true/false, short answers and essays out of it and
into it (docs.moodle.org, GIFT format)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from service.bank.rules import filling
from service.bank.rules.cases import Case
from service.bank.rules.exchange import answers, casing, essays, facts, gallery, markup, shortanswers
from service.bank.rules.exchange.columns import OPTION_LETTERS
from service.bank.rules.exchange.drafts import Draft, Field, Remark, Sheaf
from service.bank.rules.exchange.shortanswers import WHOLE, Answer
from service.bank.rules.items import KIND_NAMES, ItemText, Kind

# What a text of this format has and a table has not.
LIKE = re.compile(r"(?<!\\)(?:\\\\)*\{\s*(?:[=~#%]|(?:T|F|TRUE|FALSE)\s*[#}])", re.IGNORECASE)
_BLANK = re.compile(r"\n[ \t]*\n")
_TITLE = re.compile(r"::((?:\\.|[^\\:]|:(?!:))*)::", re.DOTALL)
_FORMAT = re.compile(r"\[(html|moodle|plain|markdown)\]")
_BRACES = re.compile(r"((?:\\.|[^\\{])*)\{((?:\\.|[^\\}])*)\}", re.DOTALL)
_ANSWER = re.compile(r"([=~])((?:\\.|[^\\=~])*)", re.DOTALL)
_SHARE = re.compile(r"%(-?[0-9.]{1,12})%")
# A share of nought is no share.
_NOUGHT = re.compile(r"[0.]+")
_FACT = re.compile(r"\[(id|tag):((?:\\.|[^\\\]])*)\]")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_FEEDBACK = re.compile(r"((?:\\.|[^\\#])*)(#?)", re.DOTALL)
_SPECIAL, _SPECIAL_IN_FACTS = re.compile(r"[\\~=#{}:]"), re.compile(r"[\\\]]")
_TRUTHS = {"T": "T", "TRUE": "T", "F": "F", "FALSE": "F"}
_GENERAL = "####"
SHORT, TOLD = "shortanswer", "description"


@dataclass(frozen=True, slots=True)
class _Option:
    text: str
    right: bool
    feedback: bool


def drafts_of(text: str) -> Sheaf:
    """Drafts of every question; rows are counted as the questions stand in the file."""
    blocks = [_parted(block) for block in _BLANK.split(text.replace("\r\n", "\n"))]
    questions = [(facts_, body) for facts_, body in blocks if body and not body.startswith("$CATEGORY")]
    texts: dict[str, str] = {}
    drafts = []
    for row, (said, body) in enumerate(questions, start=1):
        draft = _draft(row, said, body)
        code = draft.word(Field.CASE)
        # A block that asks nothing, and names a case, is the text of that case.
        if code and draft.left_out is not None and draft.left_out.values.get("kind") == TOLD:
            texts[code] = draft.word(Field.STEM)
        else:
            drafts.append(draft)
    return casing.completed(Sheaf(tuple(drafts)), texts)


def _parted(block: str) -> tuple[str, str]:
    """The comment lines of a block, and the question below them."""
    lines = block.strip("\n").split("\n")
    comments = [line for line in lines if line.lstrip().startswith("//")]
    body = [line for line in lines if not line.lstrip().startswith(("//", "$CATEGORY"))]
    return "\n".join(comments), "\n".join(body).strip()


def _draft(row: int, comments: str, body: str) -> Draft:
    known = [(name, _plain(value)) for name, value in _FACT.findall(comments)]
    words = facts.words_of(value for name, value in known if name == "tag")
    words[Field.CODE] = next((value for name, value in known if name == "id"), "")
    title = _TITLE.match(body)
    body = body[title.end() :].strip() if title else body
    form = _FORMAT.match(body)
    body = body[form.end() :] if form else body
    braces = _BRACES.match(body)
    if braces is None:
        return _unread(row, words | {Field.STEM: _plain(body)}, TOLD)
    before, after = braces[1].strip(), body[braces.end() :].strip()
    inside, _, general = braces[2].partition(_GENERAL)
    html = form is not None and form[1] == "html"
    seen = markup.Words(_plain(body)) if html else None
    if seen is not None and (seen.images or seen.pictured):
        bare = Draft("", row, {name: text for name, text in {**words, Field.STEM: seen.text}.items() if text})
        return replace(bare, left_out=gallery.left_out(bare))
    words |= {
        Field.STEM: _shown(f"{before}____{after}" if after else before, html),
        Field.EXPLANATION: _shown(general, html),
    }
    return _with_answers(row, words, inside.strip(), html)


def _with_answers(row: int, words: dict[Field, str], inside: str, html: bool) -> Draft:
    truth = _TRUTHS.get(inside.partition("#")[0].strip().upper())
    if truth is not None:
        said = words | {Field.KIND: KIND_NAMES[Kind.TRUE_FALSE], Field.ANSWER: truth}
        return _draft_of(row, said, {}, lost="#" in inside)
    if not inside:
        return essays.draft_of("", row, words)
    found = _ANSWER.findall(inside)
    if found and _kind_of(inside) == SHORT and not any(sign == "~" for sign, _ in found):
        return shortanswers.draft_of("", row, words, [_short(text) for _, text in found])
    if not any(sign == "~" for sign, _ in found):
        return _unread(row, words, _kind_of(inside))
    read = [_option(sign, text, html) for sign, text in found]
    options = [one.text for one in read]
    kind = Kind.SINGLE if any(sign == "=" for sign, _ in found) else Kind.MULTIPLE
    key = "".join(letter for letter, one in zip(OPTION_LETTERS, read, strict=False) if one.right)
    said = words | {Field.KIND: KIND_NAMES[kind], Field.ANSWER: answers.pointed(key)}
    lost = any(one.feedback for one in read)
    draft = _draft_of(row, said, dict(zip(OPTION_LETTERS, options, strict=False)), lost=lost)
    return draft if len(options) <= len(OPTION_LETTERS) else _unread(row, said, f"{len(options)} options")


def _option(sign: str, text: str, html: bool) -> _Option:
    share = _SHARE.match(text.strip())
    bare = text.strip()[share.end() :] if share else text
    found = _FEEDBACK.match(bare)
    said, feedback = (found[1], bool(found[2])) if found else (bare, False)
    right = sign == "=" or _positive(share)
    return _Option(_shown(said, html), right, feedback)


def _short(text: str) -> Answer:
    share = _SHARE.match(text.strip())
    bare = text.strip()[share.end() :] if share else text
    found = _FEEDBACK.match(bare)
    said, feedback = (found[1], bool(found[2])) if found else (bare, False)
    whole = share is None or share[1].partition(".")[0] == str(WHOLE)
    return Answer(_plain(said), whole, feedback)


def _positive(share: re.Match[str] | None) -> bool:
    return share is not None and not share[1].startswith("-") and not _NOUGHT.fullmatch(share[1])


def _draft_of(row: int, words: dict[Field, str], options: dict[str, str], *, lost: bool) -> Draft:
    draft = Draft("", row, {name: text for name, text in words.items() if text}, options)
    reason = "各选项的反馈没有导入，只保留了总的解析。"
    notes: tuple[Remark, ...] = (draft.remark(Field.EXPLANATION, "feedback_lost", reason),) if lost else ()
    return Draft("", row, draft.words, options, notes=notes)


def _unread(row: int, words: dict[Field, str], kind: str) -> Draft:
    reason = "题库没有“{kind}”这种题型，这一题没有导入。"
    left_out = Remark("", row, Field.KIND, "kind_left_out", reason, {"kind": kind})
    return Draft("", row, {name: text for name, text in words.items() if text}, left_out=left_out)


def _kind_of(inside: str) -> str:
    if inside.startswith("#"):
        return "numerical"
    return "matching" if "->" in inside else SHORT


def _shown(text: str, html: bool) -> str:
    return markup.Words(_plain(text)).text if html else _plain(text)


def _plain(text: str) -> str:
    return _ESCAPE.sub(lambda found: "\n" if found[1] == "n" else found[1], text.strip())


def _escaped(text: str, special: re.Pattern[str] = _SPECIAL) -> str:
    return special.sub(lambda found: f"\\{found[0]}", text).replace("\n", "\\n")


def written(texts: Sequence[ItemText]) -> bytes:
    """A GIFT file; what Moodle has no place for stands in tags."""
    blocks: list[str] = []
    told: set[str] = set()
    for text in texts:
        if text.case is not None and text.case.code not in told:
            told.add(text.case.code)
            blocks.append(_description(text.case))
        blocks.append(_question(text))
    return ("\n\n".join(blocks) + "\n").encode()


def _description(case: Case) -> str:
    """The text of a case as a block without an answer, which Moodle shows and does not ask."""
    head = f"// [id:{_escaped(case.code)}] [tag:{_escaped(f'case={case.code}', _SPECIAL_IN_FACTS)}]"
    return f"{head}\n::{_escaped(case.code)}::[plain]{_escaped(case.text)}"


def _question(text: ItemText) -> str:
    tags = " ".join(f"[tag:{_escaped(word, _SPECIAL_IN_FACTS)}]" for word in facts.tags_of(text))
    # What the format cannot carry is told in a comment, without what would be read as a fact there.
    shown = f"// GIFT带不了图片 {gallery.told(text).replace('[', '【')}\n" if text.pictures else ""
    head = f"// [id:{_escaped(text.code)}] {tags}\n{shown}::{_escaped(text.code)}::[plain]{_escaped(text.stem)}"
    explained = f"{_GENERAL}{_escaped(text.explanation)}"
    if text.kind is Kind.TRUE_FALSE:
        return f"{head}{{{'TRUE' if text.key == 'T' else 'FALSE'}{explained}}}"
    if text.kind is Kind.FILL_IN:
        return "\n".join([f"{head}{{", *map(_accepted, filling.variants(text.key)), explained, "}"])
    if text.kind is Kind.WRITTEN:
        return f"{head}{{{explained}}}"
    share = f"{100 / len(text.key):.5f}".rstrip("0").rstrip(".")
    right, wrong = ("=", "~") if text.kind is Kind.SINGLE else (f"~%{share}%", "~%-100%")
    lines = [_choice(right if letter in text.key else wrong, said) for letter, said in text.options.items()]
    return "\n".join([f"{head}{{", *lines, explained, "}"])


def _accepted(said: str) -> str:
    # An arrow makes a pair to be matched of an answer: it is broken by a stroke.
    return _choice("=", shortanswers.literal(said)).replace("->", "-\\>")


def _choice(sign: str, said: str) -> str:
    # Words that begin with a percentage would be taken for a share: then a share stands before them.
    shares = {"=": "%100%", "~": "%0%"} if said.startswith("%") else {}
    return f"{sign}{shares.get(sign, '')}{_escaped(said)}"
