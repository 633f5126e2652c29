"""The code on an admission ticket: the published examples, every flipped bit, every kind of garbage."""

import json
from collections.abc import Iterator
from pathlib import Path

import cbor2
import cv2
import numpy as np
import pytest
import sqlalchemy as sa
import typst
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from service.journal import queries as journal
from service.kernel import database, errors, sealing
from service.sittings import queries
from service.sittings.actions import ticketing
from service.sittings.rules import ticket_code, tickets
from service.sittings.rules.ticket_code import TicketCode, UnreadableError
from service.sittings.tables import Seat
from tests.world import ENDS_AT, PREPARED_AT, World

CODE = TicketCode(sitting_id=1, seat_id=5, issue=1, expires=1_795_000_000)


def sign(message: bytes) -> bytes:
    return sealing.sign(message, purpose="ticket")


def verify(message: bytes, signature: bytes) -> None:
    sealing.verify(message, signature, purpose="ticket")


TEXT = ticket_code.encode(CODE, sign)


def readable(text: str) -> bool:
    """Whether a text is taken for a ticket; anything but the one refusal passes through and fails the test."""
    try:
        ticket_code.decode(text, verify)
    except UnreadableError:
        return False
    return True


# --- base45 ---


@pytest.mark.parametrize(("plain", "encoded"), [("AB", "BB8"), ("Hello!!", "%69 VD92EX0"), ("base-45", "UJCLQE7W581")])
def test_the_examples_of_rfc_9285(plain: str, encoded: str) -> None:
    assert ticket_code.base45(plain.encode()) == encoded
    assert ticket_code.from_base45(encoded) == plain.encode()


def test_the_decoding_example_of_rfc_9285() -> None:
    assert ticket_code.from_base45("QED8WEX0") == b"ietf!"


@given(st.binary(max_size=200))
def test_base45_and_back(data: bytes) -> None:
    assert ticket_code.from_base45(ticket_code.base45(data)) == data


@given(st.text(ticket_code.ALPHABET, max_size=30))
def test_there_is_one_base45_text_for_each_value(text: str) -> None:
    try:
        data = ticket_code.from_base45(text)
    except UnreadableError:
        return
    assert ticket_code.base45(data) == text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("GGW", id="65536, one more than two bytes hold"),
        pytest.param(":::", id="the largest triple"),
        pytest.param("V5", id="256, one more than one byte holds"),
        pytest.param("0", id="a lone character"),
        pytest.param("BB80", id="a lone character at the end"),
        pytest.param("bb8", id="small letters"),
        pytest.param("BB,", id="a foreign character"),
        pytest.param("ＢＢ8", id="full-width letters"),
    ],
)
def test_what_base45_cannot_be(text: str) -> None:
    assert (ticket_code.from_base45("FGW"), ticket_code.from_base45("U5")) == (b"\xff\xff", b"\xff")
    with pytest.raises(UnreadableError):
        ticket_code.from_base45(text)


# --- the code ---

NUMBERS = st.integers(0, 2**63 - 1)
CODES = st.builds(TicketCode, sitting_id=NUMBERS, seat_id=NUMBERS, issue=NUMBERS, expires=NUMBERS)


@settings(max_examples=50, deadline=None)
@given(CODES)
def test_what_was_signed_is_read_back(code: TicketCode) -> None:
    text = ticket_code.encode(code, sign)

    assert ticket_code.decode(text, verify) == code
    assert set(text) <= set(ticket_code.ALPHABET), "QR's alphanumeric mode holds it"


def test_every_flipped_bit_of_a_real_code_is_refused() -> None:
    assert readable(TEXT)
    raw = ticket_code.from_base45(TEXT.removeprefix(ticket_code.PREFIX))

    accepted = [bit for bit in range(8 * len(raw)) if readable(_text(_flipped(raw, bit)))]

    assert accepted == []


