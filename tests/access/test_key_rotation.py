"""Another person secret, while the service runs: before, during and after, everybody is found and can be read."""

import json

import pytest
from cryptography.exceptions import InvalidTag
from sqlmodel import Session, col, select
from typer.testing import CliRunner

from service.access.actions import administering, rotating
from service.access.tables import Person
from service.cli import app
from service.journal.tables import JournalEntry
from service.kernel import database, sealing, settings
from service.kernel.pictures import Picture, PictureType
from service.programme.actions import enrolling
from service.programme.queries import classes
from service.programme.tables import Trainee
from service.results.actions import looking
from service.sittings.actions import checking_in, sitting_exam
from service.sittings.queries import happenings
from service.sittings.rules.lockdown import Machine
from service.sittings.tables import Incident, IncidentPhoto, Seat
from tests import world as worlds
from tests.conftest import Browser
from tests.results import exams
from tests.world import AFTER, CHECK_IN_AT, PREPARED_AT, World

OLD, NEW = settings.DEVELOPMENT_SECRET, "another-secret-of-more-than-thirty-two-letters"


def use(monkeypatch: pytest.MonkeyPatch, secret: str, *before: str) -> None:
    """Restart with these secrets."""
    monkeypatch.setenv("PEIKAO_PERSON_SECRET", secret)
    monkeypatch.setenv("PEIKAO_PERSON_SECRETS_BEFORE", json.dumps(before))
    settings.current.cache_clear()


def peikao(*words: str) -> list[str]:
    said = CliRunner().invoke(app, ["keys", *words])
    assert said.exit_code in {0, 1} and not isinstance(said.exception, Exception), said.output
    return said.output.strip().splitlines()


def readable(session: Session, world: World) -> set[str]:
    """The citizen ids that can be read, of all the trainees of the world."""
    people = session.exec(select(Person).join(Trainee))
    return {
        sealing.decrypt_personal(one.citizen_id_sealed, bound_to=f"access_person:{one.citizen_id_index}")
        for one in people
    }


def found(session: Session, world: World) -> bool:
    """Whether a citizen id that is known is found again, instead of becoming a second person."""
    before = set(session.exec(select(Person.id)))
    trainee_id, number = next(iter(world.citizen_ids.items()))
    known = session.get_one(Person, session.get_one(Trainee, trainee_id).person_id)
    with session.begin_nested() as attempt:
        same = administering.person_for(session, known.name, number)
        attempt.rollback()
    return same.id in before


def enters(world: World, seat: int) -> bool:
    trainee = world.trainees[world.seats.index(seat)]
    # Admitted and signed in for a try, of which nothing stays.
    with database.reading() as session:
        checking_in.admit(session, world.actor(session, "proctor1"), seat, now=CHECK_IN_AT)
        number, tail = world.tickets[seat], world.citizen_ids[trainee][-6:]
        entrance = sitting_exam.sign_in_seat(session, number, tail, Machine("", ""), now=CHECK_IN_AT)
        return entrance.refusal is None


