"""A sealed paper is ciphertext until two people open it inside its window, and every attempt is on record."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from cryptography.exceptions import InvalidTag
from sqlmodel import Session, select

from service import schema
from service.access.rules.people import TraineeRole
from service.bank import queries as bank
from service.bank.rules.items import CHOSEN
from service.journal import queries as journal
from service.kernel import database, errors
from service.papers import queries
from service.papers.actions import assembling, judging, keys, opening, sealing, seeds
from service.papers.rules import assembly, blueprint, targets
from service.papers.rules.candidates import candidate_of
from service.papers.rules.states import Form, PaperState, Window
from service.papers.tables import OpenedKey, Paper, PaperForm, PaperFormItem
from service.papers.tables.keys import AnswerKey
from tests import world as worlds
from tests.conftest import Browser, Clock
from tests.papers.classes import Wanted, open_class
from tests.world import ENDS_AT, OPENING_AT, PREPARED_AT, STARTS_AT, World

WINDOW = Window(STARTS_AT, ENDS_AT)
GIVEN = {"password": worlds.PASSWORD}
TICK = timedelta(microseconds=1)


def columns_holding(session: Session, words: str, prefix: str) -> set[str]:
    """Every column of every table of a slice, in whatever row, whose stored value contains these words."""
    return {column for column, stored in cells(session, prefix) if words.encode() in stored}


def cells(session: Session, prefix: str) -> Iterator[tuple[str, bytes]]:
    for table in schema.metadata.sorted_tables:
        if not table.name.startswith(prefix):
            continue
        for row in session.execute(table.select()).mappings():
            for name, value in row.items():
                # JSON columns arrive as objects: written out the way the service and both databases keep text.
                text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
                yield f"{table.name}.{name}", bytes(value) if isinstance(value, bytes | memoryview) else text.encode()


def forms_of(session: Session, paper_id: int) -> dict[Form, PaperForm]:
    return queries.forms(session, paper_id)


def form_id(session: Session, world: World, letter: Form = Form.A) -> int:
    return forms_of(session, world.paper_id)[letter].id or 0


def attempts(session: Session, paper_id: int) -> list[tuple[str, str]]:
    """(event, outcome) of every hand that was laid on a paper; what was only intended has no outcome."""
    entries = [one for one in journal.about(session, f"paper:{paper_id}") if "OPEN" in one.event]
    return [(one.event, json.loads(one.data)["outcome"]) for one in entries if "INTENDED" not in one.event]


def open_by(session: Session, world: World, username: str, now: datetime = OPENING_AT) -> str:
    """One proctor's hand on the world's sitting; the code of the decision, or that the paper is open."""
    decision, opened = worlds.open_paper(session, world.actor(session, username), world.sitting_id, now=now)
    return "opened" if opened else decision.code


def open_by_both(session: Session, world: World) -> None:
    assert [open_by(session, world, username) for username in ("proctor1", "proctor2")] == ["allowed", "opened"]


# --- sealed ---


def test_sealing_leaves_no_word_of_any_item_and_no_reference_to_one(world: World) -> None:
    with database.writing() as session:
        other = open_class(session, world, Wanted("2024-TL-02"))
        assembler, approver = world.actor(session, "assembler"), world.actor(session, "approver")
        paper = assembling.assemble_paper(
            session, assembler, other.class_id, seed=987654321, exam_on=STARTS_AT.date(), now=PREPARED_AT
        )
        judging.judge_paper(session, approver, paper.id or 0, approve=True, reason="", now=PREPARED_AT)
        rows = [
            row
            for form in forms_of(session, paper.id or 0).values()
            for row in queries.form_items(session, form.id or 0)
        ]
        texts = [bank.text_of(*found) for row in rows if (found := bank.version(session, row.item_version_id))]
        assert len(texts) == 100
        # The search finds what is there: every stem lies in the bank, and in nothing but the bank.
        assert all(columns_holding(session, one.stem, "bank_") == {"bank_item_version.stem"} for one in texts[:5])

        sealing.seal_paper(session, approver, paper.id or 0, now=PREPARED_AT)

    with database.reading() as session:
        stored = b"\n".join(content for _, content in cells(session, "papers_"))
        assert len(stored) > 10_000
        assert [one.code for one in texts if one.stem.encode() in stored or one.code.encode() in stored] == []
        assert b"987654321" not in stored
        assert list(session.exec(select(PaperFormItem))) == []
        record = "\n".join(entry.data for entry in session.exec(journal.entries()) if "PAPER" in entry.event)
        assert "987654321" not in record and not any(one.code in record for one in texts)


def test_the_seed_is_sealed_with_the_paper_and_its_commitment_holds_once_both_forms_are_open(
    world: World, browser: Browser, clock: Clock
) -> None:
    clock.set(OPENING_AT)
    auditor, path = browser.of("auditor"), f"/api/v1/papers/{world.paper_id}/seed"
    assert auditor.get(path).json()["code"] == "seed_sealed"
    with database.writing() as session:
        open_by_both(session, world)
    assert auditor.get(path).json()["code"] == "seed_sealed", "it would give the spare form away"
    with database.writing() as session:
        for username in ("proctor1", "proctor2"):
            spare = form_id(session, world, Form.B)
            proctor = world.actor(session, username)
            opening.add_hand(session, proctor, spare, WINDOW, worlds.hand(session, proctor), now=OPENING_AT)

    revealed = auditor.get(path).json()

    with database.reading() as session:
        paper = session.get_one(Paper, world.paper_id)
        assert revealed["seed"] == 7
        (part,) = revealed["parts"]
        assert (part["paper_id"], part["part"]) == (world.paper_id, 7), "alone in its run it holds all of the seed"
        assert seeds.Secret(7, part["nonce"]).commitment == paper.recipe["seed_commitment"]
        other = seeds.Secret(8, part["nonce"])
        assert other.commitment != paper.recipe["seed_commitment"]
        questions = opening.read_opened(session, form_id(session, world))
        # With the bank of that day at hand, an auditor assembles the very same paper again.
        assert [one.stem for one in questions] == reassembled(session, paper, revealed["seed"])


def reassembled(session: Session, paper: Paper, seed: int) -> list[str]:
    """The stems of the A form, by recipe and seed, without asking the paper."""
    stock = bank.eligible(session, TraineeRole.TEAM_LEADER, STARTS_AT.date())
    regulations = {slug: edition.regulation for slug, edition in bank.editions(session).items()}
    texts = {text.code: text for _, text in stock}
    candidates = [candidate_of(text, version, regulations[text.edition]) for version, text in stock]
    plan = blueprint.parse(queries.blueprint_by_id(session, paper.blueprint_id).body)
    target = targets.target_of(plan, candidates)
    return [texts[one.code].stem for one in assembly.assemble(plan, candidates, seed, target=target).forms[Form.A]]


def test_sealed_content_is_refused_to_every_door_before_it_is_opened(world: World) -> None:
    with database.writing() as session:
        for letter in Form:
            with pytest.raises(errors.WrongState, match=r"^paper_not_opened:"):
                opening.read_opened(session, form_id(session, world, letter))
            with pytest.raises(errors.WrongState, match=r"^paper_not_opened:"):
                keys.use_key(session, form_id(session, world, letter), "system", "seat:1", now=OPENING_AT)
        assert list(session.exec(journal.entries(event="KEY_USED"))) == []


# --- opening ---


def test_two_distinct_proctors_open_a_paper_and_one_alone_reveals_nothing(world: World) -> None:
    with database.writing() as session:
        assert open_by(session, world, "proctor1") == "allowed"
        with pytest.raises(errors.WrongState, match=r"^paper_not_opened:"):
            opening.read_opened(session, form_id(session, world))
        assert open_by(session, world, "proctor1", OPENING_AT + TICK) == "opener_twice"
        assert session.get_one(Paper, world.paper_id).state == PaperState.SEALED

        assert open_by(session, world, "proctor2", OPENING_AT + 2 * TICK) == "opened"

        paper, forms = session.get_one(Paper, world.paper_id), forms_of(session, world.paper_id)
        assert (paper.state, forms[Form.A].opened_at) == (PaperState.OPENED, OPENING_AT + 2 * TICK)
        assert forms[Form.B].opened_at is None, "the spare form stays sealed"
        with pytest.raises(errors.WrongState, match=r"^paper_not_opened:"):
            opening.read_opened(session, form_id(session, world, Form.B))
        assert open_by(session, world, "proctor2", OPENING_AT + 3 * TICK) == "paper_not_sealed"
        assert attempts(session, world.paper_id) == [
            ("PAPER_OPENING_ATTEMPTED", "first_hand"),
            ("PAPER_OPENING_ATTEMPTED", "opener_twice"),
            ("PAPER_OPENED", "opened"),
            ("PAPER_OPENING_ATTEMPTED", "paper_not_sealed"),
        ]


def test_a_hand_that_comes_while_another_is_under_way_waits_for_it_and_opens_the_paper(world: World) -> None:
    def hand(username: str) -> str:
        with database.writing() as session:
            return open_by(session, world, username)

    with ThreadPoolExecutor(1) as pool:
        with database.writing() as session:
            assert open_by(session, world, "proctor1") == "allowed"
            second = pool.submit(hand, "proctor2")
            # Time enough to come as far as it can: blind to the first hand, it would count itself alone.
            time.sleep(0.5)
            assert not second.done()
        assert second.result(15) == "opened"

    with database.reading() as session:
        assert len(opening.read_opened(session, form_id(session, world))) == 50


def test_attempts_outside_the_window_are_refused_and_kept_on_record_over_http(
    world: World, browser: Browser, clock: Clock
) -> None:
    path = f"/api/v1/sittings/{world.sitting_id}/opening"
    first, second = browser.of("proctor1"), browser.of("proctor2")

    clock.set(WINDOW.opens_at - timedelta(minutes=1))
    early = [client.post(path, json=GIVEN) for client in (first, second)]
    clock.set(ENDS_AT)
    late = first.post(path, json=GIVEN)

    assert [(one.status_code, one.json()["code"]) for one in (*early, late)] == [
        (409, "opening_too_early"),
        (409, "opening_too_early"),
        (409, "opening_too_late"),
    ]
    assert "30分钟" in early[0].json()["detail"]
    with database.reading() as session:
        assert [outcome for _, outcome in attempts(session, world.paper_id)] == [
            "opening_too_early",
            "opening_too_early",
            "opening_too_late",
        ]
        assert queries.openers(session, form_id(session, world)) == frozenset(), "early hands do not count later"
    clock.set(WINDOW.opens_at)
    assert first.post(path, json=GIVEN).json() == {"opened": False, "hands": 1}
    assert second.post(path, json=GIVEN).json() == {"opened": True, "hands": 2}


def test_nobody_but_the_proctors_of_the_sitting_lays_a_hand_on_the_paper(
    world: World, browser: Browser, clock: Clock
) -> None:
    clock.set(OPENING_AT)
    path = f"/api/v1/sittings/{world.sitting_id}/opening"

    refused = {
        username: browser.of(username).post(path, json=GIVEN).status_code
        for username in ("proctor_elsewhere", "arranger", "approver", "assembler", "administrator", "institution")
    }

    assert refused == dict.fromkeys(refused, 403) | {"proctor_elsewhere": 404}
    assert browser.of("proctor1").post(path, json=GIVEN).status_code == 200


# --- opened ---


def test_an_opened_form_shows_the_words_and_neither_key_nor_explanation(world: World) -> None:
    with database.writing() as session:
        open_by_both(session, world)
        questions = opening.read_opened(session, form_id(session, world))
        by_stem = {text.stem: text for _, text in bank.eligible(session, TraineeRole.TEAM_LEADER, STARTS_AT.date())}

        assert [one.position for one in questions] == list(range(1, 51))
        assert sum(one.points for one in questions) == 100
        for one in questions:
            assert set(one.__slots__) == {"position", "kind", "stem", "options", "points", "pictures", "case"}
            assert (one.options, one.kind) == (by_stem[one.stem].options, by_stem[one.stem].kind)
        assert {one.kind for one in questions} == set(CHOSEN)
        plain = json.dumps([[one.stem, one.options] for one in questions], ensure_ascii=False)
        assert [one.stem for one in questions if by_stem[one.stem].explanation in plain] == []


def test_the_key_of_an_opened_form_is_the_banks_and_every_use_is_on_record(world: World) -> None:
    with database.writing() as session:
        open_by_both(session, world)
        by_stem = {text.stem: text for _, text in bank.eligible(session, TraineeRole.TEAM_LEADER, STARTS_AT.date())}
        expected = {
            one.position: by_stem[one.stem].key for one in opening.read_opened(session, form_id(session, world))
        }

        key = keys.use_key(session, form_id(session, world), "system", "seat:1", now=OPENING_AT)

        assert {position: entry.key for position, entry in key.items()} == expected
        assert sum(entry.points for entry in key.values()) == 100
        (used,) = session.exec(journal.entries(event="KEY_USED"))
        assert (used.actor, used.subject) == ("system", f"form:{form_id(session, world)}")
        assert json.loads(used.data)["for"] == "seat:1"


# --- tampering ---


def test_one_changed_bit_of_a_sealed_form_or_key_is_refused(world: World) -> None:
    with database.writing() as session:
        open_by_both(session, world)
        form = forms_of(session, world.paper_id)[Form.A]
        locked = session.get_one(AnswerKey, form.id)
        opened = session.get_one(OpenedKey, form.id)
        assert form.sealed is not None
        whole, secret, key = bytes(form.sealed), bytes(opened.sealed), bytes(locked.sealed)
        assert opening.read_opened(session, form.id or 0) and keys.use_key(
            session, form.id or 0, "x", "", now=OPENING_AT
        )

        for place in (0, 12, len(whole) // 2, len(whole) - 1):
            form.sealed = flipped(whole, place)
            with pytest.raises(InvalidTag):
                opening.read_opened(session, form.id or 0)
        form.sealed, opened.sealed = whole, flipped(secret, 3)
        with pytest.raises(InvalidTag):
            opening.read_opened(session, form.id or 0)
        opened.sealed, locked.sealed = secret, flipped(key, 20)
        with pytest.raises(InvalidTag):
            keys.use_key(session, form.id or 0, "x", "", now=OPENING_AT)
        session.rollback()


def flipped(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def test_the_bytes_of_two_forms_cannot_change_places(world: World) -> None:
    with database.writing() as session:
        open_by_both(session, world)
        forms = forms_of(session, world.paper_id)
        a, b = forms[Form.A], forms[Form.B]
        assert opening.read_opened(session, a.id or 0)

        a.sealed, b.sealed = b.sealed, a.sealed
        with pytest.raises(InvalidTag):
            opening.read_opened(session, a.id or 0)
        a.sealed, b.sealed = b.sealed, a.sealed
        first, second = session.get_one(AnswerKey, a.id), session.get_one(AnswerKey, b.id)
        first.sealed, second.sealed = second.sealed, first.sealed
        with pytest.raises(InvalidTag):
            keys.use_key(session, a.id or 0, "x", "", now=OPENING_AT)
        session.rollback()


def test_the_same_texts_sealed_twice_are_different_bytes(world: World) -> None:
    with database.writing() as session:
        papers = []
        for number in (2, 3):
            other = open_class(session, world, Wanted(f"2024-TL-0{number}", first_number=100 + 20 * number))
            worlds.seal_paper(session, other, seed=5)
            papers.append(forms_of(session, other.paper_id))

        sealed = [form.sealed for forms in papers for form in forms.values()]
        assert len(set(sealed)) == 4
        assert len({form.commitment for forms in papers for form in forms.values()}) == 4
