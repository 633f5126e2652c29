"""Pictures under the person secret, and pictures of items: which of them go with what two people dispose of."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, col, select

from service.bank.tables import Picture
from service.kernel import database, sealing
from service.sittings.queries import happenings, transcripts
from service.sittings.tables import Incident, IncidentPhoto, PaperSheet, SheetPhoto
from tests.conftest import Browser, Clock, Staged
from tests.oversight.test_disposing_answers import answers, due, published, send
from tests.world import AFTER, World

__all__ = ["due"]
SHEET, SCENE, ITEM = b"\xff\xd8\xff\xe0 a sheet", b"\xff\xd8\xff\xe0 a scene", b"\xff\xd8\xff\xe0 an item"
LATE = AFTER + timedelta(days=30)


def photograph(session: Session, world: World, at: datetime, place: int = 0) -> None:
    """A sheet on paper and an incident of the class, each with a picture that was taken then."""
    proctor, key_id = world.actor(session, "proctor1").person_id or 0, sealing.person_key_id()
    sheet = PaperSheet(
        sitting_id=world.sitting_id,
        seat_id=world.seats[place],
        reason="machine",
        note="",
        proposed_at=at,
        proposed_by=proctor,
    )
    incident = Incident(sitting_id=world.sitting_id, kind="other", text="-", at=at, person_id=proctor)
    session.add_all((sheet, incident))
    session.flush()
    of_sheet, of_scene = sealing.digest(SHEET), sealing.digest(SCENE)
    sheet_place, scene_place = (
        transcripts.photo_place(sheet.id or 0, of_sheet),
        happenings.photo_place(incident.id or 0, of_scene),
    )
    photo = SheetPhoto(
        sheet_id=sheet.id or 0,
        media_type="image/jpeg",
        picture_sealed=sealing.encrypt_picture(SHEET, bound_to=sheet_place),
        key_id=key_id,
        digest=of_sheet,
        added_at=at,
        added_by=proctor,
    )
    scene = IncidentPhoto(
        incident_id=incident.id or 0,
        media_type="image/jpeg",
        picture_sealed=sealing.encrypt_picture(SCENE, bound_to=scene_place),
        key_id=key_id,
        digest=of_scene,
    )
    session.add_all((photo, scene))
    session.flush()


def picture_an_item(session: Session, world: World) -> None:
    author, digest = world.actor(session, "author").person_id or 0, sealing.digest(ITEM)
    session.add(
        Picture(digest=digest, content=ITEM, media_type="image/jpeg", width=9, height=9, kept_at=AFTER, kept_by=author)
    )


def shown(session: Session) -> dict[str, list[bytes]]:
    """All pictures in clear, by what they are of."""
    return {
        "sheets": [transcripts.picture(one) for one in session.exec(select(SheetPhoto).order_by(col(SheetPhoto.id)))],
        "scenes": [
            happenings.picture(one) for one in session.exec(select(IncidentPhoto).order_by(col(IncidentPhoto.id)))
        ],
        "items": [one.content for one in session.exec(select(Picture))],
    }


@pytest.fixture
def pictured(due: World) -> World:
    """Ten years after: a class of which everything may go, with a picture of each kind."""
    with database.writing() as session:
        photograph(session, due, AFTER)
        picture_an_item(session, due)
        assert shown(session) == {"sheets": [SHEET], "scenes": [SCENE], "items": [ITEM]}
    return due


def dispose(browser: Browser, kind: str) -> int:
    """One proposes, another confirms; how many there were."""
    status, proposal = send(browser, "confirmer", "", kind=kind)
    assert status == 201, proposal
    assert send(browser, "publisher", f"/{proposal['id']}/decision", confirm=True)[0] == 200
    return int(proposal["number"])


def test_a_picture_of_a_sheet_goes_with_the_answers_that_it_shows(pictured: World, browser: Browser) -> None:
    """Nobody let go of pictures: then answers that are gone would still be there to be read off the sheet."""
    with database.reading() as session:
        photo_id, digest = session.exec(select(SheetPhoto.id, SheetPhoto.digest)).one()
    address = f"/api/v1/results/transcriptions/photos/{photo_id}"
    assert browser.of("proctor1").get(address).content == SHEET

    dispose(browser, "answers")

    with database.reading() as session:
        # What happened in the room is no answer, and an item is nobody's.
        assert answers(session) == 0 and shown(session) == {"sheets": [b""], "scenes": [SCENE], "items": [ITEM]}
        assert session.exec(select(SheetPhoto.digest)).one() == digest
    gone = browser.of("proctor1").get(address)
    assert (gone.status_code, gone.json()["code"]) == (404, "photo_disposed")
    # The scene is left to be let go of by its own rule, and nothing else is counted.
    assert dispose(browser, "pictures") == 1


def test_pictures_go_before_answers_where_two_people_say_so(pictured: World, browser: Browser) -> None:
    with database.reading() as session:
        kept = answers(session)

    assert dispose(browser, "pictures") == 2

    with database.reading() as session:
        assert answers(session) == kept > 0
        assert shown(session) == {"sheets": [b""], "scenes": [b""], "items": [ITEM]}
    dispose(browser, "answers")


def test_pictures_go_by_their_own_day_and_not_by_their_class(staged: Staged, clock: Clock, browser: Browser) -> None:
    world = staged(published, AFTER)
    with database.writing() as session:
        photograph(session, world, AFTER)
        photograph(session, world, LATE, place=1)
        picture_an_item(session, world)
    clock.set(AFTER + timedelta(days=3 * 365 + 2))

    assert dispose(browser, "pictures") == 2
    with database.reading() as session:
        assert shown(session) == {"sheets": [b"", SHEET], "scenes": [b"", SCENE], "items": [ITEM]}


def test_what_pictures_were_proposed_changes_when_their_answers_go_first(pictured: World, browser: Browser) -> None:
    """Nobody confirms that two pictures go where one is left."""
    _, proposal = send(browser, "confirmer", "", kind="pictures")
    dispose(browser, "answers")

    assert send(browser, "publisher", f"/{proposal['id']}/decision", confirm=True) == (409, "disposal_changed")
    with database.reading() as session:
        assert shown(session)["scenes"] == [SCENE]
