"""The payment list: who trained and passed, signed, and changed only by a new version."""

import io
import json
import zipfile
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from service.journal import queries as journal
from service.kernel import database, errors, sealing
from service.kernel.settings import FeeBasis
from service.results.actions import paying, voiding
from service.results.actions.voiding import Draft
from service.results.rules import Standing
from service.results.rules import payment as rules
from service.results.rules.payment import Fee, Payee
from service.sittings.actions import minding
from service.sittings.rules.room import IncidentKind
from tests.access.exports import exported
from tests.conftest import Browser, Staged
from tests.results.exams import Fate, publish, sit
from tests.world import AFTER, WORKING_AT, World

SOMEBODY = Payee(1, "=1+1", "9900****", "青松煤矿", 20, "CODE", 100)


@dataclass(frozen=True)
class Paid:
    world: World
    incident: int


@pytest.fixture
def paid(staged: Staged) -> Paid:
    """A published class: three passed with their hours, one passed without, one failed, one never came."""
    return staged(published, AFTER)


def published(session: Session, world: World) -> Paid:
    fates = dict(zip(world.seats, [Fate.PASSED] * 4 + [Fate.FAILED, Fate.ABSENT], strict=True))
    sit(session, world, fates, ("proctor1", "proctor2"))
    proctor = world.actor(session, "proctor1")
    noted = minding.report_incident(
        session, proctor, world.sitting_id, None, IncidentKind.PHONE, "手机", now=WORKING_AT
    )
    publish(session, world, AFTER)
    return Paid(world, noted.id or 0)


def turn(session: Session, paid: Paid, wanted: Standing) -> None:
    draft = Draft(wanted, IncidentKind.PHONE, "理由", paid.incident)
    world = paid.world
    made = voiding.propose(session, world.actor(session, "confirmer"), world.seats[0], draft, now=AFTER)
    voiding.decide(session, world.actor(session, "publisher"), made.id or 0, uphold=True, note="同意", now=AFTER)


@pytest.mark.parametrize(("basis", "fen"), [(FeeBasis.PERSON, 30000), (FeeBasis.HOUR, 600000)])
def test_the_fee_is_by_person_or_by_hour(basis: FeeBasis, fen: int) -> None:
    assert Fee(basis, 30000).amount(20) == fen


@pytest.mark.parametrize(
    ("published", "before", "now", "code"),
    [
        pytest.param(False, None, [SOMEBODY], "payment_unpublished", id="not published"),
        pytest.param(True, None, [], "payment_empty", id="nobody passed"),
        pytest.param(True, [SOMEBODY], [SOMEBODY], "payment_unchanged", id="nothing changed"),
        pytest.param(True, [], [SOMEBODY], "allowed", id="somebody came"),
        pytest.param(True, None, [SOMEBODY], "allowed", id="the first"),
    ],
)
def test_when_a_list_is_drawn_up(published: bool, before: list[Payee] | None, now: list[Payee], code: str) -> None:
    assert rules.may_draw_up(published=published, payees=len(now), before=before, now=now).code == code


def test_it_holds_whoever_has_the_credit_and_is_signed(paid: Paid) -> None:
    with database.writing() as session:
        planner = paid.world.actor(session, "planner")
        row = paying.draw_up(session, planner, paid.world.class_id, now=AFTER)

        content = json.loads(row.content)
        assert (row.version, row.people, len(content["payees"]), content["edition"]) == (1, row.people, row.people, 1)
        assert row.digest == sealing.digest(row.content.encode())
        sealing.verify_ed25519(sealing.bureau_key().public, rules.signed(row.content), bytes.fromhex(row.signature))
        told = journal.about(session, f"class:{paid.world.class_id}")[-1]
        assert (told.event, json.loads(told.data)["digest"]) == ("PAYMENT_LISTED", row.digest)
        with pytest.raises(errors.WrongState, match=r"^payment_unchanged:"):
            paying.draw_up(session, planner, paid.world.class_id, now=AFTER)


def test_a_correction_makes_it_out_of_date_and_undoing_makes_it_fit_again(paid: Paid) -> None:
    with database.writing() as session:
        planner, class_id = paid.world.actor(session, "planner"), paid.world.class_id
        first = paying.draw_up(session, planner, class_id, now=AFTER)
        kept = first.content
        turn(session, paid, Standing.VOID)
        assert paying.view(session, planner, class_id).outdated
        turn(session, paid, Standing.VALID)
        assert not paying.view(session, planner, class_id).outdated
        turn(session, paid, Standing.VOID)

        second = paying.draw_up(session, planner, class_id, now=AFTER)

        assert (second.version, second.people) == (2, first.people - 1)
        assert [one.content for one in paying.view(session, planner, class_id).lists] == [kept, second.content]
    with pytest.raises(IntegrityError) as refusal, database.writing() as session:
        session.execute(sa.text("UPDATE results_payment_list SET people = 99"))
    assert "payment lists never change" in str(refusal.value.orig)


def test_the_spreadsheet_computes_nothing(paid: Paid, browser: Browser) -> None:
    with database.writing() as session:
        session.execute(sa.text("UPDATE access_person SET name = '=HYPERLINK(1)' WHERE name = '学员0'"))
        session.execute(sa.text("UPDATE access_person SET name = '=HYPERLINK(1)' WHERE name = '学员1'"))
    planner = browser.of("planner")
    made = planner.post(f"/api/v1/results/classes/{paid.world.class_id}/payment-lists", json={})
    assert made.status_code == 201

    content = browser.of("statistician").get(f"/results/payment-lists/{made.json()['id']}.xlsx").content

    people = made.json()["people"]
    assert people > 0
    assert exported(paid.world, "statistician", content) == [
        (f"class:{paid.world.class_id}", "payment", people, "xlsx")
    ]
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        texts, sheet = (book.read(f"xl/{name}.xml").decode() for name in ("sharedStrings", "worksheets/sheet1"))
    assert ">=HYPERLINK(1)<" in texts and made.json()["digest"] in texts
    assert "<f>" not in sheet


@pytest.mark.parametrize(
    ("who", "sees", "draws"),
    [
        (None, 401, 401),
        ("institution", 403, 403),
        ("enterprise", 403, 403),
        ("supervisor", 403, 403),
        ("proctor1", 403, 403),
        ("publisher", 403, 403),
        ("auditor", 200, 403),
        ("statistician", 200, 403),
    ],
)
def test_who_sees_and_who_draws_up(paid: Paid, browser: Browser, who: str | None, sees: int, draws: int) -> None:
    client = browser.of(who) if who else browser.stranger()
    path = f"/api/v1/results/classes/{paid.world.class_id}/payment-lists"

    assert (client.get(path).status_code, client.post(path, json={}).status_code) == (sees, draws)


def test_the_page_shows_every_version(paid: Paid, browser: Browser) -> None:
    page = f"/results/classes/{paid.world.class_id}/payment"
    assert "还没有支付名单" in browser.of("statistician").get(page).text
    made = browser.of("planner").post(f"/api/v1/results/classes/{paid.world.class_id}/payment-lists", json={}).json()

    shown = browser.of("statistician").get(page).text

    assert made["digest"] in shown and made["signature"] in shown and "编制后签名存档" not in shown
    assert "编制后签名存档" in browser.of("planner").get(page).text
