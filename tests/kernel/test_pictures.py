"""Uploaded pictures: what is kept of them, and what is refused and why."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.kernel import errors, pictures
from service.kernel.pictures import Limits, PictureType
from tests.pictures import MARKER, SIGNATURE, chunk, exif, jpeg, png, segment

LIMITS = Limits(200 * 1024, 1600)
GPS = zlib.compress(MARKER)


def header(width: int, height: int, depth: int = 8, colour: int = 2, interlaced: int = 0) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced))


def packed(size: int) -> bytes:
    return chunk(b"IDAT", zlib.compress(bytes(size), 9))


END = chunk(b"IEND", b"")
BOMB = SIGNATURE + header(100, 100) + packed(60_000_000) + END


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"", "picture_type", id="nothing"),
        pytest.param(b"GIF89a" + bytes(40), "picture_type", id="GIF"),
        pytest.param(b"RIFF\0\0\0\0WEBPVP8 ", "picture_type", id="WebP"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "picture_type", id="SVG"),
        pytest.param(b"%PDF-1.7", "picture_type", id="PDF"),
        pytest.param(b"<html>" + png(), "picture_type", id="a page before a picture"),
        pytest.param(png() + b"<script>alert(1)</script>", "picture_followed", id="a picture with a page behind it"),
        pytest.param(png() + b"PK\x03\x04", "picture_followed", id="a picture with an archive behind it"),
        pytest.param(jpeg() + b"PK\x03\x04", "picture_followed", id="a JPEG with an archive behind it"),
        pytest.param(jpeg() + jpeg(), "picture_followed", id="two JPEGs in one"),
        pytest.param(
            SIGNATURE + header(2, 1) + chunk(b"IDAT", zlib.compress(bytes(7)) + b"PK\x03\x04") + END,
            "picture_followed",
            id="an archive behind the pixels",
        ),
        pytest.param(png(60, 40) + bytes(200 * 1024), "picture_large", id="too many bytes"),
        pytest.param(png(1601, 1), "picture_sides", id="too wide"),
        pytest.param(jpeg(8, 1608), "picture_sides", id="a JPEG too high"),
        pytest.param(SIGNATURE + header(60000, 60000) + packed(10) + END, "picture_sides", id="huge dimensions"),
        pytest.param(BOMB, "picture_broken", id="more pixels than the size has: a bomb"),
        pytest.param(SIGNATURE + header(10, 10) + packed(100) + END, "picture_broken", id="fewer pixels"),
        pytest.param(SIGNATURE + header(0, 10) + packed(100) + END, "picture_broken", id="no width"),
        pytest.param(png()[:-20], "picture_broken", id="cut off"),
        pytest.param(jpeg()[:-2], "picture_broken", id="a JPEG cut off"),
        pytest.param(jpeg()[:60], "picture_broken", id="a JPEG cut off in its tables"),
        pytest.param(png()[:40] + b"\x00" + png()[41:], "picture_broken", id="a byte changed"),
        pytest.param(SIGNATURE + packed(10) + END, "picture_broken", id="no header"),
        pytest.param(
            SIGNATURE + header(1, 1, colour=3) + packed(2) + END, "picture_broken", id="colours without names"
        ),
        pytest.param(SIGNATURE + header(1, 1, depth=3) + packed(4) + END, "picture_broken", id="a depth there is not"),
        pytest.param(SIGNATURE + header(1, 1) + packed(4) + packed(4) + END, "picture_followed", id="pixels twice"),
        pytest.param(png(before=[(b"ABCD", b"")]), "picture_broken", id="a chunk that must be understood"),
        pytest.param(png(before=[(b"acTL", struct.pack(">II", 2, 0))]), "picture_animated", id="animated"),
        pytest.param(png(2, 1, rows=b"\x05" + bytes(6)), "picture_broken", id="a filter that there is not"),
        pytest.param(jpeg(before=exif(6)), "picture_turned", id="lying on its side"),
        pytest.param(jpeg(frame=0xC9), "picture_coding", id="arithmetic coding"),
        pytest.param(
            b"\xff\xd8" + segment(0xC0, struct.pack(">BHHB", 8, 8, 8, 4) + bytes(12)), "picture_colours", id="CMYK"
        ),
        pytest.param(b"\xff\xd8\xff\xd9", "picture_broken", id="a JPEG of nothing"),
    ],
)
def test_what_is_no_picture_of_ours_is_refused_with_its_reason(content: bytes, code: str) -> None:
    with pytest.raises(errors.Malformed) as refusal:
        pictures.taken(content, LIMITS)

    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("content", "kind", "size"),
    [
        pytest.param(png(60, 40), PictureType.PNG, (60, 40), id="PNG"),
        pytest.param(jpeg(64, 48), PictureType.JPEG, (64, 48), id="JPEG"),
        pytest.param(png(1600, 1), PictureType.PNG, (1600, 1), id="as wide as may be"),
        pytest.param(
            SIGNATURE + header(9, 9, interlaced=1) + packed(262) + END,
            PictureType.PNG,
            (9, 9),
            id="interlaced",
        ),
        pytest.param(
            SIGNATURE + header(9, 2, depth=1, colour=3) + chunk(b"PLTE", bytes(6)) + packed(6) + END,
            PictureType.PNG,
            (9, 2),
            id="named colours of one bit",
        ),
    ],
)
def test_a_picture_is_kept_as_it_is(content: bytes, kind: PictureType, size: tuple[int, int]) -> None:
    found = pictures.taken(content, LIMITS)

    assert (found.content, found.media_type, (found.width, found.height)) == (content, kind, size)


@pytest.mark.parametrize(
    ("content", "clean"),
    [
        pytest.param(jpeg(before=exif(1)), jpeg(), id="Exif with a place"),
        pytest.param(jpeg(before=segment(0xFE, MARKER)), jpeg(), id="a comment"),
        pytest.param(jpeg(before=segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + MARKER)), jpeg(), id="XMP"),
        pytest.param(jpeg(before=segment(0xE2, b"ICC_PROFILE\0\x01\x01" + MARKER)), jpeg(), id="a colour profile"),
        pytest.param(png(before=[(b"eXIf", MARKER)]), png(), id="Exif in a PNG"),
        pytest.param(png(before=[(b"tEXt", b"Comment\0" + MARKER)]), png(), id="a text in a PNG"),
        pytest.param(png(before=[(b"iTXt", MARKER), (b"tIME", bytes(7))]), png(), id="XMP and the time in a PNG"),
        pytest.param(png(before=[(b"zTXt", b"Comment\0\0" + GPS)]), png(), id="a packed text in a PNG"),
    ],
)
def test_nothing_travels_with_a_picture(content: bytes, clean: bytes) -> None:
    assert MARKER in content or GPS in content

    assert pictures.taken(content, LIMITS).content == clean


@given(st.data())
def test_no_cut_and_no_changed_byte_makes_anything_but_a_refusal_or_a_picture_of_its_size(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from((png(6, 4), jpeg(16, 8), jpeg(16, 8, before=exif(1)))))
    place = data.draw(st.integers(3, len(whole) - 1))
    content = data.draw(
        st.sampled_from((whole[:place], whole[:place] + data.draw(st.binary(min_size=1)) + whole[place:]))
    )

    try:
        found = pictures.taken(content, LIMITS)
    except errors.Malformed:
        return
    assert found == pictures.taken(found.content, LIMITS)
    assert max(found.width, found.height) <= LIMITS.longest_side


def test_cleaning_again_changes_nothing() -> None:
    once = pictures.taken(jpeg(before=exif(1)), LIMITS)

    assert pictures.taken(once.content, LIMITS) == once
