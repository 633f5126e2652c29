"""``peikao papers verify`` after an exam: two custodians have the assembly repeated while form B stays sealed; without
them it is told what can be told, and what not yet."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select
from typer.testing import CliRunner

from service.access import queries as access
from service.access.actions import entering, passwords
from service.access.rules.duties import Duty
from service.access.rules.lockout import FREE_TRIES
from service.bank import queries as bank
from service.cli import app
from service.journal import queries as journal
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import database, errors, sealing, settings
from service.papers import queries
from service.papers.actions import comparing, lending, opening, ordering, seeds, verifying
from service.papers.actions import sealing as papers_sealing
from service.papers.actions.lending import Lender
from service.papers.rules import repeating as rules
from service.papers.rules.repeating import Set
from service.papers.rules.states import Form
from service.papers.tables import Blueprint, OpenedKey, Paper
from tests import world as worlds
from tests.access.test_second_factor import code as one_time_code
from tests.access.test_second_factor import enrol
from tests.conftest import Browser, Clock
from tests.papers.test_life import judge, seal
from tests.papers.test_seeds import open_form, pair  # noqa: F401
from tests.world import ENDS_AT, PASSWORD, STARTS_AT, World

EXAM_DAY = STARTS_AT.date()
NEXT_DAY = ENDS_AT + timedelta(days=1)
PAIR = ("custodian1", "custodian2")
SAT = Set(1, EXAM_DAY, EXAM_DAY)
TOMORROW = EXAM_DAY + timedelta(days=1)


@pytest.mark.parametrize(
    ("papers", "people", "today", "code"),
    [
        pytest.param([SAT], [1, 2], TOMORROW, "allowed", id="sat, the day after"),
        pytest.param([SAT], [1, 2], EXAM_DAY, "exam_not_over", id="on the day of the exam"),
        pytest.param([SAT], [1, 1], TOMORROW, "lender_twice", id="one person twice"),
        pytest.param([replace(SAT, opened_on=None)], [1, 2], TOMORROW, "not_sat_yet", id="never opened"),
        pytest.param([SAT, Set(2, EXAM_DAY, None)], [1, 2], TOMORROW, "not_sat_yet", id="another one was not sat"),
        pytest.param([replace(SAT, exam_on=date(2027, 1, 1))], [1, 2], TOMORROW, "exam_not_over", id="broken open"),
        pytest.param([replace(SAT, opened_on=TOMORROW)], [1, 2], TOMORROW, "exam_not_over", id="sat later"),
        pytest.param([], [1, 2], TOMORROW, "rejected_unsat", id="no paper is left"),
        pytest.param(
            [replace(SAT, paper_id=2)], [1, 2], TOMORROW, "rejected_unsat", id="rejected, another one was sat"
        ),
    ],
)
def test_when_an_assembly_may_be_repeated(papers: list[Set], people: list[int], today: date, code: str) -> None:
    assert rules.may_repeat(1, papers, people, today).code == code


@pytest.fixture
def sat(world: World, clock: Clock) -> World:
    """The world's class has sat form A; it is the day after."""
    with database.writing() as session:
        open_form(session, world, session.get_one(Paper, world.paper_id), Form.A)
    clock.set(NEXT_DAY)
    return world


def command(paper_id: int, *custodians: str, password: str = PASSWORD, codes: Sequence[str] = ()) -> tuple[int, str]:
    """The command's exit status and what it says, without the lines that ask for passwords and codes."""
    given = [part for one in custodians for part in ("--custodian", one)]
    typed = "".join(f"{password}\n{one}\n" for one in codes or [""] * len(custodians))
    found = CliRunner().invoke(app, ["papers", "verify", str(paper_id), *given], input=typed)
    asked = ("password of", "one-time or recovery code of")
    return found.exit_code, "".join(
        line for line in found.output.splitlines(keepends=True) if not line.startswith(asked)
    )


def lenders(session: Session, world: World, *usernames: str) -> tuple[Lender, Lender]:
    first, second = (world.actor(session, one) for one in usernames or PAIR)
    return Lender(first, worlds.hand(session, first)), Lender(second, worlds.hand(session, second))


def lend(session: Session, world: World, *usernames: str, now: datetime = NEXT_DAY) -> str:
    return lending.lend(session, world.paper_id, lenders(session, world, *usernames), now=now)[0].code


def events(session: Session, paper_id: int) -> list[tuple[str, dict[str, Any]]]:
    found = journal.about(session, f"paper:{paper_id}")
    return [(one.event, json.loads(one.data)) for one in found if "REPE" in one.event]


