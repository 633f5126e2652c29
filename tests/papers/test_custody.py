"""Any two custodians open a sealed paper with their passwords; the database, the operator and one person do not."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from sqlmodel import Session, select

from service import schema
from service.access import queries as access
from service.access.actions import custody as hands
from service.access.actions import entering, passwords
from service.access.actions.custody import Hand, OpenKey
from service.access.actions.holding import INSIDE
from service.access.queries import doors
from service.access.rules.duties import CUSTODIANS, Duty
from service.access.rules.lockout import FREE_TRIES
from service.access.rules.people import TraineeRole
from service.access.tables import Account, CustodyKey
from service.bank import queries as bank
from service.journal import queries as journal
from service.kernel import custody, database, errors, sealing, settings
from service.kernel.custody import KeyPair
from service.papers import queries
from service.papers.actions import opening, sharing
from service.papers.rules import custodians
from service.papers.rules.custodians import Standing
from service.papers.rules.states import Form
from service.papers.tables import Opening, PaperForm, Share
from service.sittings.actions import proctoring
from tests import world as worlds
from tests.conftest import Browser, Clock
from tests.papers.test_sealing import columns_holding
from tests.world import OPENING_AT, PASSWORD, PREPARED_AT, World

ANOTHER = "another-password-for-tests"


def tries(session: Session, username: str) -> int:
    """The wrong passwords counted within the sessions of an account."""
    return doors.tries(session, account(session, username).id or 0, INSIDE).failures


def form_of(session: Session, world: World, letter: Form = Form.A) -> PaperForm:
    return queries.forms(session, world.paper_id)[letter]


def account(session: Session, username: str) -> Account:
    found = access.account_by_username(session, username)
    assert found is not None
    return found


def key_of(session: Session, username: str) -> CustodyKey:
    found = access.custody_key(session, account(session, username).id or 0)
    assert found is not None and found.id is not None
    return found


def lay(session: Session, world: World, username: str, hand: Hand) -> str:
    """A hand on the world's sitting: the code of the decision, or that the paper is open."""
    actor = world.actor(session, username)
    decision, opened = proctoring.open_paper(session, actor, world.sitting_id, hand, now=OPENING_AT)
    return "opened" if opened else decision.code


def right(session: Session, world: World, username: str) -> Hand:
    return worlds.hand(session, world.actor(session, username))


# --- keys ---


def test_whoever_may_open_papers_gets_one_key_by_signing_in_and_nobody_else_does(
    staffed: World, browser: Browser
) -> None:
    with database.writing() as session:
        for key in session.exec(select(CustodyKey)):
            session.delete(key)

    for username in ("proctor1", "custodian1", "arranger"):
        browser.of(username)
    browser.clients.clear()
    browser.of("proctor1")

    with database.reading() as session:
        owners = {session.get_one(Account, key.account_id).username for key in session.exec(select(CustodyKey))}
        assert owners == {"proctor1", "custodian1"}
        assert len(list(session.exec(journal.entries(event="CUSTODY_KEY_MADE")))) >= 2


def test_a_key_opens_to_its_password_alone(staffed: World) -> None:
    with database.reading() as session:
        row = key_of(session, "proctor1")
        pair = KeyPair(row.public, row.locked, row.salt)

    private = custody.unlock(pair, PASSWORD)

    assert custody.lock(private, ANOTHER).public == pair.public
    for wrong in (ANOTHER, "", PASSWORD + " "):
        with pytest.raises(InvalidTag):
            custody.unlock(pair, wrong)


def test_a_changed_password_keeps_the_key_and_a_reset_one_retires_it(world: World) -> None:
    with database.writing() as session:
        actor = world.actor(session, "proctor1")
        before = key_of(session, "proctor1").public
        renewal = passwords.prepare(session, actor, PASSWORD, ANOTHER)
        assert passwords.change(session, actor, renewal, "", now=PREPARED_AT).allowed
        assert key_of(session, "proctor1").public == before
        assert hands.step_up(session, actor, PASSWORD) == Hand()
        assert hands.step_up(session, actor, ANOTHER).key is not None

        for username in ("proctor1", "proctor2"):
            of, by = account(session, username), world.actor(session, "administrator")
            passwords.reset(session, by, of.id or 0, entering.PASSWORDS.hash(ANOTHER), "忘记密码", now=PREPARED_AT)
            assert access.custody_key(session, of.id or 0) is None
            # The administrator signs in with the password just given, and gets no key.
            assert hands.pair_for(session, username, ANOTHER, of.password_hash) is None
            # Nor would another one open what was sealed before.
            worlds.has_chosen(session, of)
            pair = hands.pair_for(session, username, ANOTHER, of.password_hash)
            assert pair is not None
            hands.keep_pair(session, username, pair, now=PREPARED_AT)
        for username in ("proctor1", "proctor2"):
            given = hands.step_up(session, world.actor(session, username), ANOTHER)
            assert given.key is not None
            assert lay(session, world, username, given) == "no_share"
        assert queries.openers(session, form_of(session, world).id or 0) == frozenset()


