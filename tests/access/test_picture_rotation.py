"""Another person secret: pictures of sheets and incidents move, but for what was disposed of; those of items stay."""

import pytest
from cryptography.exceptions import InvalidTag
from sqlmodel import Session, col, select

from service.bank.tables import Picture
from service.kernel import database, sealing
from service.papers.tables import PaperForm, PaperFormPictures
from service.sittings.tables import IncidentPhoto, SheetPhoto
from tests.access.test_key_rotation import NEW, OLD, peikao, use
from tests.oversight.test_disposing_pictures import ITEM, LATE, SCENE, SHEET, photograph, picture_an_item, shown
from tests.world import WORKING_AT, World

EVERYTHING = {"sheets": [b"", SHEET], "scenes": [b"", SCENE], "items": [ITEM]}


def stored(session: Session) -> dict[str, list[bytes]]:
    """What lies in the database of each kind."""
    return {
        "sheets": [one.picture_sealed for one in session.exec(select(SheetPhoto).order_by(col(SheetPhoto.id)))],
        "scenes": [one.picture_sealed for one in session.exec(select(IncidentPhoto).order_by(col(IncidentPhoto.id)))],
        "items": [one.content for one in session.exec(select(Picture))],
        "forms": [one.sealed for one in session.exec(select(PaperFormPictures))],
    }


@pytest.fixture
def pictured(world: World) -> World:
    """Two pictures of sheets and two of incidents, one of each disposed of; a picture of an item, and one of a form."""
    with database.writing() as session:
        photograph(session, world, WORKING_AT)
        for table in (SheetPhoto, IncidentPhoto):
            session.exec(select(table)).one().picture_sealed = b""
        photograph(session, world, LATE, place=1)
        picture_an_item(session, world)
        form = session.exec(select(PaperForm.id).limit(1)).one()
        session.add(PaperFormPictures(form_id=form or 0, sealed=b"under the key of the form"))
        assert shown(session) == EVERYTHING
    return world


def state() -> dict[str, str]:
    """What is left under another key, by table."""
    return dict(line.split(": ") for line in peikao("state")[1:])


def test_pictures_are_read_before_during_and_after_and_lie_under_the_new_key_alone(
    pictured: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.reading() as session:
        before = stored(session)
    use(monkeypatch, NEW, OLD)
    told = state()
    assert [told[name] for name in ("sittings_sheet_photo", "sittings_incident_photo")] == ["2 under another key"] * 2

    for batch in (("--batch", "1", "--batches", "1"), ("--batch", "1")):
        with database.reading() as session:
            assert shown(session) == EVERYTHING
        peikao("rotate", *batch)
    use(monkeypatch, NEW)

    assert set(state().values()) == {"0 under another key"}
    with database.reading() as session:
        after = stored(session)
        assert shown(session) == EVERYTHING
        assert {one.key_id for one in session.exec(select(SheetPhoto))} == {sealing.person_key_id()}
    for kind in ("sheets", "scenes"):
        assert after[kind][0] == before[kind][0] == b"", "what was disposed of does not come back"
        assert after[kind][1] != before[kind][1]
    assert len(after["items"]) == len(after["forms"]) == 1
    # Of items nothing is a person's, and the pictures of a form lie under the form's own key.
    assert (after["items"], after["forms"]) == (before["items"], before["forms"])


def test_pictures_of_another_row_are_not_read_in_its_place(pictured: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture is bound to its sheet before and after, so nobody moves one beside another candidate's name."""
    use(monkeypatch, NEW, OLD)
    peikao("rotate")
    with database.reading() as session:
        first, second = session.exec(select(SheetPhoto).order_by(col(SheetPhoto.id)))
        first.picture_sealed = second.picture_sealed
        with pytest.raises(InvalidTag):
            shown(session)
        session.rollback()