def test_no_code_is_shown_at_the_terminal(sat: World) -> None:
    typed = "".join(f"{PASSWORD}\n{one}\n" for one in ("314159", "271828"))
    given = ["papers", "verify", str(sat.paper_id), "--custodian", PAIR[0], "--custodian", PAIR[1]]
    said = CliRunner().invoke(app, given, input=typed).output
    assert said.count("one-time or recovery code of") == 2
    assert [one for one in (PASSWORD, "314159", "271828") if one in said] == []


# --- a sat paper is verified ---


def test_two_custodians_have_a_sat_paper_repeated_and_nothing_comes_of_it_but_equal(sat: World) -> None:
    with database.reading() as session:
        before = {letter: form.opened_at for letter, form in queries.forms(session, sat.paper_id).items()}

    assert command(sat.paper_id, *PAIR) == (0, f"paper {sat.paper_id}: equal to what its recipe gives\n")

    with database.reading() as session:
        forms = queries.forms(session, sat.paper_id)
        assert {letter: form.opened_at for letter, form in forms.items()} == before
        assert before[Form.A] is not None and before[Form.B] is None
        assert session.get(OpenedKey, forms[Form.A].id) is not None and session.get(OpenedKey, forms[Form.B].id) is None
        with pytest.raises(errors.WrongState, match=r"^seed_sealed:"):
            seeds.reveal(session, session.get_one(Paper, sat.paper_id))
        people = [sat.actor(session, one).person_id for one in PAIR]
        assert events(session, sat.paper_id) == [
            ("PAPER_REPETITION_ATTEMPTED", {"outcome": "lent", "hands": people, "classes": [sat.class_id]}),
            ("PAPER_REPEATED", {"hands": people, "differences": 0}),
        ]


def test_all_papers_that_were_assembled_together_are_sat_before_one_is_repeated(
    world: World,
    pair: list[int],  # noqa: F811
    clock: Clock,
) -> None:
    clock.set(NEXT_DAY)
    with database.writing() as session:
        first, second = (session.get_one(Paper, one) for one in pair)
        for paper in (first, second):
            judge(session, world, paper, approve=True)
            seal(session, world, paper)
        open_form(session, world, first, Form.A)
    code, said = command(pair[0], *PAIR)
    assert (code, said.strip().endswith(f"Not opened yet: paper {pair[1]}.")) == (2, True)
    with database.writing() as session:
        open_form(session, world, session.get_one(Paper, pair[1]), Form.A)
    assert [command(one, *PAIR)[0] for one in pair] == [0, 0]


REJECTED = "Paper {} was rejected and never sealed, so no keys are lent for it. Have it checked without custodians.\n"


def test_custodians_lend_nothing_for_a_rejected_paper_and_are_not_asked_to(
    world: World,
    pair: list[int],  # noqa: F811
    clock: Clock,
) -> None:
    rejected, kept = pair
    clock.set(NEXT_DAY)
    with database.writing() as session:
        judge(session, world, session.get_one(Paper, rejected), approve=False)
        paper = session.get_one(Paper, kept)
        judge(session, world, paper, approve=True)
        seal(session, world, paper)
        open_form(session, world, paper, Form.A)

    assert command(rejected, *PAIR) == (2, REJECTED.format(rejected))

    with database.reading() as session:
        people = [world.actor(session, one).person_id for one in PAIR]
        data = {"outcome": "rejected_unsat", "hands": people, "classes": [session.get_one(Paper, kept).class_id]}
        assert events(session, rejected) == [("PAPER_REPETITION_ATTEMPTED", data)]
    told = {one: command(one) for one in pair}
    assert {one: code for one, (code, _) in told.items()} == dict.fromkeys(pair, 2)
    assert {one: "--custodian" in said for one, (_, said) in told.items()} == {rejected: False, kept: True}
    assert "this paper was rejected" in told[rejected][1]
    assert command(kept, *PAIR)[0] == 0


def test_custodians_lend_nothing_where_every_paper_was_rejected(world: World, pair: list[int]) -> None:  # noqa: F811
    with database.writing() as session:
        for one in pair:
            judge(session, world, session.get_one(Paper, one), approve=False)

    assert command(pair[0], *PAIR) == (2, REJECTED.format(pair[0]))

    with database.reading() as session:
        assert [data["outcome"] for _, data in events(session, pair[0])] == ["rejected_unsat"]
    assert command(pair[0])[0] == 0