def test_wrong_and_short_passwords_change_nothing(world: World) -> None:
    with database.writing() as session:
        actor, before = world.actor(session, "proctor1"), account(session, "proctor1").password_hash
        with pytest.raises(errors.Refused, match=r"^password_short:"):
            passwords.prepare(session, actor, PASSWORD, "short")
        renewal = passwords.prepare(session, actor, "wrong", ANOTHER)
        assert passwords.change(session, actor, renewal, "", now=PREPARED_AT).code == "wrong_password"
        found = account(session, "proctor1")
        assert (found.password_hash, tries(session, "proctor1")) == (before, 1)
        with pytest.raises(errors.RightMissing):
            passwords.reset(session, actor, found.id or 0, "x", "忘记密码", now=PREPARED_AT)


# --- sealing ---


def person(number: int, county: str = "", *, keyed: bool = True, name: str = "") -> Standing:
    return Standing(number, name or f"人{number}", keyed, county == "", county)


@pytest.mark.parametrize(
    ("standing", "code", "pairs"),
    [
        pytest.param([person(1), person(2)], "allowed", 1, id="two of the bureau"),
        pytest.param([person(1, "甲"), person(2, "甲"), person(3, "甲")], "allowed", 3, id="three of one county"),
        pytest.param([person(1, "甲"), person(2, "乙")], "custodians_missing", 0, id="one each of two counties"),
        pytest.param([person(1), person(2, "甲")], "custodians_missing", 0, id="one of the bureau, one of a county"),
        pytest.param([person(1, "丙"), person(2, "丙")], "custodians_missing", 0, id="two of a county elsewhere"),
        pytest.param([person(1), person(1)], "custodians_missing", 0, id="one person's two accounts"),
        pytest.param([person(1), person(2, keyed=False)], "custodians_not_signed_in", 0, id="one has to sign in"),
        pytest.param([], "custodians_missing", 0, id="nobody"),
    ],
)
def test_a_paper_is_sealed_only_where_two_could_open_it(standing: list[Standing], code: str, pairs: int) -> None:
    counties = frozenset({"甲", "乙"})
    assert custodians.may_seal(standing, counties).code == code
    assert custodians.complete_pairs(standing, counties) == pairs


def test_the_refusal_to_seal_names_who_still_has_to_sign_in() -> None:
    waiting = [person(1), person(2, keyed=False, name="乙某"), person(3, "丙", keyed=False, name="丙某")]
    assert custodians.may_seal(waiting, frozenset({"甲"})).values == {"people": "乙某"}


def test_an_account_that_is_excluded_from_the_class_holds_nothing_of_its_paper(world: World) -> None:
    with database.reading() as session:
        held = {row.key_id for row in session.exec(select(Share))}
        keyed = {key_of(session, one).id for one, (_, duty) in worlds.STAFF.items() if duty in CUSTODIANS}
        assert held == keyed
        people = {Duty.ASSEMBLE: "assembler", Duty.APPROVE: "approver"}
        for duty, username in people.items():
            assert duty in access.deeds_on(session, f"class:{world.class_id}", account(session, username).person_id)


# --- who opens it, and who does not ---


def everything_of(session: Session, form_id: int) -> Iterator[bytes]:
    """All that lies in the database for a form, without the operator's layer where there is one."""
    for row in session.exec(select(Share).where(Share.form_id == form_id)):
        place = f"papers_share:{form_id}/{row.key_id}"
        yield sealing.decrypt(row.sealed, sealing.operator_key("shares"), bound_to=place)


