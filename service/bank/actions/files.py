"""Reading ``question_bank/``: the same code loads it and lints it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from service.access.rules.people import TraineeRole
from service.bank.rules import figures, items, stock
from service.bank.rules.cases import Case
from service.bank.rules.findings import Check, Fault
from service.bank.rules.items import ItemText, Kind, Level

FIELDS = {"id", "kind", "stem", "options", "key", "explanation", "article", "roles", "difficulty"} | {
    "level",
    "subject",
    "enemies",
    "tags",
    "case",
}
OPTIONAL = {"options", "enemies", "tags", "case"}
CASE_FIELDS = {"code", "place", "size"}
# Beside the folder of items: the texts that their sub-questions ask about.
CASES = "cases.yaml"


@dataclass(frozen=True, slots=True)
class EditionText:
    """One edition as ``regulations.yaml`` describes it."""

    slug: str
    regulation: str
    title: str
    title_en: str
    number: str
    articles: int
    effective_on: date
    repealed_on: date | None


@dataclass(frozen=True, slots=True)
class SubjectText:
    """One subject of the syllabus as ``subjects.yaml`` names it."""

    slug: str
    title: str
    title_en: str


@dataclass(frozen=True, slots=True)
class BankFiles:
    """Everything in the folder that could be read, every fault that was found, and what may be meant but looks odd."""

    editions: tuple[EditionText, ...]
    items: tuple[ItemText, ...]
    faults: tuple[Fault, ...]
    subjects: tuple[SubjectText, ...] = ()
    warnings: tuple[Fault, ...] = ()


def read(folder: Path) -> BankFiles:
    """Read and check the whole bank; never raises for a fault in the data."""
    raw = _parsed(folder / "regulations.yaml")
    editions = tuple(EditionText(**entry) for entry in raw)
    named = _parsed(folder / "subjects.yaml")
    subjects = tuple(SubjectText(**entry) for entry in named)
    found: list[ItemText] = []
    faults: list[Fault] = []
    texts = _case_texts(folder, faults)
    for path in sorted((folder / "items").glob("*.yaml")):
        edition = next((edition for edition in editions if path.name.startswith(edition.slug)), None)
        if edition is None:
            faults.append(Fault(path.name, "file", "文件名不以任何已登记的法规版本开头", Check.FILE))
            continue
        for entry in _entries(path, faults):
            try:
                item = _item(entry, edition.slug, texts)
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                name = entry.get("id", path.name) if isinstance(entry, dict) else path.name
                faults.append(Fault(str(name), "format", str(error), Check.FORMAT))
                continue
            faults.extend(items.faults_of(item, edition.articles))
            found.append(item)
    faults.extend(_repeats(found))
    faults.extend(stock.unknown_subjects(found, {subject.slug for subject in subjects}))
    faults.extend(stock.lonely_enemies(found))
    faults.extend(stock.broken_cases(found, texts))
    in_order = tuple(sorted(found, key=lambda item: item.code))
    return BankFiles(editions, in_order, tuple(faults), subjects, tuple(stock.large_groups(found)))


def _parsed(path: Path) -> Any:
    """What a file says, read by libyaml: reading the shipped bank takes a fifth of the time."""
    loader = yaml.CSafeLoader(path.read_text(encoding="utf-8"))
    try:
        return loader.get_single_data()
    finally:
        loader.dispose()


def _entries(path: Path, faults: list[Fault]) -> list[Any]:
    try:
        entries = _parsed(path) or []
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        faults.append(Fault(path.name, "file", str(error), Check.FILE))
        return []
    if not isinstance(entries, list):
        faults.append(Fault(path.name, "file", "文件应为试题的列表", Check.FILE))
        return []
    return entries


def _item(entry: dict[str, Any], edition: str, texts: Mapping[str, str]) -> ItemText:
    if unknown := set(entry) - FIELDS:
        raise ValueError(f"unknown fields: {sorted(unknown)}")
    if missing := FIELDS - OPTIONAL - set(entry):
        raise KeyError(f"missing fields: {sorted(missing)}")
    return ItemText(
        code=str(entry["id"]),
        kind=Kind(entry["kind"]),
        stem=str(entry["stem"]).strip(),
        options={str(letter): str(text).strip() for letter, text in (entry.get("options") or {}).items()},
        key=str(entry["key"]),
        explanation=str(entry["explanation"]).strip(),
        edition=edition,
        article=int(entry["article"]),
        roles=tuple(TraineeRole(role) for role in entry["roles"]),
        difficulty=int(entry["difficulty"]),
        level=Level(entry["level"]),
        subject=str(entry["subject"]),
        enemies=tuple(str(name) for name in entry.get("enemies") or ()),
        tags=tuple(str(word) for word in entry.get("tags") or ()),
        case=_case(entry.get("case"), texts),
    )


def _case(entry: dict[str, Any] | None, texts: Mapping[str, str]) -> Case | None:
    """The case of an item, whose text stands once in ``cases.yaml`` and not with every sub-question."""
    if entry is None:
        return None
    if unknown := set(entry) - CASE_FIELDS:
        raise ValueError(f"unknown fields of the case: {sorted(unknown)}")
    code = str(entry["code"])
    if code not in texts:
        raise KeyError(f"no text of the case {code} in {CASES}")
    return Case(code, texts[code], int(entry["place"]), int(entry["size"]))


def _case_texts(folder: Path, faults: list[Fault]) -> dict[str, str]:
    """The texts of all cases by code; no bank needs any."""
    path = folder / CASES
    found: dict[str, str] = {}
    for entry in _entries(path, faults) if path.exists() else ():
        try:
            code, text = str(entry["code"]), str(entry["text"]).strip()
        except (KeyError, TypeError) as error:
            faults.append(Fault(CASES, "format", str(error), Check.FORMAT))
            continue
        if found.setdefault(code, text) != text:
            faults.append(Fault(code, "case", "案例编号重复", Check.CASE))
    return found


def _repeats(found: list[ItemText]) -> Iterator[Fault]:
    codes: set[str] = set()
    stems: dict[str, str] = {}
    for item in found:
        if item.code in codes:
            yield Fault(item.code, "id", "编号重复", Check.REPEAT)
        codes.add(item.code)
        same = stems.setdefault(item.stem + "".join(item.options.values()), item.code)
        if same != item.code:
            yield Fault(item.code, "stem", f"与{same}完全相同", Check.REPEAT)


def texts_of(bank: BankFiles, regulations: Path) -> dict[str, dict[int, str]]:
    """The articles of every edition whose text is in a folder, by edition and number."""
    found = {edition.slug: regulations / f"{edition.slug}.md" for edition in bank.editions}
    return {slug: figures.articles(path.read_text(encoding="utf-8")) for slug, path in found.items() if path.exists()}


def missing_articles(bank: BankFiles, regulations: Path) -> Iterator[Fault]:
    """Cited articles that the regulation texts in a folder do not have; editions without a text are passed over."""
    texts, titles = texts_of(bank, regulations), {edition.slug: edition.title for edition in bank.editions}
    for item in bank.items:
        if item.edition in texts and item.article not in texts[item.edition]:
            yield Fault(item.code, "article", f"{titles[item.edition]}没有第{item.article}条", Check.CITATION)