def test_without_custodians_it_is_said_what_was_checked_and_what_will_be(sat: World) -> None:
    code, said = command(sat.paper_id)
    assert code == 2
    first, *rest = said.splitlines()
    assert first == f"paper {sat.paper_id}: nothing differs as far as it can be told while the seed is sealed"
    told = " ".join(rest)
    assert "form A: item by item against the recipe's digest, with points and proof recounted" in told
    assert "not checked yet: whether the seed gives these items. The seed would give form B too" in told
    assert f"peikao papers verify {sat.paper_id} --custodian NAME --custodian NAME" in told


def test_what_is_said_while_form_b_is_sealed_tells_no_word_or_code_of_it(sat: World) -> None:
    with database.reading() as session:
        paper = session.get_one(Paper, sat.paper_id)
        _, keys = lending.lend(session, sat.paper_id, lenders(session, sat), now=NEXT_DAY)
        ordered = verifying.order_of(session, paper)
        made = ordering.compute(ordered, seeds.gather(session, paper, keys).seed).papers[0][0].forms
        texts = [bank.text_of(*found) for one in made[Form.B] if (found := bank.version(session, one.version_id))]
        form = queries.forms(session, sat.paper_id)[Form.B]
        inside = opening.look_inside(form, keys[form.id or 0]).questions
        # These are the words of form B, so that searching for them means something.
        assert [one.stem for one in inside] == [one.stem for one in texts]
        session.rollback()
    with database.writing() as session:
        another_figure(session, session.get_one(Paper, sat.paper_id))

    said = command(sat.paper_id)[1] + command(sat.paper_id, *PAIR)[1]

    assert "differs: proof: difference_milli" in said
    assert [one.code for one in texts if one.code in said or one.stem in said] == []


# --- what breaks ---


def test_a_paper_without_the_stock_of_its_assembly_asks_nobody_for_a_password(sat: World) -> None:
    with database.writing() as session:
        session.get_one(Paper, sat.paper_id).run_id = None
    given = ["papers", "verify", str(sat.paper_id), "--custodian", PAIR[0], "--custodian", PAIR[1]]
    found = CliRunner().invoke(app, given, input=f"{PASSWORD}\n\n" * 2)
    assert found.exit_code == 2
    assert found.output == "assembled before the stock of an assembly was put down\n"
    with database.reading() as session:
        assert events(session, sat.paper_id) == []


def test_a_repetition_that_breaks_after_the_keys_were_lent_says_so_on_record(sat: World, browser: Browser) -> None:
    with database.writing() as session:
        paper = session.get_one(Paper, sat.paper_id)
        paper.seed_sealed = bytes([paper.seed_sealed[0] ^ 1]) + paper.seed_sealed[1:]
    assert "equal" not in command(sat.paper_id, *PAIR)[1]
    with database.reading() as session:
        people = [sat.actor(session, one).person_id for one in PAIR]
        (lent, data), (repeated, how) = events(session, sat.paper_id)
        assert (lent, data["outcome"], repeated) == ("PAPER_REPETITION_ATTEMPTED", "lent", "PAPER_REPEATED")
        assert how == {"hands": people, "differences": None, "outcome": "broken", "error": "InvalidTag"}
    assert "复核中断，没有结果" in browser.of("approver").get(f"/papers/{sat.paper_id}/seen").text


# --- what differs is named ---


def another_item(session: Session, paper: Paper) -> None:
    """An item of the opened form is changed by whoever has the database and the operator's secret."""
    form = queries.forms(session, paper.id or 0)[Form.A]
    key, place = opening.opened_key(session, form.id or 0), f"papers_form:{form.id}"
    body = json.loads(sealing.decrypt(form.sealed or b"", key, bound_to=place))
    body["questions"][0]["stem"] = "另一道题"
    plain = papers_sealing.canonical(body)
    form.commitment, form.sealed = sealing.digest(plain), sealing.encrypt(plain, key, bound_to=place)
    form.digest = sealing.digest(form.commitment.encode() + form.sealed)
    session.add(form)


def another_form_b(session: Session, paper: Paper) -> None:
    form = queries.forms(session, paper.id or 0)[Form.B]
    assert form.sealed is not None
    form.sealed = bytes([form.sealed[0] ^ 1]) + form.sealed[1:]
    session.add(form)