def test_neither_the_database_with_the_operators_secret_nor_one_custodian_has_it(world: World) -> None:
    with database.reading() as session:
        form = form_of(session, world)
        assert form.sealed is not None and form.id is not None
        candidates = [sealing.operator_key(purpose) for purpose in ("shares", "waiting", "questions", "answers")]
        candidates += [
            sealing.paper_key(place, salt) for place in (form.paper_id, world.class_id) for salt in (b"", b"seed")
        ]
        envelopes = list(everything_of(session, form.id))
        assert len(envelopes) == 5
        # One custodian, with password, database and the operator's secret: halves, each random by itself.
        mine = right(session, world, "proctor1").key
        assert mine is not None
        halves = sharing.read_share(session, form.id, mine.id, mine.private)
        assert halves is not None and len(halves) == 4
        candidates += [half[:32] for half in halves.values()] + [half[32:] for half in halves.values()]
        for key in candidates:
            with pytest.raises(InvalidTag):
                sealing.decrypt(form.sealed, key, bound_to=f"papers_form:{form.id}")
        # Nor does that one read what is another's.
        other = key_of(session, "proctor2").id
        with pytest.raises(InvalidTag):
            sharing.read_share(session, form.id, other or 0, mine.private)


def test_any_two_of_the_custodians_have_the_form_together(world: World) -> None:
    with database.reading() as session:
        form = form_of(session, world)
        assert form.sealed is not None and form.id is not None
        keys = {
            username: right(session, world, username).key
            for username, (_, duty) in worlds.STAFF.items()
            if duty in CUSTODIANS
        }
        for first in keys.values():
            for second in keys.values():
                assert first is not None and second is not None
                if first.id == second.id:
                    continue
                secrets = joined(session, form.id, first, second)
                plain = sealing.decrypt(form.sealed, secrets.questions, bound_to=f"papers_form:{form.id}")
                assert sealing.digest(plain) == form.commitment
                assert sealing.digest(form.commitment.encode() + form.sealed) == form.digest
                with pytest.raises(InvalidTag):
                    sealing.decrypt(form.sealed, secrets.answers, bound_to=f"papers_form:{form.id}")


def joined(session: Session, form_id: int, first: OpenKey, second: OpenKey) -> sharing.Secrets:
    theirs = sharing.read_share(session, form_id, first.id, first.private)
    mine = sharing.read_share(session, form_id, second.id, second.private)
    assert theirs is not None and mine is not None
    found = sharing.join_waiting(sharing.keep_waiting(theirs, form_id, first.id), form_id, first.id, second.id, mine)
    assert found is not None
    return found


def test_the_seed_of_a_sealed_paper_is_not_the_operators_to_read(world: World) -> None:
    with database.reading() as session:
        paper = queries.paper(session, world.paper_id)
        assert paper is not None
        with pytest.raises(InvalidTag):
            sealing.decrypt(
                paper.seed_sealed, sealing.paper_key(paper.class_id, b"seed"), bound_to=f"seed:{paper.class_id}"
            )


# --- hands ---


Given = Callable[[Session, World], Hand]


@pytest.mark.parametrize(
    ("username", "given", "code"),
    [
        pytest.param("proctor1", lambda session, world: right(session, world, "proctor1"), "allowed", id="right"),
        pytest.param("proctor1", lambda session, world: Hand(), "wrong_password", id="wrong password"),
        pytest.param(
            "proctor1",
            lambda session, world: Hand(account(session, "proctor1").password_hash),
            "no_share",
            id="no key that the password opens",
        ),
        pytest.param(
            "proctor1",
            lambda session, world: right(session, world, "proctor2"),
            "wrong_password",
            id="somebody else's password",
        ),
    ],
)
def test_a_hand_counts_with_its_own_password_and_key(world: World, username: str, given: Given, code: str) -> None:
    with database.writing() as session:
        assert lay(session, world, username, given(session, world)) == code
        form_id = form_of(session, world).id or 0
        assert len(queries.openers(session, form_id)) == (code == "allowed")
        waiting = [row.waiting for row in session.exec(select(Opening))]
        assert [one is not None for one in waiting] == [True] * len(waiting)
        assert tries(session, username) == (code == "wrong_password")


