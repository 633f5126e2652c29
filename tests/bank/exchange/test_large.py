"""Large files of items: what goes out in one file comes back in one file, and what would burst the process does not."""

import json
from dataclasses import replace

import pytest
from sqlmodel import Session

from service.bank.actions import exporting, uploads
from service.bank.actions.exporting import Format
from service.bank.queries import newest
from service.bank.rules import items
from service.bank.rules.exchange.planning import Outcome
from service.bank.rules.items import ItemText
from service.bank.rules.narrowing import Narrowing
from service.kernel import database, errors
from service.main import BIGGEST_BODY
from tests.bank.exchange.test_importing import bring, prepare
from tests.bank.test_reviewing import SUCCESSOR, submit
from tests.conftest import Browser
from tests.world import World

REHEARSAL, IMPORT, LEAKS = "/api/v1/bank/imports/rehearsal", "/api/v1/bank/imports", "/api/v1/bank/leaks"
# Words as long as an explanation may be in practice, so that few items make a large file.
LONG = "依据该条，应当先停止作业，再撤出人员，并且报告。" * 80


def many(number: int, explanation: str = SUCCESSOR.explanation) -> list[ItemText]:
    return [
        replace(SUCCESSOR, code=f"BIG-{one:05d}", stem=f"第{one}题：井下不得带电检修。", explanation=explanation)
        for one in range(number)
    ]


def digests(session: Session) -> dict[str, str]:
    return {text.code: digest for text, digest, *_ in newest.newest_texts(session)}


def export(session: Session, world: World, form: Format) -> bytes:
    return exporting.make(session, world.actor(session, "author"), form, Narrowing()).content


def test_a_json_export_larger_than_any_other_body_comes_back_over_http(staffed: World, browser: Browser) -> None:
    author = browser.of("author")
    with database.writing() as session:
        submit(session, staffed, *many(750, LONG))
    content = author.get("/api/v1/bank/exports?format=json").content
    assert BIGGEST_BODY < len(content) < uploads.MOST_BYTES
    changed = content.replace("井下不得带电检修。".encode(), "井下不得带电搬迁。".encode(), 1)

    same = author.post(REHEARSAL, files={"file": ("a.json", content)})
    shown = author.post(REHEARSAL, files={"file": ("a.json", changed)}).json()
    done = author.post(IMPORT, files={"file": ("a.json", changed)}, data={"agreed": shown["digest"]})

    assert (same.status_code, same.json()["counts"]["unchanged"], same.json()["sound"]) == (200, 750, True)
    assert (done.status_code, done.json()["counts"]["changed"], done.json()["written"]) == (200, 1, True)


@pytest.mark.parametrize("path", [REHEARSAL, IMPORT, LEAKS])
def test_only_a_file_of_items_may_be_so_large_and_even_it_not_larger(
    staffed: World, browser: Browser, path: str
) -> None:
    author, most = browser.of("author"), uploads.MOST_BYTES + uploads.AROUND
    lengths = (BIGGEST_BODY + 1, most, most + 1)

    def status(asked: str, length: int) -> int:
        return author.post(asked, content=b"", headers={"content-length": str(length)}).status_code

    assert [status(path, length) for length in lengths] == [422, 422, 413]
    assert [status("/api/v1/bank/drafts", length) for length in lengths] == [413, 413, 413]
    assert [status(f"{path}/other", length) for length in lengths] == [413, 413, 413]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"[" + b"[]," * (uploads.MOST_SIGNS // 2) + b"[]]", "sheet_large", id="JSON of empty lists"),
        pytest.param(b'[{"a":' * 700_000, "sheet_large", id="JSON that never closes"),
        pytest.param(b"[" + b"1," * uploads.MOST_ROWS + b"1]", "sheet_large", id="JSON of one entry too many"),
        pytest.param(b"<quiz>" + b" " * uploads.MOST_TEXT_BYTES, "file_large", id="XML"),
        pytest.param(b"a" * (uploads.MOST_TEXT_BYTES + 1), "file_large", id="text"),
    ],
)
def test_what_would_be_many_times_as_large_in_memory_is_refused(content: bytes, code: str) -> None:
    assert len(content) < uploads.MOST_BYTES

    with pytest.raises(errors.Malformed, match=rf"^{code}:"):
        uploads.sheaf_of(content)


def test_a_text_that_is_no_json_says_what_a_text_may_have() -> None:
    with pytest.raises(errors.Malformed) as refused:
        uploads.sheaf_of(b"a" * (uploads.MOST_TEXT_BYTES + 1))

    assert refused.value.values == {"most": 3}


def test_json_with_many_words_and_few_values_is_read_whole() -> None:
    told = [{"code": f"BIG-{one:05d}", "stem": "井" * 2000} for one in range(700)]
    content = json.dumps(told, ensure_ascii=False).encode()
    assert len(content) > uploads.MOST_TEXT_BYTES

    assert len(uploads.sheaf_of(content).drafts) == 700


@pytest.mark.long
@pytest.mark.parametrize("form", [Format.XLSX, Format.JSON, Format.QTI])
def test_ten_thousand_items_go_out_and_come_back_into_an_empty_bank_as_they_were(staffed: World, form: Format) -> None:
    texts = many(10_000)
    with database.writing() as session:
        submit(session, staffed, *texts)
        content = export(session, staffed, form)
        before = digests(session)
        session.rollback()
    assert before == {text.code: items.digest(text) for text in texts}
    assert len(content) < uploads.MOST_BYTES

    with database.writing() as session:
        prepare(session, staffed)
        assert digests(session) == {}
        done = bring(session, staffed, content)

        assert done.counts[Outcome.NEW] == 10_000
        assert digests(session) == before