def another_version(session: Session, paper: Paper) -> None:
    """The paper is said to be by another version of its blueprint."""
    row = session.get_one(Blueprint, paper.blueprint_id)
    given = row.model_dump(exclude={"id"}) | {"number": row.number + 1, "state": "superseded"}
    other = Blueprint(**given)
    session.add(other)
    session.flush()
    assert other.id is not None
    paper.blueprint_id = other.id


def another_word(name: str, value: object) -> Callable[[Session, Paper], None]:
    def change(_: Session, paper: Paper) -> None:
        paper.recipe = paper.recipe | {name: value}

    return change


def another_figure(session: Session, paper: Paper) -> None:
    paper.proof = paper.proof | {"difference_milli": 1}
    forms = paper.proof["forms"]
    paper.proof["forms"] = forms | {"A": forms["A"] | {"expected_milli": 1}}
    session.add(paper)


def another_entry(session: Session, paper: Paper) -> None:
    """Whoever may write to the journal writes a second assembly into it, as the paper now says."""
    data = {"class": paper.class_id, **paper.recipe}
    record(session, Event.PAPER_ASSEMBLED, "account:1", f"paper:{paper.id}", now=NEXT_DAY, data=data)


COMPARED = [
    pytest.param(another_item, "form A: it holds other items than the recipe says", id="an item"),
    pytest.param(
        another_item, "form A: its digest is not the one that the journal recorded", id="an item, by the record"
    ),
    pytest.param(another_form_b, "form B: its sealed words are not those of the sealing", id="the sealed form"),
    pytest.param(another_version, "blueprint: the paper names another version", id="another blueprint version"),
    pytest.param(another_word("blueprint", "0"), "blueprint: the recipe says 0, it is", id="another blueprint"),
    pytest.param(another_word("seed_commitment", "x"), "seed_commitment: the recipe is not as", id="another seed"),
    pytest.param(another_word("swaps", [["A", 3, 0]]), "swaps: the recipe is not as", id="a swap added"),
    pytest.param(another_word("forms", {}), "form A: it holds other items than the recipe says", id="no digests"),
    pytest.param(another_figure, "form A: proof: expected_milli is kept as 1, recounted", id="a figure"),
    pytest.param(another_entry, "record: the journal tells of 2 assemblies of this paper", id="assembled twice"),
]


@pytest.mark.parametrize(("change", "said"), COMPARED)
def test_each_difference_of_a_sat_paper_is_named_without_the_seed(
    sat: World, change: Callable[[Session, Paper], None], said: str
) -> None:
    with database.reading() as session:
        assert list(comparing.compare(session, sat.paper_id).differences) == []
        change(session, session.get_one(Paper, sat.paper_id))
        session.flush()

        found = comparing.compare(session, sat.paper_id).differences

        assert any(one.startswith(said) for one in found), found


def another_seed(session: Session, paper: Paper, lent: dict[int, bytes]) -> None:
    """The part is replaced by whoever had both keys."""
    forms = queries.forms(session, paper.id or 0)
    keys = {letter: seeds.questions_key(session, form, lent) for letter, form in forms.items()}
    paper.seed_sealed = seeds.seal(seeds.Secret.of(8), paper.class_id)
    seeds.hand_over(paper, keys)


def with_keys(change: Callable[[Session, Paper], None]) -> Callable[[Session, Paper, dict[int, bytes]], None]:
    return lambda session, paper, _: change(session, paper)


REPEATED = [
    pytest.param(with_keys(another_item), "form A: it holds other words than the recipe gives", id="an item"),
    pytest.param(another_seed, "seed_commitment: the recipe says", id="another seed, by its commitment"),
    pytest.param(
        another_seed, "form A: the recipe gives other items than it says", id="another seed, by what it gives"
    ),
    pytest.param(another_seed, "form B: it holds other words than the recipe gives", id="another seed, in form B"),
    pytest.param(with_keys(another_version), "blueprint: the paper names another version", id="another version"),
    pytest.param(with_keys(another_word("swaps", [["B", 3, 0]])), "form B: the recipe gives other items", id="a swap"),
    pytest.param(with_keys(another_figure), "proof: difference_milli is kept otherwise than recounted", id="a figure"),
]


