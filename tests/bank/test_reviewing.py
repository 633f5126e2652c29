"""Submitting and reviewing items on a real database, with two people and no way around them."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from functools import cache

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from service.access.actions import administering
from service.access.rules.people import TraineeRole
from service.access.rules.policy import Duty
from service.bank import queries
from service.bank.actions import files, reading, reviewing
from service.bank.actions.files import EditionText, SubjectText
from service.bank.queries import standing
from service.bank.rules.items import ItemText, Kind, Level, State
from service.bank.tables import ItemVersion
from service.journal import queries as journal
from service.kernel import database, errors, settings
from tests import world as worlds
from tests.world import PREPARED_AT, World

LEADER, OFFICER = TraineeRole.TEAM_LEADER, TraineeRole.SAFETY_OFFICER
TEXT = ItemText(
    code="CMS-001",
    kind=Kind.TRUE_FALSE,
    stem="井下可以带电检修电气设备。",
    options={},
    key="F",
    explanation="依据该条，不得带电检修。",
    edition="coal-mine-safety-regulations-2022",
    article=442,
    roles=(LEADER, OFFICER),
    difficulty=2,
)
SUCCESSOR = replace(
    TEXT, code="CMS-002", edition="coal-mine-safety-regulations-2025", stem="井下不得带电检修。", key="T"
)
LATER = PREPARED_AT + timedelta(minutes=1)


@cache
def editions() -> tuple[EditionText, ...]:
    return files.read(settings.ROOT / "question_bank").editions


@cache
def subjects() -> tuple[SubjectText, ...]:
    return files.read(settings.ROOT / "question_bank").subjects


def submit(session: Session, world: World, *texts: ItemText, by: str = "author") -> reviewing.Submitted:
    """Editions and items, as an author brings them."""
    author = world.actor(session, by)
    reviewing.load_editions(session, author, editions(), now=PREPARED_AT)
    return reviewing.submit_items(session, author, texts, now=PREPARED_AT)


def review(session: Session, world: World, version_id: int, *, approve: bool, reason: str = "") -> ItemVersion:
    reviewer = world.actor(session, "reviewer")
    version = session.get_one(ItemVersion, version_id)
    if approve and version.state == State.SUBMITTED and not standing.trial(session, version_id, reviewer.person_id):
        reading.answer_item(session, reviewer, version_id, version.key, now=LATER)
    return reviewing.review_item(session, reviewer, version_id, approve=approve, reason=reason, now=LATER)


def approve_all(session: Session, world: World) -> None:
    for version_id in queries.awaiting_review(session):
        review(session, world, version_id, approve=True)


def versions(session: Session, code: str = TEXT.code) -> list[tuple[int, str, str]]:
    """(number, stem, state) of every version of an item."""
    item = queries.item_codes(session)[code]
    statement = select(ItemVersion).where(ItemVersion.item_id == item.id).order_by(ItemVersion.number)  # type: ignore[arg-type]
    return [(row.number, row.stem, row.state) for row in session.exec(statement)]


def events(session: Session) -> Counter[str]:
    return Counter(entry.event for entry in session.exec(journal.entries()))


# --- submitting ---


def test_a_new_item_is_submitted_once_and_the_same_again_changes_nothing(staffed: World) -> None:
    with database.writing() as session:
        assert submit(session, staffed, TEXT) == reviewing.Submitted((TEXT.code,), (), 0)
    with database.writing() as session:
        before = events(session)
        assert submit(session, staffed, TEXT) == reviewing.Submitted((), (), 1)

        assert versions(session) == [(1, TEXT.stem, State.SUBMITTED)]
        assert events(session) == before


def test_a_changed_text_is_a_new_version_and_the_old_one_stays_as_it_was(staffed: World) -> None:
    changed = replace(TEXT, stem="井下电气设备可以带电检修。")
    with database.writing() as session:
        submit(session, staffed, TEXT)
        approve_all(session, staffed)
        old = queries.newest_versions(session)[TEXT.code][1].model_dump()

        assert submit(session, staffed, changed) == reviewing.Submitted((), (TEXT.code,), 0)

    with database.reading() as session:
        assert versions(session) == [(1, TEXT.stem, State.APPROVED), (2, changed.stem, State.SUBMITTED)]
        kept = queries.version(session, old["id"])
        assert kept is not None and kept[1].model_dump() == old


def test_going_back_to_an_older_text_is_a_version_too(staffed: World) -> None:
    with database.writing() as session:
        submit(session, staffed, TEXT)
        submit(session, staffed, replace(TEXT, difficulty=3))
        submit(session, staffed, TEXT)

        assert [number for number, _, _ in versions(session)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param(replace(TEXT, code="CMS-009", edition="nowhere-1999"), "edition_unknown", id="unknown edition"),
        pytest.param(replace(TEXT, code="CMS-009", key="A"), "item_faulty", id="faulty key"),
        pytest.param(replace(TEXT, code="CMS-009", article=722), "item_faulty", id="no such article"),
    ],
)
def test_one_faulty_item_keeps_the_whole_submission_out(staffed: World, text: ItemText, code: str) -> None:
    with database.writing() as session:
        submit(session, staffed)
        with pytest.raises(errors.Malformed, match=f"^{code}:"):
            submit(session, staffed, TEXT, text)

        assert queries.item_codes(session) == {}
        submit(session, staffed, TEXT)
        assert set(queries.item_codes(session)) == {TEXT.code}


def test_an_item_twice_in_one_submission_is_refused_by_name(staffed: World) -> None:
    with database.writing() as session:
        with pytest.raises(errors.Malformed, match=rf"^item_repeated:.*{TEXT.code}"):
            submit(session, staffed, TEXT, SUCCESSOR, replace(TEXT, difficulty=4))
        assert queries.item_codes(session) == {}


def test_a_submission_is_one_entry_of_the_journal_with_the_digests(staffed: World) -> None:
    with database.writing() as session:
        submit(session, staffed, TEXT, SUCCESSOR)
        digests = {code: version.digest for code, (_, version) in queries.newest_versions(session).items()}

        (entry,) = session.exec(journal.entries(event="ITEMS_SUBMITTED"))

    assert set(digests) == {TEXT.code, SUCCESSOR.code}
    assert all(f'"{code}":"{digest}"' in entry.data for code, digest in digests.items())
    assert entry.actor == f"account:{staffed.accounts['author']}"


def test_nobody_but_an_author_submits(staffed: World) -> None:
    with database.writing() as session:
        for username in {"administrator", *worlds.STAFF} - {"author"}:
            with pytest.raises(errors.RightMissing):
                reviewing.submit_items(session, staffed.actor(session, username), [], now=PREPARED_AT)
        assert submit(session, staffed, TEXT).new == (TEXT.code,)


# --- reviewing ---


@pytest.mark.parametrize(
    ("approve", "state", "event"),
    [
        pytest.param(True, State.APPROVED, "ITEM_APPROVED", id="approved"),
        pytest.param(False, State.REJECTED, "ITEM_REJECTED", id="rejected"),
    ],
)
def test_a_judged_version_is_judged_for_good(staffed: World, approve: bool, state: State, event: str) -> None:
    with database.writing() as session:
        submit(session, staffed, TEXT)
        (waiting,) = queries.awaiting_review(session)

        version = review(session, staffed, waiting, approve=approve, reason="条号已核对")

        assert (version.state, version.review_reason, version.reviewed_at) == (state, "条号已核对", LATER)
        assert queries.awaiting_review(session) == []
        assert (events(session)["ITEM_APPROVED"], events(session)["ITEM_REJECTED"]) == (approve, not approve)
        for again in (True, False):
            with pytest.raises(errors.WrongState, match=r"^item_state:"):
                review(session, staffed, waiting, approve=again)
        assert version.state == state
        assert [row[2] for row in versions(session)] == [state]


def test_a_rejected_item_comes_back_as_a_new_version(staffed: World) -> None:
    with database.writing() as session:
        submit(session, staffed, TEXT)
        review(session, staffed, queries.awaiting_review(session)[0], approve=False, reason="题干不严谨")
        submit(session, staffed, replace(TEXT, stem="井下可以带电检修、搬迁电气设备。"))
        approve_all(session, staffed)

        assert [(number, state) for number, _, state in versions(session)] == [
            (1, State.REJECTED),
            (2, State.APPROVED),
        ]


def test_a_version_that_was_overtaken_waits_for_nobody_and_is_judged_by_nobody(staffed: World) -> None:
    with database.writing() as session:
        submit(session, staffed, TEXT)
        (overtaken,) = queries.awaiting_review(session)
        submit(session, staffed, replace(TEXT, difficulty=4))
        (newest,) = queries.awaiting_review(session)

        assert newest != overtaken
        with pytest.raises(errors.WrongState, match=r"^version_superseded:"):
            review(session, staffed, overtaken, approve=True)
        assert review(session, staffed, newest, approve=True).state == State.APPROVED
        assert [state for _, _, state in versions(session)] == [State.SUBMITTED, State.APPROVED]


def second_account(session: Session, world: World, of: str, username: str, duty: Duty) -> None:
    """Another account of the same natural person, with another duty."""
    admin = world.actor(session, "administrator")
    number = 901 + list(worlds.STAFF).index(of)
    account = administering.open_account(
        session,
        admin,
        organisation_id=world.organisations["bureau"],
        name=of,
        citizen_id=worlds.citizen_id(number),
        username=username,
        password_hash=worlds.hashed(),
        now=PREPARED_AT,
    )
    administering.grant_duty(session, worlds.security(session), account.id or 0, duty, now=PREPARED_AT)


def test_an_author_does_not_review_the_own_item_under_any_account(staffed: World) -> None:
    with database.writing() as session:
        second_account(session, staffed, "author", "author_too", Duty.REVIEW)
        submit(session, staffed, TEXT)
        (waiting,) = queries.awaiting_review(session)
        with pytest.raises(errors.RightMissing):
            reviewing.review_item(
                session, staffed.actor(session, "author"), waiting, approve=True, reason="", now=LATER
            )
        other = staffed.actor(session, "author_too")
        assert Duty.REVIEW in other.duties

        with pytest.raises(errors.Refused, match=r"^deeds_exclude:"):
            reviewing.review_item(session, other, waiting, approve=True, reason="", now=LATER)

        assert [state for _, _, state in versions(session)] == [State.SUBMITTED]
        # The account reviews what somebody else wrote: it was the item that was refused, not the account.
        second_account(session, staffed, "assembler", "assembler_writes", Duty.AUTHOR)
        submit(session, staffed, SUCCESSOR, by="assembler_writes")
        theirs = next(one for one in queries.awaiting_review(session) if one != waiting)
        assert worlds.approve_item(session, other, theirs, now=LATER).state == State.APPROVED


def test_a_reviewer_does_not_write_the_next_version_of_an_item_they_judged(staffed: World) -> None:
    with database.writing() as session:
        second_account(session, staffed, "reviewer", "reviewer_writes", Duty.AUTHOR)
        submit(session, staffed, TEXT)
        review(session, staffed, queries.awaiting_review(session)[0], approve=False, reason="题干不严谨")

        with pytest.raises(errors.Refused, match=r"^deeds_exclude:"):
            submit(session, staffed, replace(TEXT, difficulty=4), by="reviewer_writes")


# --- eligibility ---


def codes(session: Session, day: date, role: TraineeRole = LEADER) -> list[str]:
    return [text.code for _, text in queries.eligible(session, role, day)]


def test_when_an_edition_is_repealed_its_items_stop_that_day_and_the_new_editions_begin(staffed: World) -> None:
    with database.writing() as session:
        submit(session, staffed, TEXT, SUCCESSOR)
        assert codes(session, date(2026, 1, 31)) == [], "nothing is eligible before its review"
        approve_all(session, staffed)

        assert {day: codes(session, day) for day in (date(2022, 3, 31), date(2026, 1, 31), date(2026, 2, 1))} == {
            date(2022, 3, 31): [],
            date(2026, 1, 31): [TEXT.code],
            date(2026, 2, 1): [SUCCESSOR.code],
        }


def test_a_repeal_that_becomes_known_later_takes_effect_by_itself(staffed: World) -> None:
    repealed = [
        replace(edition, repealed_on=date(2027, 1, 1)) if edition.slug == SUCCESSOR.edition else edition
        for edition in editions()
    ]
    with database.writing() as session:
        submit(session, staffed, SUCCESSOR)
        approve_all(session, staffed)
        assert codes(session, date(2027, 1, 1)) == [SUCCESSOR.code]

        author = staffed.actor(session, "author")
        assert reviewing.load_editions(session, author, repealed, now=LATER) == 1
        assert reviewing.load_editions(session, author, repealed, now=LATER) == 0

        assert codes(session, date(2026, 12, 31)) == [SUCCESSOR.code]
        assert codes(session, date(2027, 1, 1)) == []


def test_the_newest_approved_version_is_the_one_that_is_asked(staffed: World) -> None:
    day = date(2025, 1, 1)
    with database.writing() as session:
        submit(session, staffed, TEXT)
        approve_all(session, staffed)
        submit(session, staffed, replace(TEXT, stem="第二稿：井下可以带电检修。"))
        assert [text.stem for _, text in queries.eligible(session, LEADER, day)] == [TEXT.stem], "not yet approved"
        approve_all(session, staffed)

        assert [text.stem for _, text in queries.eligible(session, LEADER, day)] == ["第二稿：井下可以带电检修。"]


def test_a_role_that_the_newest_version_no_longer_names_is_not_asked_an_older_one(staffed: World) -> None:
    day = date(2025, 1, 1)
    with database.writing() as session:
        submit(session, staffed, TEXT)
        approve_all(session, staffed)
        assert (codes(session, day, LEADER), codes(session, day, OFFICER)) == ([TEXT.code], [TEXT.code])
        submit(session, staffed, replace(TEXT, roles=(OFFICER,)))
        approve_all(session, staffed)

        assert (codes(session, day, LEADER), codes(session, day, OFFICER)) == ([], [TEXT.code])


def test_what_is_eligible_carries_everything_the_author_said_in_two_statements(staffed: World) -> None:
    tagged = replace(
        TEXT,
        level=Level.APPLY,
        subject="gas",
        enemies=("live-work", "repairs"),
        tags=("计算",),
        roles=(OFFICER, LEADER),
    )
    with database.writing() as session:
        reviewing.load_subjects(session, staffed.actor(session, "author"), subjects(), now=PREPARED_AT)
        submit(session, staffed, tagged, replace(TEXT, code="CMS-003", stem="井下可以带电搬迁设备。"))
        approve_all(session, staffed)
        session.expire_all()

        with counted(session) as statements:
            found = [text for _, text in queries.eligible(session, LEADER, date(2025, 1, 1))]

        assert found == [tagged, replace(TEXT, code="CMS-003", stem="井下可以带电搬迁设备。")]
        assert len(statements) == 2


@contextmanager
def counted(session: Session) -> Iterator[list[str]]:
    """Every statement that a session sends meanwhile."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    sa.event.listen(session.connection(), "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(session.connection(), "before_cursor_execute", note)