def test_a_rotation_in_the_middle_of_everything(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with database.reading() as session:
        everybody = readable(session, world)
    assert everybody == set(world.citizen_ids.values())

    use(monkeypatch, NEW, OLD)
    state = peikao("state")
    assert [line.endswith(": 0 under another key") for line in state[1:]] == [False, True, False, False] + [True] * 3
    for step in range(5):
        with database.writing() as session:
            assert readable(session, world) == everybody, step
            assert found(session, world), step
        peikao("rotate", "--batch", "3", "--batches", "1")
    peikao("rotate", "--batch", "5")
    assert [line.endswith(": 0 under another key") for line in peikao("state")[1:]] == [True] * 7

    use(monkeypatch, NEW)
    with database.writing() as session:
        assert readable(session, world) == everybody and found(session, world)
        assert {person.key_id for person in session.exec(select(Person))} == {sealing.person_key_id()}
        phones = [
            sealing.decrypt_personal(one.phone_sealed, bound_to=f"programme_trainee:{one.person_id}")
            for one in session.exec(select(Trainee))
        ]
        assert all(phone.isdigit() for phone in phones)


def test_to_chinese_cryptography_and_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    seat = world.seats[0]
    with database.reading() as session:
        everybody, ids = readable(session, world), {person.key_id for person in session.exec(select(Person))}
    for suite in ("sm", "aes"):
        monkeypatch.setenv("PEIKAO_PERSONAL_SUITE", suite)
        settings.current.cache_clear()
        for _ in ("before", "after"):
            with database.writing() as session:
                assert readable(session, world) == everybody and found(session, world)
            assert enters(world, seat)
            peikao("rotate", "--batch", "1000")
        assert [line.endswith(": 0 under another key") for line in peikao("state")[1:]] == [True] * 7
        with database.reading() as session:
            there = {person.key_id for person in session.exec(select(Person))}
            assert there == {sealing.person_key_id()} and (there == ids) is (suite == "aes")


def test_pictures_from_before_are_encrypted_by_the_first_rotation(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Photographs and pictures of incidents: some lie as they came, some under the old secret, one was disposed of."""
    jpeg = b"\xff\xd8\xff\xe0 a face"
    with database.writing() as session:
        planner, (old, new) = world.actor(session, "planner"), world.trainees[:2]
        enrolling.set_photo(session, planner, new, Picture(jpeg, PictureType.JPEG, 358, 441), now=PREPARED_AT)
        before = session.get_one(Trainee, old)
        before.photo_sealed, before.photo_type, before.photo_key_id = jpeg, "image/jpeg", ""
        incident = Incident(
            sitting_id=world.sitting_id, kind="other", text="-", at=PREPARED_AT, person_id=before.person_id
        )
        session.add(incident)
        session.flush()
        for digest, picture in (("1", jpeg), ("2", b"")):
            photo = {"incident_id": incident.id or 0, "media_type": "image/jpeg", "digest": digest}
            session.add(IncidentPhoto(**photo, picture_sealed=picture))

    for secrets in ((OLD,), (NEW, OLD), (NEW,)):
        use(monkeypatch, *secrets)
        peikao("rotate")
        with database.reading() as session:
            kept = [one.photo_sealed or b"" for one in session.exec(select(Trainee))]
            pictures = list(session.exec(select(IncidentPhoto).order_by(col(IncidentPhoto.digest))))
            assert [jpeg in one for one in (*kept, *(one.picture_sealed for one in pictures))].count(True) == 0
            assert [classes.photo(session, one) for one in (old, new)] == [(jpeg, "image/jpeg")] * 2
            assert [happenings.picture(one) for one in pictures] == [jpeg, b""]
    assert [line.endswith(": 0 under another key") for line in peikao("state")[1:]] == [True] * 7


def test_without_the_old_secret_nothing_that_was_left_behind_can_be_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, NEW)
    with database.reading() as session, pytest.raises(InvalidTag):
        readable(session, world)


def test_candidates_enter_before_during_and_after(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    seat = world.seats[0]
    assert enters(world, seat)
    use(monkeypatch, NEW, OLD)
    assert enters(world, seat)
    peikao("rotate")
    use(monkeypatch, NEW)
    assert enters(world, seat)
    with database.reading() as session:
        assert {one.key_id for one in session.exec(select(Seat))} == {sealing.person_key_id()}


def test_candidates_look_up_their_result_before_during_and_after(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        exams.sit(session, world, dict.fromkeys(world.seats, exams.Fate.PASSED), ("proctor1", "proctor2"))
        exams.publish(session, world, AFTER)
        seat = session.get_one(Seat, seat_id)
        key = looking.Key(seat.ticket_number, world.citizen_ids[seat.trainee_id][-6:])

    def looks() -> bool:
        with database.writing() as session:
            return looking.look(session, looking.enter(session, key, "here", now=AFTER), now=AFTER).seat.id == seat_id

    assert looks()
    use(monkeypatch, NEW, OLD)
    assert looks()
    peikao("rotate")
    use(monkeypatch, NEW)
    assert looks()


def test_what_is_new_lies_under_the_present_key(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, NEW, OLD)
    with database.writing() as session:
        made = administering.person_for(session, "新人", worlds.citizen_id(640))
        assert made.key_id == sealing.person_key_id()
        before = rotating.remaining(session, Person)
        moved, left = rotating.move_people(session, 4, now=PREPARED_AT)
        assert (moved, left) == (4, before - 4)


def test_each_batch_is_on_record_and_nothing_of_it_is_secret(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, NEW, OLD)
    peikao("rotate", "--batch", "1000")

    with database.reading() as session:
        of_keys = select(JournalEntry).where(JournalEntry.event == "KEYS_ROTATED")
        rows = list(session.exec(of_keys.order_by(col(JournalEntry.seq))))
    assert [row.subject for row in rows] == ["table:access_person", "table:programme_trainee", "table:sittings_seat"]
    for row in rows:
        data = json.loads(row.data)
        assert (set(data), data["key"], data["left"]) == ({"key", "rows", "left"}, sealing.person_key_id(), 0)
        assert NEW not in row.data and OLD not in row.data


def test_an_authenticator_goes_on_counting(staffed: World, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    client = browser.of("planner")
    secret = client.post("/api/v1/session/totp").json()["secret"]
    use(monkeypatch, NEW, OLD)
    peikao("rotate")
    use(monkeypatch, NEW)

    assert client.put("/api/v1/session/totp", json={"code": "x" * 6}).json()["code"] == "wrong_code"
    assert len(secret) == 32


def test_the_old_secrets_are_no_weaker_in_production() -> None:
    given = {"environment": "production", "secure_cookies": True}
    secrets = dict.fromkeys(("person_secret", "sealing_secret", "signing_secret"), "x" * 40)
    settings.Settings(**given, **secrets, person_secrets_before=["y" * 32])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="PEIKAO_PERSON_SECRETS_BEFORE"):
        settings.Settings(**given, **secrets, person_secrets_before=["short"])  # type: ignore[arg-type]