@pytest.mark.parametrize(("change", "said"), REPEATED)
def test_each_difference_of_a_sat_paper_is_named_with_the_keys_of_two(
    sat: World, change: Callable[[Session, Paper, dict[int, bytes]], None], said: str
) -> None:
    with database.reading() as session:
        decision, keys = lending.lend(session, sat.paper_id, lenders(session, sat), now=NEXT_DAY)
        assert decision.allowed and verifying.verify(session, sat.paper_id, keys) == []
        change(session, session.get_one(Paper, sat.paper_id), dict(keys))
        session.flush()

        found = verifying.verify(session, sat.paper_id, keys)

        assert any(one.startswith(said) for one in found), found
        session.rollback()


# --- who may not ---


@pytest.mark.parametrize(
    ("people", "now", "code"),
    [
        pytest.param(("custodian1", "custodian1"), NEXT_DAY, "lender_twice", id="one person twice"),
        pytest.param(("custodian1", "proctor1"), NEXT_DAY, "not_custodian", id="a proctor"),
        pytest.param(("approver", "custodian1"), NEXT_DAY, "not_custodian", id="an approver"),
        pytest.param(PAIR, ENDS_AT, "exam_not_over", id="on the day"),
        pytest.param(PAIR, NEXT_DAY, "allowed", id="two custodians"),
    ],
)
def test_who_lends_a_hand_to_a_repetition(sat: World, people: tuple[str, str], now: datetime, code: str) -> None:
    with database.writing() as session:
        assert lend(session, sat, *people, now=now) == code
        assert [data["outcome"] for _, data in events(session, sat.paper_id)] == ["lent" if code == "allowed" else code]


def test_before_the_exam_nobody_repeats_what_is_sealed(world: World, clock: Clock) -> None:
    clock.set(NEXT_DAY)
    code, said = command(world.paper_id, *PAIR)
    assert code == 2 and "Not opened yet" in said


def test_a_wrong_password_is_counted_and_a_reset_one_has_no_key_any_more(sat: World) -> None:
    code, said = command(sat.paper_id, *PAIR, password="another-password-for-tests")
    assert (code, said) == (2, "The password is wrong. Check it and try again. This attempt is on record.\n")
    assert command(sat.paper_id, "nobody", "custodian2")[0] == 2
    with database.writing() as session:
        assert [data["outcome"] for _, data in events(session, sat.paper_id)] == ["wrong_password", "lender_unknown"]
        by, hashed = sat.actor(session, "administrator"), entering.PASSWORDS.hash(PASSWORD)
        passwords.reset(session, by, sat.accounts["custodian2"], hashed, "忘记密码", now=NEXT_DAY)
    with database.writing() as session:
        account = access.account_by_username(session, "custodian2")
        assert account is not None
        worlds.has_chosen(session, account)
        worlds.give_key(session, "custodian2")
        assert lend(session, sat) == "lenders_no_pair"


def test_where_duties_need_a_second_factor_a_password_alone_lends_nothing(
    sat: World, browser: Browser, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.set(NEXT_DAY)
    secrets = [enrol(browser.of(one), NEXT_DAY)[0] for one in PAIR]
    monkeypatch.setenv("PEIKAO_SECOND_FACTOR_REQUIRED", "true")
    settings.current.cache_clear()
    with database.writing() as session:
        assert lend(session, sat) == "second_factor_needed"
        opened = queries.forms(session, sat.paper_id)[Form.A].id
        assert list(session.exec(select(OpenedKey.form_id))) == [opened]
    later = NEXT_DAY + timedelta(minutes=1)
    clock.set(later)
    for _ in range(FREE_TRIES):
        assert command(sat.paper_id, *PAIR, codes=["000000", "000000"])[0] == 2
    assert command(sat.paper_id, *PAIR, codes=[one_time_code(one, later) for one in secrets])[0] == 2
    with database.reading() as session:
        outcomes = [data["outcome"] for _, data in events(session, sat.paper_id)]
    assert outcomes == ["second_factor_needed", *["wrong_second_factor"] * FREE_TRIES, "account_locked"]
    later += timedelta(minutes=5)
    clock.set(later)
    assert command(sat.paper_id, *PAIR, codes=[one_time_code(one, later) for one in secrets])[0] == 0


def test_where_duties_need_a_second_factor_whoever_has_none_is_no_custodian(
    sat: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PEIKAO_SECOND_FACTOR_REQUIRED", "true")
    settings.current.cache_clear()
    with database.writing() as session:
        assert Duty.CUSTODY in sat.actor(session, "custodian1").duties
        assert lend(session, sat) == "not_custodian"


def test_it_takes_two_names(sat: World) -> None:
    code, said = command(sat.paper_id, "custodian1")
    assert code == 2 and "it takes two custodians" in said