# --- subjects ---


def test_a_subject_that_is_not_in_the_catalogue_is_refused_by_the_action_and_by_the_database(staffed: World) -> None:
    with database.writing() as session:
        submit(session, staffed, TEXT)
        with pytest.raises(errors.Malformed, match=r"^subject_unknown:.*CMS-009"):
            submit(session, staffed, replace(TEXT, code="CMS-009", subject="gas"))
        row = queries.newest_versions(session)[TEXT.code][1]
        for name, value in (("subject_slug", "gas"), ("level", "guess")):
            with pytest.raises(sa.exc.IntegrityError), session.begin_nested():
                session.execute(sa.update(ItemVersion).where(ItemVersion.id == row.id).values({name: value}))  # type: ignore[arg-type]

        reviewing.load_subjects(session, staffed.actor(session, "author"), subjects(), now=PREPARED_AT)
        assert submit(session, staffed, replace(TEXT, code="CMS-009", subject="gas")).new == ("CMS-009",)


def test_nobody_but_an_author_loads_subjects(staffed: World) -> None:
    with database.writing() as session:
        for username in {"administrator", *worlds.STAFF} - {"author"}:
            with pytest.raises(errors.RightMissing):
                reviewing.load_subjects(session, staffed.actor(session, username), subjects(), now=PREPARED_AT)
        assert queries.subjects(session) == {}

        author = staffed.actor(session, "author")
        assert reviewing.load_subjects(session, author, subjects(), now=PREPARED_AT) == len(subjects())
        assert list(queries.subjects(session)) == [subject.slug for subject in subjects()]
        assert events(session)["SUBJECTS_LOADED"] == 1


# --- reading ---


def test_an_item_read_with_its_key_is_on_record_and_only_for_those_who_may(staffed: World) -> None:
    with database.writing() as session:
        submit(session, staffed, TEXT)
        (waiting,) = queries.awaiting_review(session)
        for username in ("assembler", "approver", "institution", "auditor", "administrator"):
            with pytest.raises(errors.RightMissing):
                reading.read_item(session, staffed.actor(session, username), waiting, now=LATER)
        assert events(session)["ITEM_READ"] == 0

        reviewer = staffed.actor(session, "reviewer")
        with pytest.raises(errors.WrongState, match=r"^answer_first:"):
            reading.read_item(session, reviewer, waiting, now=LATER)
        reading.answer_item(session, reviewer, waiting, "T", now=LATER)
        item, version = reading.read_item(session, reviewer, waiting, now=LATER)

        assert version.key == TEXT.key
        (entry,) = session.exec(journal.entries(event="ITEM_READ"))
        assert (entry.actor, entry.subject) == (f"account:{staffed.accounts['reviewer']}", f"item:{item.id}")