def test_five_wrong_passwords_at_the_seal_lock_the_account_and_the_right_one_opens_nothing_then(world: World) -> None:
    with database.writing() as session:
        codes = [lay(session, world, "proctor1", Hand()) for _ in range(FREE_TRIES)]
        assert codes == ["wrong_password"] * FREE_TRIES
        assert lay(session, world, "proctor1", right(session, world, "proctor1")) == "account_locked"
        assert len(list(session.exec(journal.entries(event="SIGN_IN_FAILED")))) == FREE_TRIES


def test_nothing_waits_any_more_once_the_second_hand_has_opened(world: World) -> None:
    with database.writing() as session:
        codes = [lay(session, world, one, right(session, world, one)) for one in ("proctor1", "proctor2")]
        assert codes == ["allowed", "opened"]
        assert [row.waiting for row in session.exec(select(Opening))] == [None, None]
        assert len(opening.read_opened(session, form_of(session, world).id or 0)) == 50


def test_the_intent_is_on_record_before_a_wrong_password_and_the_password_nowhere(
    world: World, browser: Browser, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    clock.set(OPENING_AT)
    path = f"/api/v1/sittings/{world.sitting_id}/opening"

    reply = browser.of("proctor1").post(path, json={"password": ANOTHER})
    missing = browser.of("proctor1").post(path)
    strange = browser.of("proctor_elsewhere").post(path, json={"password": PASSWORD})

    assert (reply.status_code, reply.json()["code"]) == (403, "wrong_password")
    assert (missing.status_code, strange.status_code) == (422, 404)
    with database.reading() as session:
        entries = journal.about(session, f"paper:{world.paper_id}")
        assert [one.event for one in entries if "OPEN" in one.event] == [
            "PAPER_OPENING_INTENDED",
            "PAPER_OPENING_ATTEMPTED",
        ]
        assert not any(ANOTHER in one.data for one in session.exec(journal.entries()))
    assert ANOTHER not in caplog.text


# --- no word stays ---


def files_of(url: str) -> bytes:
    """The bytes of an SQLite database and of the files beside it."""
    place = Path(url.removeprefix("sqlite:///"))
    return b"".join(path.read_bytes() for path in sorted(place.parent.glob(f"{place.name}*")))


def on_sqlite() -> str:
    url = settings.current().database_url
    if not url.startswith("sqlite"):
        pytest.skip("PostgreSQL frees the room of deleted rows when it vacuums")
    return url


def empty_the_log() -> None:
    with database.engine().connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def test_what_the_service_deletes_is_overwritten(world: World) -> None:
    url, marker = on_sqlite(), "不该留下的字"
    with database.writing() as session:
        session.connection().exec_driver_sql("CREATE TABLE planted (words TEXT)")
        for number in range(200):
            session.connection().exec_driver_sql("INSERT INTO planted VALUES (?)", (f"{marker}{number}" * 40,))
    empty_the_log()
    assert files_of(url).count(marker.encode()) >= 200 * 40, "the search finds what is there"

    with database.writing() as session:
        session.connection().exec_driver_sql("DELETE FROM planted")
    empty_the_log()

    assert files_of(url).count(marker.encode()) == 0


def test_without_the_bank_no_byte_of_the_files_says_a_word_of_the_sealed_items(world: World) -> None:
    url = on_sqlite()
    with database.reading() as session:
        stems = [text.stem.encode() for _, text in bank.eligible(session, TraineeRole.TEAM_LEADER, OPENING_AT.date())]
    empty_the_log()
    assert len(stems) >= 100 and all(stem in files_of(url) for stem in stems[:20]), "the search finds what is there"

    with database.engine().connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        for table in reversed(schema.metadata.sorted_tables):
            if table.name.startswith("bank_"):
                connection.exec_driver_sql(f"DELETE FROM {table.name}")
        connection.commit()
        connection.exec_driver_sql("PRAGMA foreign_keys=ON")
    empty_the_log()

    assert [stem.decode() for stem in stems if stem in files_of(url)] == []


def test_stems_are_in_the_banks_rows_and_in_no_other_table_of_a_dump(world: World) -> None:
    with database.reading() as session:
        texts = [text for _, text in bank.eligible(session, TraineeRole.TEAM_LEADER, OPENING_AT.date())][:5]
        assert len(texts) == 5
        for text in texts:
            assert columns_holding(session, text.stem, "bank_") == {"bank_item_version.stem"}
            for place in ("papers_", "access_", "sittings_", "results_", "programme_", "journal_"):
                assert columns_holding(session, text.stem, place) == set()
