"""Retention: nothing goes by itself; what goes is agreed on by two people and leaves its number and digest."""

import json
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from service.access.actions import entering
from service.access.tables import Account, SignedIn
from service.journal.queries import about
from service.kernel import database, sealing
from service.oversight.rules import retention as rules
from service.oversight.rules.retention import KEEPINGS, Keeping, Kept
from service.oversight.tables import Disposal
from service.sittings.actions import recording
from service.sittings.tables import Incident, IncidentPhoto
from tests import world as worlds
from tests.conftest import Browser, Clock
from tests.world import World

PICTURE = b"\xff\xd8\xff\xe0 a picture"
LATER = worlds.AFTER + timedelta(days=200)
MUCH_LATER = worlds.AFTER + timedelta(days=4 * 365)


def send(browser: Browser, username: str, path: str, **body: object) -> tuple[int, Any]:
    reply = browser.of(username).post(f"/api/v1/retention/disposals{path}", json=body)
    return reply.status_code, reply.json().get("code", reply.json())


@pytest.fixture
def sessions(staffed: World, clock: Clock) -> World:
    """Three sessions of staff from before the exam; it is half a year later."""
    with database.writing() as session:
        account = session.get_one(Account, staffed.accounts["author"])
        for _ in range(3):
            entering.open_session(session, person_id=account.person_id, account_id=account.id, now=worlds.PREPARED_AT)
    clock.set(LATER)
    return staffed


def left() -> int:
    """How many sessions there are that began before the exam."""
    with database.reading() as session:
        old = select(sa.func.count()).select_from(SignedIn).where(SignedIn.began_at < worlds.AFTER)
        return session.exec(old).one()


# --- rules ---


def test_every_kind_has_a_rule_with_a_source_and_the_journal_none_that_ends() -> None:
    assert {one.kind for one in KEEPINGS} == set(Kept)
    assert all(one.source for one in KEEPINGS)
    journal = rules.keeping(Kept.JOURNAL, worlds.AFTER.date())
    assert (journal.days, journal.disposable) == (None, False)


def test_the_newest_rule_that_has_begun_is_in_force() -> None:
    first = rules.keeping(Kept.SESSIONS, worlds.AFTER.date())
    later = Keeping(Kept.SESSIONS, LATER.date(), 400, "a later rule", True)

    both = (later, *KEEPINGS)
    assert rules.keeping(Kept.SESSIONS, LATER.date() - timedelta(days=1), both) == first
    assert rules.keeping(Kept.SESSIONS, LATER.date(), both) == later


# --- two people ---


def test_one_proposes_and_another_confirms(sessions: World, browser: Browser) -> None:
    status, proposal = send(browser, "confirmer", "", kind="sessions")
    assert (status, proposal["number"], left()) == (201, 3, 3)

    status, done = send(browser, "publisher", f"/{proposal['id']}/decision", confirm=True)

    assert (status, done["confirmed"], left()) == (200, True, 0)
    with database.reading() as session:
        proposed, decided = about(session, f"disposal:{proposal['id']}")
    assert (proposed.event, decided.event) == ("DISPOSAL_PROPOSED", "DISPOSAL_DECIDED")
    for entry in (proposed, decided):
        data = json.loads(entry.data)
        assert (data["kind"], data["number"], data["digest"]) == ("sessions", 3, proposal["digest"])
    # Whoever is signed in now still is.
    assert browser.of("publisher").get("/api/v1/session").status_code == 200


def test_what_is_sent_back_stays(sessions: World, browser: Browser) -> None:
    _, proposal = send(browser, "confirmer", "", kind="sessions")

    status, done = send(browser, "confirmer", f"/{proposal['id']}/decision", confirm=False)

    assert (status, done["confirmed"], left()) == (200, False, 3)
    assert send(browser, "confirmer", "", kind="sessions")[0] == 201


def test_nobody_confirms_alone(sessions: World, browser: Browser) -> None:
    _, proposal = send(browser, "confirmer", "", kind="sessions")

    assert send(browser, "confirmer", f"/{proposal['id']}/decision", confirm=True) == (403, "disposal_own")
    assert left() == 3


def test_nor_does_the_database_let_them(sessions: World, browser: Browser) -> None:
    send(browser, "confirmer", "", kind="sessions")

    alone = sa.update(Disposal).values(decided_at=LATER, decided_by=Disposal.proposed_by, confirmed=True)
    with database.writing() as session, pytest.raises(IntegrityError, match="two_people"):
        session.execute(alone)


def test_what_has_changed_since_is_not_confirmed(sessions: World, browser: Browser) -> None:
    _, proposal = send(browser, "confirmer", "", kind="sessions")
    with database.writing() as session:
        gone = session.exec(select(SignedIn).where(SignedIn.began_at < worlds.AFTER)).first()
        session.delete(gone)

    assert send(browser, "publisher", f"/{proposal['id']}/decision", confirm=True) == (409, "disposal_changed")
    assert left() == 2


