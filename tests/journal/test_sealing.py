"""Sealing the record: heads, their keys and their codes."""

from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from sqlmodel import Session, col, select

from service import sweeping
from service.journal.actions import heads
from service.journal.queries import tree as queries
from service.journal.rules import heads as rules
from service.journal.rules import tree
from service.journal.tables import JournalEntry
from service.kernel import database, sealing, settings
from service.results.actions import marking, publishing
from tests import world as worlds
from tests.journal.merkle import append
from tests.world import World

NOW = worlds.PREPARED_AT


def test_a_head_is_signed_over_its_text_and_no_other(empty_url: str) -> None:
    with database.writing() as session:
        append(session, 3)
        head = heads.seal_head(session, now=NOW)
        (key,) = queries.keys(session)

    assert head is not None and (head.size, head.at, head.key_id) == (3, NOW.isoformat("T", "microseconds"), key.key_id)
    text = rules.text(rules.Head(head.size, head.root, head.at, head.key_id))
    assert text == f"peikao journal head v1\n3\n{head.root}\n{head.at}\n{key.key_id}\n".encode()
    public = bytes.fromhex(key.public_key)
    sealing.verify_ed25519(public, text, bytes.fromhex(head.signature))
    with pytest.raises(InvalidSignature):
        sealing.verify_ed25519(public, text.replace(b"\n3\n", b"\n4\n"), bytes.fromhex(head.signature))


def test_there_is_one_head_for_one_size(empty_url: str) -> None:
    with database.writing() as session:
        assert heads.seal_head(session, now=NOW) is None
        append(session, 2)
        first = heads.seal_head(session, now=NOW)
        again = heads.seal_head(session, now=worlds.AFTER)

    assert first is not None and again is not None and (first.size, first.at) == (again.size, again.at)


def test_the_sweep_seals_what_is_new_and_only_that(empty_url: str) -> None:
    def sizes() -> list[int]:
        with database.reading() as session:
            return [one.size for one in session.exec(queries.heads())]

    sweeping.seal_what_is_new()
    assert sizes() == []
    # More blocks than are carried on at once.
    with database.writing() as session:
        append(session, tree.WIDTH * (heads.BLOCKS_AT_ONCE + 2))
    sweeping.seal_what_is_new()
    sweeping.seal_what_is_new()
    assert sizes() == [tree.WIDTH * (heads.BLOCKS_AT_ONCE + 2)]


def test_publishing_and_signing_a_room_record_seal_the_journal(world: World) -> None:
    def newest(session: Session, event: str) -> tuple[int, int]:
        head = queries.newest(session)
        last = select(JournalEntry.seq).where(JournalEntry.event == event).order_by(col(JournalEntry.seq).desc())
        return session.exec(last).first() or 0, head.size if head is not None else 0

    with database.writing() as session:
        worlds.begin_exam(session, world)
        marking.hand_in_overdue(session, now=worlds.AFTER)
        assert newest(session, "SEAT_MARKED")[1] == 0

        worlds.sign_record(session, world)
        signed, size = newest(session, "ROOM_RECORD_CONFIRMED")
        assert 0 < signed <= size

        publishing.confirm_results(session, world.actor(session, "confirmer"), world.class_id, now=worlds.AFTER)
        publishing.publish_results(session, world.actor(session, "publisher"), world.class_id, now=worlds.AFTER)
        published, larger = newest(session, "RESULTS_PUBLISHED")
        assert size < published <= larger


# --- keys ---


@pytest.fixture
def key_file(empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ed25519.Ed25519PrivateKey:
    """A key of the operator's own; what was signed before was signed with the derived one."""
    with database.writing() as session:
        append(session, 1)
        heads.seal_head(session, now=NOW)
    private = ed25519.Ed25519PrivateKey.generate()
    write_key(tmp_path, private)
    monkeypatch.setenv("PEIKAO_JOURNAL_KEY_FILE", str(tmp_path / "key.pem"))
    settings.current.cache_clear()
    return private


def write_key(folder: Path, private: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey) -> None:
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "key.pem").write_bytes(private.private_bytes(*form))


def test_a_new_key_signs_and_the_old_one_stays_listed(key_file: ed25519.Ed25519PrivateKey) -> None:
    with database.writing() as session:
        append(session, 1)
        head = heads.seal_head(session, now=worlds.AFTER)
        listed = queries.keys(session)

    assert head is not None and listed[0].key_id == head.key_id
    assert listed[0].public_key == key_file.public_key().public_bytes_raw().hex()
    assert len({one.key_id for one in listed}) == len(listed) == 2
    assert sealing.ed25519_pem(bytes.fromhex(listed[0].public_key)).startswith("-----BEGIN PUBLIC KEY-----\n")


def test_a_key_of_another_kind_is_refused(
    key_file: ed25519.Ed25519PrivateKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    write_key(tmp_path / "other", ec.generate_private_key(ec.SECP256R1()))
    monkeypatch.setenv("PEIKAO_JOURNAL_KEY_FILE", str(tmp_path / "other" / "key.pem"))
    settings.current.cache_clear()

    with pytest.raises(ValueError, match="does not hold an Ed25519 key"):
        sealing.journal_key()


# --- codes ---


def test_a_code_is_sixteen_letters_that_are_read_back_however_they_are_typed(empty_url: str) -> None:
    with database.writing() as session:
        append(session, 1)
        head = heads.seal_head(session, now=NOW)
        assert head is not None

        printed = rules.grouped(head.code)
        assert len(head.code) == rules.CODE_LETTERS and set(head.code) <= set(rules.ALPHABET)
        assert [len(group) for group in printed.split("-")] == [4, 4, 4, 4]
        for typed in (
            head.code,
            printed,
            printed.lower(),
            head.code.replace("1", "l").replace("0", "o"),
            f" {printed} ",
        ):
            assert queries.head_of_code(session, rules.read_code(typed)) is head
        assert queries.head_of_code(session, rules.read_code("0000-0000-0000-0000")) is None