def _flipped(raw: bytes, bit: int) -> bytes:
    return raw[: bit // 8] + bytes([raw[bit // 8] ^ 1 << bit % 8]) + raw[bit // 8 + 1 :]


def _text(raw: bytes) -> str:
    return ticket_code.PREFIX + ticket_code.base45(raw)


def test_every_misread_character_of_a_real_code_is_refused() -> None:
    """A scanner that takes one letter for another, drops one, or adds one."""
    assert readable(TEXT)
    assert [text for text in _misreadings(TEXT) if readable(text)] == []


def _misreadings(text: str) -> Iterator[str]:
    for place in range(len(text)):
        for letter in {"0", "O", "8", "B", ":"} - {text[place]}:
            yield text[:place] + letter + text[place + 1 :]
        yield text[:place] + text[place + 1 :]
    for more in ("0", "00", "000", "A", " ", "\n"):
        yield text + more
        yield more + text


def test_a_code_under_another_key_is_refused() -> None:
    def forge(message: bytes) -> bytes:
        return sealing.sign(message, purpose="another-purpose")

    def accept(message: bytes, signature: bytes) -> None:
        sealing.verify(message, signature, purpose="another-purpose")

    forged = ticket_code.encode(CODE, forge)
    assert ticket_code.decode(forged, accept) == CODE, "it is a sound code, only not ours"

    assert not readable(forged)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param([2, 1, 5, 1, 1_795_000_000], id="another version"),
        pytest.param([1, 1, 5, 1], id="a field short"),
        pytest.param([1, 1, 5, 1, 1_795_000_000, 0], id="a field more"),
        pytest.param({"sitting": 1}, id="a mapping"),
        pytest.param([1, "one", 5, 1, 0], id="words for numbers"),
        pytest.param(7, id="a number"),
    ],
)
def test_a_signed_payload_of_another_shape_is_refused(content: object) -> None:
    def signed(payload: bytes) -> str:
        message = cbor2.dumps(["Signature1", ticket_code.PROTECTED, b"", payload])
        return _text(cbor2.dumps(cbor2.CBORTag(18, [ticket_code.PROTECTED, {}, payload, sign(message)])))

    assert readable(signed(cbor2.dumps([1, 1, 5, 1, 1_795_000_000])))
    assert not readable(signed(cbor2.dumps(content)))


@settings(max_examples=300)
@given(
    st.one_of(
        st.text(max_size=80),
        st.text(max_size=80).map(lambda text: ticket_code.PREFIX + text),
        st.text(ticket_code.ALPHABET, max_size=200).map(lambda text: ticket_code.PREFIX + text),
        st.binary(max_size=120).map(_text),
        st.recursive(st.integers() | st.binary(max_size=8) | st.none(), lambda inner: st.lists(inner, max_size=4)).map(
            lambda value: _text(cbor2.dumps(cbor2.CBORTag(18, value)))
        ),
    )
)
def test_garbage_is_unreadable_and_nothing_worse(text: str) -> None:
    assert not readable(text)


# --- on paper ---


def _codes_in(png: bytes) -> list[str]:
    picture = cv2.imdecode(np.frombuffer(png, dtype=np.uint8), cv2.IMREAD_GRAYSCALE)
    return [found.text for found in zxingcpp.read_barcodes(picture)]


def test_every_printed_ticket_bears_its_own_code(world: World, tmp_path: Path) -> None:
    """The very pages that are printed, drawn as pictures and read by a decoder that knows nothing of this service."""
    with database.writing() as session:
        pdf = ticketing.print_tickets(session, world.actor(session, "arranger"), world.sitting_id, now=PREPARED_AT)
        (printed,) = session.exec(journal.entries(event="TICKETS_PRINTED"))
        rows = queries.seats_of(session, world.sitting_id)

    pages = pictures_of(pdf, tmp_path)

    # Signatures differ each time a code is made, so it is what they say that is compared.
    read = [[ticket_code.decode(text, verify) for text in _codes_in(page)] for page in pages]
    expires = int((ENDS_AT + tickets.EXPIRES_AFTER).timestamp())
    assert read == [[TicketCode(world.sitting_id, row.id or 0, 1, expires)] for row in rows]
    assert len(pages) == len(world.seats) == 6
    assert json.loads(printed.data) == {"tickets": 6}


def pictures_of(pdf: bytes, folder: Path) -> list[bytes]:
    """Each page of a PDF as a picture: the same typesetter places the finished page on a page of its own."""
    (folder / "tickets.pdf").write_bytes(pdf)
    pages = []
    while True:
        text = f'#set page(width: auto, height: auto, margin: 0pt)\n#image("tickets.pdf", page: {len(pages) + 1})'
        (folder / "page.typ").write_text(text)
        try:
            pages.append(typst.compile(str(folder / "page.typ"), root=str(folder), format="png", ppi=150.0))
        except typst.TypstError:
            return pages


def test_nobody_prints_tickets_but_the_arranger_and_not_before_anybody_is_enrolled(world: World) -> None:
    with database.writing() as session:
        with pytest.raises(errors.RightMissing):
            ticketing.print_tickets(session, world.actor(session, "proctor1"), world.sitting_id, now=PREPARED_AT)
        session.execute(sa.delete(Seat))
        with pytest.raises(errors.WrongState, match=r"^nobody_enrolled:"):
            ticketing.print_tickets(session, world.actor(session, "arranger"), world.sitting_id, now=PREPARED_AT)
        session.rollback()