@pytest.mark.parametrize(
    ("username", "path", "body", "said"),
    [
        pytest.param("confirmer", "", {"kind": "journal"}, (403, "never_disposed"), id="the journal"),
        pytest.param("confirmer", "", {"kind": "results"}, (403, "never_disposed"), id="results"),
        pytest.param("confirmer", "", {"kind": "pictures"}, (409, "nothing_to_dispose"), id="nothing is due"),
        pytest.param("confirmer", "", {"kind": "everything"}, (422, "malformed"), id="an unknown kind"),
        pytest.param("auditor", "", {"kind": "sessions"}, (403, "right_missing"), id="an auditor changes nothing"),
        pytest.param("publisher", "/99/decision", {"confirm": True}, (404, "not_found"), id="no such proposal"),
    ],
)
def test_what_cannot_be_is_said(
    sessions: World, browser: Browser, username: str, path: str, body: dict[str, object], said: tuple[int, str]
) -> None:
    assert send(browser, username, path, **body) == said
    assert left() == 3


def test_one_proposal_of_a_kind_at_a_time_and_one_decision(sessions: World, browser: Browser) -> None:
    _, proposal = send(browser, "confirmer", "", kind="sessions")

    assert send(browser, "publisher", "", kind="sessions") == (409, "disposal_open")
    assert send(browser, "publisher", f"/{proposal['id']}/decision", confirm=True)[0] == 200
    assert send(browser, "publisher", f"/{proposal['id']}/decision", confirm=True) == (409, "disposal_decided")
    listed = browser.of("publisher").get("/api/v1/retention/disposals").json()
    assert [(one["id"], one["confirmed"]) for one in listed] == [(proposal["id"], True)]


def test_the_page_shows_what_is_due_and_each_what_they_may_do(sessions: World, browser: Browser) -> None:
    page = "/retention/disposals"
    fresh = browser.of("confirmer").get(page).text
    # Each kind with its rule; of sessions there are three, and of nothing else anything may go.
    assert fresh.count("提议处置") == 1 and "这类记录不在本系统内处置" in fresh and "没有保存期满的记录" in fresh
    assert "还没有处置提议" in fresh and 'href="/retention/disposals"' in browser.of("confirmer").get("/").text

    _, proposal = send(browser, "confirmer", "", kind="sessions")

    own, other = browser.of("confirmer").get(page).text, browser.of("publisher").get(page).text
    assert "提议人不能确认自己的处置提议" in own and "确认处置" not in own and "退回" in own
    assert "确认处置" in other and proposal["digest"] in other and "confirmer" in other
    send(browser, "publisher", f"/{proposal['id']}/decision", confirm=True)
    done = browser.of("confirmer").get(page).text
    assert "已处置" in done and "publisher" in done and "确认处置" not in done
    for stranger in ("auditor", "institution", "administrator"):
        assert browser.of(stranger).get(page).status_code == 403
    assert browser.stranger().get(page).status_code == 303


# --- pictures ---


def test_of_a_picture_its_digest_stays(world: World, browser: Browser, clock: Clock) -> None:
    with database.writing() as session:
        worlds.begin_exam(session, world)
        proctor = world.actor(session, "proctor1")
        assert proctor.person_id is not None
        incident = Incident(
            sitting_id=world.sitting_id, text="桌下有手机", person_id=proctor.person_id, at=worlds.WORKING_AT
        )
        session.add(incident)
        session.flush()
        digest = sealing.digest(PICTURE)
        session.add(
            IncidentPhoto(incident_id=incident.id or 0, media_type="image/jpeg", picture_sealed=PICTURE, digest=digest)
        )
    with database.reading() as session:
        before = recording.read(session, world.actor(session, "auditor"), world.sitting_id, now=MUCH_LATER)
        (photo_id,) = session.exec(select(IncidentPhoto.id)).all()
    clock.set(MUCH_LATER)
    paths = browser.of("auditor").get("/openapi.json").json()["paths"]
    address = next(path for path in paths if "{photo_id}" in path).replace("{photo_id}", str(photo_id))
    assert browser.of("auditor").get(address).content == PICTURE

    _, proposal = send(browser, "confirmer", "", kind="pictures")
    assert proposal["number"] == 1
    assert send(browser, "publisher", f"/{proposal['id']}/decision", confirm=True)[0] == 200

    gone = browser.of("auditor").get(address)
    assert (gone.status_code, gone.json()["code"]) == (404, "picture_disposed")
    with database.reading() as session:
        after = recording.read(session, world.actor(session, "auditor"), world.sitting_id, now=MUCH_LATER)
    assert digest in json.dumps(after.content, default=str)
    assert after.digest == before.digest
    assert send(browser, "confirmer", "", kind="pictures") == (409, "nothing_to_dispose")
