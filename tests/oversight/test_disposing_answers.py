"""Answers whose time is over: two people let them go, and nothing that was published changes by it."""

import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select
from typer.testing import CliRunner

from service.cli import app
from service.journal.queries import about
from service.kernel import database, errors, settings
from service.oversight.rules import retention as rules
from service.oversight.rules.retention import Keeping, Kept
from service.papers.rules.states import Form
from service.results.actions import appealing, looking, paying, withdrawing
from service.results.queries import disposed, telling
from service.results.rules.appealing import AppealState
from service.results.rules.withdrawing import ItemStanding
from service.results.tables import Appeal, DisposedClass, PaymentList, Result, SheetMarks
from service.sittings import queries as sittings
from service.sittings.tables import Answer
from tests import world as worlds
from tests.conftest import Browser, Clock, Staged
from tests.oversight import planting
from tests.results.exams import Fate, derived, publish, sit
from tests.world import AFTER, World

TEN_YEARS = AFTER + timedelta(days=3660)


def published(session: Session, world: World) -> World:
    """A published class: four passed, one failed, one never came."""
    fates = dict(zip(world.seats, [Fate.PASSED] * 4 + [Fate.FAILED, Fate.ABSENT], strict=True))
    sit(session, world, fates, ("proctor1", "proctor2"))
    publish(session, world, AFTER)
    return world


@pytest.fixture
def due(staged: Staged, clock: Clock) -> World:
    """Ten years after, with everybody who passed on a payment list."""
    world = staged(published, AFTER)
    with database.writing() as session:
        paying.draw_up(session, world.actor(session, "planner"), world.class_id, now=AFTER)
    clock.set(TEN_YEARS)
    return world


def send(browser: Browser, username: str, path: str, **body: object) -> tuple[int, Any]:
    reply = browser.of(username).post(f"/api/v1/retention/disposals{path}", json=body)
    return reply.status_code, reply.json().get("code", reply.json())


def dispose(browser: Browser) -> dict[str, Any]:
    """One proposes, another confirms."""
    status, proposal = send(browser, "confirmer", "", kind="answers")
    assert status == 201, proposal
    assert send(browser, "publisher", f"/{proposal['id']}/decision", confirm=True)[0] == 200
    return dict(proposal)


def answers(session: Session) -> int:
    """How many answers there are."""
    return session.exec(select(sa.func.count()).select_from(Answer).where(Answer.choice != "")).one()


def everything(world: World) -> tuple[dict[str, object], list[str]]:
    """What follows from the published results, and the payment lists to the letter."""
    with database.reading() as session:
        return derived(session, world), [one.content for one in session.exec(select(PaymentList))]


def verified() -> tuple[int, list[str]]:
    said = CliRunner().invoke(app, ["results", "verify"])
    return said.exit_code, said.output.splitlines()


def test_what_somebody_answered_goes_and_what_was_published_stays(due: World, browser: Browser) -> None:
    before, sheets = everything(due), 5
    with database.reading() as session:
        assert answers(session) > 0
        codes = list(before[0]["certificates"].values())  # type: ignore[attr-defined]
    verification = browser.stranger().post("/verify", data={"code": codes[0]}).text

    proposal = dispose(browser)

    assert proposal["number"] == sheets
    assert everything(due) == before
    assert browser.stranger().post("/verify", data={"code": codes[0]}).text == verification
    with database.reading() as session:
        assert answers(session) == 0 and set(session.exec(select(SheetMarks.entries))) == {""}
        row = session.get_one(DisposedClass, due.class_id)
        assert (row.sheets, row.digest) == (sheets, proposal["digest"])
        (told,) = [one for one in about(session, f"class:{due.class_id}") if one.event == "ANSWERS_DISPOSED"]
        assert proposal["digest"] in told.data
        # Whoever sat it still finds their result, and whoever trains finds no statistics that cannot be.
        seat = sittings.seat(session, due.seats[0])
        assert seat is not None and looking.view(session, seat).sections == []
        assert telling.sheets_of_class(session, due.class_id) == {}
    assert send(browser, "confirmer", "", kind="answers") == (409, "nothing_to_dispose")
    page = browser.of("confirmer").get(f"/results/classes/{due.class_id}").text
    assert "本班次的作答和逐题得分已于" in page


def test_whoever_decides_is_called_and_sees_whose_answers_would_go(due: World, browser: Browser) -> None:
    waits = "份处置提议等待确认"
    assert waits not in browser.of("publisher").get("/").text
    send(browser, "confirmer", "", kind="answers")

    assert (waits in browser.of("publisher").get("/").text, waits in browser.of("confirmer").get("/").text) == (
        True,
        False,
    )
    page = browser.of("publisher").get("/retention/disposals").text
    assert "5份答卷" in page and page.count("2024-TL-01") == 2, "beside the rule and in the proposal"


def test_it_can_be_undone_until_another_confirms(due: World, browser: Browser) -> None:
    _, proposal = send(browser, "confirmer", "", kind="answers")
    with database.reading() as session:
        kept = answers(session)

    assert send(browser, "confirmer", f"/{proposal['id']}/decision", confirm=True) == (403, "disposal_own")
    assert send(browser, "confirmer", f"/{proposal['id']}/decision", confirm=False)[0] == 200

    with database.reading() as session:
        assert answers(session) == kept > 0 and disposed.disposed(session, due.class_id) is None


