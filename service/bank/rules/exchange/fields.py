"""Reading single fields: the word of the file, or what the importer says for all; a value and a decision on it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from service.access.rules.people import TraineeRole
from service.bank.rules import filling, rubric
from service.bank.rules.exchange import answers, citing, words
from service.bank.rules.exchange.citing import Cited
from service.bank.rules.exchange.drafts import Draft, Field
from service.bank.rules.items import Kind, Level
from service.kernel.decision import ALLOWED, Decision, refuse


@dataclass(frozen=True, slots=True)
class Terms:
    """What the importer says for every item whose file does not say it; nothing of it overrules the file.

    ``prefix`` is the letters of codes for items that have none of ours.
    """

    prefix: str = ""
    edition: str = ""
    article: int | None = None
    roles: tuple[TraineeRole, ...] = ()
    difficulty: int | None = None
    level: Level = Level.RECALL
    subject: str = ""
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What the words of a file may name: editions and subjects (slug → slug and titles)."""

    editions: Mapping[str, Cited]
    subjects: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def kind(draft: Draft) -> tuple[Kind | None, Decision]:
    """The kind by its word; where the file has none, the one that answer and options leave no doubt about."""
    text = draft.word(Field.KIND)
    if text:
        folded = words.fold(text)
        if found := words.KIND_WORDS.get(folded):
            return found, ALLOWED
        if folded.isdecimal():
            reason = "题型写成了数字“{text}”，各平台的含义不同。请改为：单选题、多选题、判断题、填空题或简答题。"
            return None, refuse("kind_number", reason, text=text)
        return None, refuse(
            "kind_unknown", "不认识题型“{text}”。请填写：单选题、多选题、判断题、填空题或简答题。", text=text
        )
    implied = answers.implied_kind(draft.word(Field.ANSWER), draft.options) if draft.word(Field.ANSWER) else None
    return implied, ALLOWED if implied else refuse("kind_missing", "没有题型。")


def key(draft: Draft, of: Kind) -> tuple[str, Decision]:
    """The key in our own letters, the accepted texts of a fill-in, or a rubric; the latter two one a line."""
    text = draft.word(Field.ANSWER)
    if not text:
        return "", refuse("answer_missing", "没有答案。")
    match of:
        case Kind.TRUE_FALSE:
            return answers.truth(text, draft.options)
        case Kind.FILL_IN:
            return filling.key_of(text.split("\n")), ALLOWED
        case Kind.WRITTEN:
            return rubric.read(text), ALLOWED
        case Kind.SINGLE | Kind.MULTIPLE:
            return answers.choice(text, draft.options)


def edition(draft: Draft, terms: Terms, catalogue: Catalogue) -> tuple[str, Decision]:
    """The slug of the edition."""
    if text := draft.word(Field.EDITION):
        return citing.edition(text, catalogue.editions)
    if terms.edition:
        return terms.edition, ALLOWED
    return "", refuse("edition_missing", "没有写明依据哪一版法规。")


def article(draft: Draft, terms: Terms) -> tuple[int, Decision]:
    """The article: its own column, else the first that basis or explanation cites, else the importer's."""
    if text := draft.word(Field.ARTICLE):
        return citing.article(text)
    cited = citing.first_article(draft.word(Field.BASIS)) or citing.first_article(draft.word(Field.EXPLANATION))
    if cited or terms.article:
        return cited or terms.article or 0, ALLOWED
    return 0, refuse("article_missing", "没有条号，解析中也没有引用“第…条”。")


def roles(draft: Draft, terms: Terms) -> tuple[tuple[TraineeRole, ...], Decision]:
    """Whom the item may be asked."""
    found: list[TraineeRole] = []
    for word in words.parts(draft.word(Field.ROLES)):
        named = words.ROLE_WORDS.get(words.fold(word))
        if named is None:
            reason = "不认识角色“{role}”。请填写：安全生产分管负责人、专职安全管理人员、班组长或全部。"
            return (), refuse("role_unknown", reason, role=word)
        found.extend(named)
    if found or terms.roles:
        return tuple(found) or terms.roles, ALLOWED
    return (), refuse("roles_missing", "没有适用角色。")


def difficulty(draft: Draft, terms: Terms) -> tuple[int, Decision]:
    """The author's estimate, 1 to 5."""
    if text := draft.word(Field.DIFFICULTY):
        found = words.DIFFICULTY_WORDS.get(words.fold(text))
        reason = "不认识难度“{text}”。请填写1至5，或很易、易、中、难、很难。"
        return found or 1, ALLOWED if found else refuse("difficulty_unknown", reason, text=text)
    return terms.difficulty or 1, ALLOWED if terms.difficulty else refuse("difficulty_missing", "没有难度。")


def level(draft: Draft, terms: Terms) -> tuple[Level, Decision]:
    """What the item asks of the mind."""
    text = draft.word(Field.LEVEL)
    if not text:
        return terms.level, ALLOWED
    found = words.LEVEL_WORDS.get(words.fold(text))
    reason = "不认识认知层次“{text}”。请填写：识记、理解或应用。"
    return found or terms.level, ALLOWED if found else refuse("level_unknown", reason, text=text)


def subject(draft: Draft, terms: Terms, catalogue: Catalogue) -> tuple[str, Decision]:
    """The slug of the subject, named by slug or title."""
    text = draft.word(Field.SUBJECT)
    if not text:
        return terms.subject, ALLOWED
    folded = words.fold(text)
    found = next((slug for slug, names in catalogue.subjects.items() if folded in map(words.fold, names)), "")
    return found, ALLOWED if found else refuse("subject_unknown_name", "没有登记过科目“{name}”。", name=text)