def test_whoever_verifies_is_told_when_and_by_whom(due: World, browser: Browser, tmp_path: Path) -> None:
    status, (equal,) = verified()
    assert (status, equal.endswith(": equal")) == (0, True)

    proposal = dispose(browser)

    status, (said,) = verified()
    assert status == 0
    day, digest = f"{TEN_YEARS:%Y-%m-%d}", proposal["digest"]
    assert said == (
        f"class 2024-TL-01: 5 sheets disposed of on {day} by two, confirmer and publisher; SHA-256 over them {digest}"
    )
    url = settings.current().database_url
    place = url.removeprefix("sqlite:///") if url.startswith("sqlite") else url
    words = [sys.executable, str(settings.ROOT / "scripts" / "verify_journal"), place]
    run = subprocess.run(words, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    assert f"class:{due.class_id}: 5 sheets disposed of on {day} by two" in run.stdout and digest in run.stdout


def test_the_audit_of_separation_finds_no_fault_in_it(due: World, browser: Browser) -> None:
    url = settings.current().database_url
    if not url.startswith("sqlite"):
        pytest.skip("the program reads the same record of either; one file is enough to see it")
    before = planting.audit(Path(url.removeprefix("sqlite:///")))

    dispose(browser)

    after = planting.audit(Path(url.removeprefix("sqlite:///")))
    assert (before[0], after[0]) == (0, 0)
    assert set(before[1]) <= set(after[1])


# --- what keeps them ---


def appeal_open(session: Session, world: World) -> None:
    seat = sittings.seat(session, world.seats[0])
    assert seat is not None
    assert appealing.file(session, seat, "请复核第三题", now=AFTER).state == AppealState.FILED


def item_proposed(session: Session, world: World) -> None:
    draft = withdrawing.Draft(Form.A, 1, ItemStanding.WITHDRAWN, "题干有误")
    withdrawing.propose(session, world.actor(session, "confirmer"), world.class_id, draft, now=AFTER)


@pytest.mark.parametrize("open_", [appeal_open, item_proposed])
def test_what_is_still_open_keeps_all_that_is_due_and_the_class_is_named(
    due: World, browser: Browser, open_: Any
) -> None:
    with database.writing() as session:
        open_(session, due)

    assert send(browser, "confirmer", "", kind="answers") == (409, "disposal_blocked")

    page = browser.of("confirmer").get("/retention/disposals").text
    assert "班次2024-TL-01保存期满，但还有未办结的事项" in page


def test_what_is_opened_between_the_two_keeps_them_too(due: World, browser: Browser) -> None:
    _, proposal = send(browser, "confirmer", "", kind="answers")
    with database.writing() as session:
        appeal_open(session, due)

    assert send(browser, "publisher", f"/{proposal['id']}/decision", confirm=True) == (409, "disposal_blocked")
    with database.reading() as session:
        assert answers(session) > 0 and session.exec(select(Appeal)).one().state == AppealState.FILED


def test_who_passed_and_is_on_no_payment_list_keeps_them(staged: Staged, browser: Browser, clock: Clock) -> None:
    staged(published, AFTER)
    clock.set(TEN_YEARS)

    assert send(browser, "confirmer", "", kind="answers") == (409, "disposal_blocked")


@pytest.mark.parametrize("now", [AFTER + timedelta(days=3 * 365 + 2), AFTER + timedelta(days=3652)])
def test_before_their_time_nothing_is_due(due: World, browser: Browser, clock: Clock, now: datetime) -> None:
    clock.set(now)
    assert send(browser, "confirmer", "", kind="answers") == (409, "nothing_to_dispose")


def test_a_setting_keeps_them_longer_and_nothing_shorter() -> None:
    rule = rules.keeping(Kept.ANSWERS, AFTER.date())
    assert rule.days is not None and rule.days >= 3 * 365
    assert [rules.lengthened(rule, days).days for days in (1, 3653)] == [rule.days, 3653]
    other = Keeping(Kept.PICTURES, AFTER.date(), 10, "another", True)
    assert rules.lengthened(other, 3653) == other


# --- afterwards ---


def test_afterwards_no_item_is_withdrawn_for_nothing_could_be_marked_again(due: World, browser: Browser) -> None:
    dispose(browser)

    with database.writing() as session, pytest.raises(errors.WrongState, match=r"^answers_disposed:"):
        item_proposed(session, due)


def test_the_database_empties_nothing_of_a_class_whose_answers_are_kept_and_only_empties_afterwards(
    due: World, browser: Browser
) -> None:
    emptied = sa.update(SheetMarks).values(entries="")
    with database.writing() as session, pytest.raises(IntegrityError, match="marks never change"):
        session.execute(emptied)

    dispose(browser)

    with database.writing() as session:
        session.execute(emptied)
    for wrong in (
        sa.update(SheetMarks).values(entries="[]"),
        sa.delete(SheetMarks),
        sa.update(DisposedClass).values(sheets=1),
        sa.delete(DisposedClass),
        sa.update(Result).values(points=0),
    ):
        with database.writing() as session, pytest.raises(IntegrityError, match=r"never change|stays so|never deleted"):
            session.execute(wrong)


def test_nobody_puts_down_alone_that_answers_are_gone(due: World) -> None:
    with database.writing() as session:
        person = due.actor(session, "confirmer").person_id or 0
        session.add(
            DisposedClass(
                class_id=due.class_id,
                sheets=5,
                digest="0" * 64,
                disposed_at=worlds.AFTER,
                proposed_by=person,
                decided_by=person,
            )
        )
        with pytest.raises(IntegrityError, match="two_people"):
            session.flush()
        session.rollback()
