"""Uploaded pictures: what is kept of them, and what is refused and why."""

import io
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from service.kernel import errors, pictures
from service.kernel.pictures import Limits, PictureType
from tests.pictures import MARKER, SIGNATURE, chunk, exif, jpeg, png, segment

LIMITS = Limits(200 * 1024, 1600)
GPS = zlib.compress(MARKER)


def header(width: int, height: int, depth: int = 8, colour: int = 2, interlaced: int = 0) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced))


def packed(size: int) -> bytes:
    return chunk(b"IDAT", zlib.compress(bytes(size), 9))


def drawn(mode: str, name: str, **how: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, (16, 8)).save(out, name, **how)
    return out.getvalue()


def pixels(content: bytes) -> tuple[tuple[int, int], bytes]:
    with Image.open(io.BytesIO(content)) as image:
        return image.size, image.convert("RGBA").tobytes()


END = chunk(b"IEND", b"")
NO_PALETTE = SIGNATURE + header(16, 8, depth=1, colour=3) + chunk(b"tRNS", b"\0") + packed(8 * 3) + END


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"", "picture_type", id="nothing"),
        pytest.param(b"GIF89a" + bytes(40), "picture_type", id="GIF"),
        pytest.param(b"RIFF\0\0\0\0WEBPVP8 ", "picture_type", id="WebP"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "picture_type", id="SVG"),
        pytest.param(b"%PDF-1.7", "picture_type", id="PDF"),
        pytest.param(b"<html>" + png(), "picture_type", id="a page before a picture"),
        pytest.param(png(60, 40) + bytes(200 * 1024), "picture_large", id="too many bytes"),
        pytest.param(png(1601, 1), "picture_sides", id="too wide"),
        pytest.param(jpeg(8, 1608), "picture_sides", id="a JPEG too high"),
        pytest.param(SIGNATURE + header(60000, 60000) + packed(10) + END, "picture_sides", id="huge dimensions"),
        pytest.param(SIGNATURE + header(10, 10) + packed(100) + END, "picture_broken", id="fewer pixels"),
        pytest.param(SIGNATURE + header(0, 10) + packed(100) + END, "picture_broken", id="no width"),
        pytest.param(png()[:-40], "picture_broken", id="cut off"),
        pytest.param(jpeg()[:-2], "picture_broken", id="a JPEG cut off"),
        pytest.param(jpeg()[:60], "picture_broken", id="a JPEG cut off in its tables"),
        pytest.param(png()[:40] + b"\x00" + png()[41:], "picture_broken", id="a byte changed"),
        pytest.param(SIGNATURE + packed(10) + END, "picture_broken", id="no header"),
        pytest.param(SIGNATURE + header(1, 1, depth=3) + packed(4) + END, "picture_broken", id="a depth there is not"),
        pytest.param(
            drawn("RGB", "PNG", save_all=True, append_images=[Image.new("RGB", (16, 8), "red")]),
            "picture_animated",
            id="animated",
        ),
        pytest.param(drawn("CMYK", "JPEG"), "picture_colours", id="CMYK"),
        pytest.param(b"\xff\xd8\xff\xd9", "picture_broken", id="a JPEG of nothing"),
        pytest.param(NO_PALETTE, "picture_broken", id="colours of a palette that is not there"),
    ],
)
def test_what_is_no_picture_of_ours_is_refused_with_its_reason(content: bytes, code: str) -> None:
    with pytest.raises(errors.Malformed) as refusal:
        pictures.taken(content, LIMITS)

    assert refusal.value.code == code


def test_a_photograph_without_its_palette_is_refused() -> None:
    with pytest.raises(errors.Malformed) as refusal:
        pictures.fitted(NO_PALETTE, 8000, 60 * 1024, (480, 640))

    assert refusal.value.code == "picture_broken"


@pytest.mark.parametrize(
    ("content", "kind", "size"),
    [
        pytest.param(png(60, 40), PictureType.PNG, (60, 40), id="PNG"),
        pytest.param(jpeg(64, 48), PictureType.JPEG, (64, 48), id="JPEG"),
        pytest.param(png(1600, 1), PictureType.PNG, (1600, 1), id="as wide as may be"),
        pytest.param(
            SIGNATURE + header(9, 9, interlaced=1) + packed(262) + END, PictureType.PNG, (9, 9), id="interlaced"
        ),
        pytest.param(
            SIGNATURE + header(9, 2, depth=1, colour=3) + chunk(b"PLTE", bytes(6)) + packed(6) + END,
            PictureType.PNG,
            (9, 2),
            id="named colours of one bit",
        ),
        pytest.param(drawn("RGBA", "PNG"), PictureType.PNG, (16, 8), id="what shines through"),
        pytest.param(drawn("RGB", "JPEG", progressive=True), PictureType.JPEG, (16, 8), id="a progressive JPEG"),
    ],
)
def test_a_picture_is_kept_pixel_by_pixel(content: bytes, kind: PictureType, size: tuple[int, int]) -> None:
    found = pictures.taken(content, LIMITS)

    assert (found.media_type, (found.width, found.height)) == (kind, size)
    assert pixels(found.content) == pixels(content)


def test_a_jpeg_that_is_nothing_else_stays_byte_for_byte() -> None:
    for content in (jpeg(), drawn("RGB", "JPEG"), drawn("L", "JPEG", quality=40)):
        assert pictures.taken(content, LIMITS).content == content


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(jpeg(before=exif(1)), id="Exif with a place"),
        pytest.param(jpeg(before=segment(0xFE, MARKER)), id="a comment"),
        pytest.param(jpeg(before=segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + MARKER)), id="XMP"),
        pytest.param(jpeg(before=segment(0xE2, b"ICC_PROFILE\0\x01\x01" + MARKER)), id="a colour profile"),
        pytest.param(jpeg() + MARKER, id="something behind a JPEG"),
        pytest.param(jpeg() + jpeg(before=segment(0xFE, MARKER)), id="a second JPEG behind the first"),
        pytest.param(jpeg(before=segment(0xE0, b"JFXX\0\x10" + MARKER)), id="a thumbnail of what was cut away"),
        pytest.param(png(before=[(b"eXIf", MARKER)]), id="Exif in a PNG that cannot be read"),
        pytest.param(png(before=[(b"tEXt", b"Comment\0" + MARKER)]), id="a text in a PNG"),
        pytest.param(png(before=[(b"iTXt", MARKER), (b"tIME", bytes(7))]), id="XMP and the time in a PNG"),
        pytest.param(png(before=[(b"zTXt", b"Comment\0\0" + GPS)]), id="a packed text in a PNG"),
        pytest.param(png() + b"<script>" + MARKER, id="a page behind a PNG"),
        pytest.param(
            SIGNATURE + header(2, 1) + chunk(b"IDAT", zlib.compress(bytes(7)) + MARKER) + END,
            id="something behind the pixels of a PNG",
        ),
        pytest.param(
            SIGNATURE + header(2, 1) + chunk(b"IDAT", zlib.compress(bytes(7) + MARKER, 0)) + END,
            id="more pixels than the size has",
        ),
    ],
)
def test_nothing_travels_with_a_picture(content: bytes) -> None:
    assert MARKER in content or GPS in content

    found = pictures.taken(content, LIMITS)

    assert MARKER not in found.content and GPS not in found.content
    assert pixels(found.content) == pixels(content)


@pytest.mark.parametrize("side", [3, 6, 8])
def test_a_picture_that_lies_on_its_side_is_stood_up(side: int) -> None:
    found = pictures.taken(jpeg(64, 48, before=exif(side)), LIMITS)

    assert (found.width, found.height) == ((64, 48) if side == 3 else (48, 64))
    with Image.open(io.BytesIO(found.content)) as image:
        light = {3: (-1, 0), 6: (0, 0), 8: (0, -1)}[side]
        dark = {3: (0, 0), 6: (0, -1), 8: (0, 0)}[side]
        at = lambda place: image.getpixel((place[0] % image.width, place[1] % image.height))  # noqa: E731
        assert at(light) > at(dark), "light at the left as it was taken"
        assert not image.getexif()


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
    again = pictures.taken(found.content, LIMITS)
    assert (again.width, again.height) == (found.width, found.height)
    assert max(found.width, found.height) <= LIMITS.longest_side


@pytest.mark.parametrize(
    "content", [png(), png(before=[(b"tEXt", MARKER)]), jpeg(), jpeg(before=exif(1)), jpeg(before=exif(6))]
)
def test_taking_again_what_was_kept_changes_nothing(content: bytes) -> None:
    once = pictures.taken(content, LIMITS)

    assert pictures.taken(once.content, LIMITS) == once


# --- photographs that are made to fit ---


def noise(width: int, height: int, name: str = "JPEG", mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.effect_noise((width, height), 90).convert(mode).save(out, name, **({"quality": 95} if name == "JPEG" else {}))
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(noise(1200, 900), id="a large JPEG"),
        pytest.param(noise(900, 1200, "PNG"), id="a large PNG"),
        pytest.param(noise(480, 640), id="of the right measures and too many bytes"),
        pytest.param(drawn("RGBA", "PNG"), id="one that shines through"),
        pytest.param(drawn("P", "PNG"), id="named colours"),
        pytest.param(drawn("LA", "PNG"), id="grey that shines through"),
        pytest.param(jpeg(before=exif(6)), id="lying on its side"),
    ],
)
def test_a_photograph_is_made_to_fit(content: bytes) -> None:
    found = pictures.fitted(content, 6000, 60 * 1024, (480, 640))

    assert len(found.content) <= 60 * 1024
    assert found.media_type == PictureType.JPEG == pictures.type_of(found.content)
    assert found.width <= 480 and found.height <= 640
    assert pixels(found.content)[0] == (found.width, found.height)


def test_what_shines_through_becomes_white() -> None:
    found = pictures.fitted(drawn("RGBA", "PNG"), 6000, 60 * 1024, (480, 640))

    assert set(pixels(found.content)[1]) == {255}


def test_a_small_plain_photograph_is_kept_as_it_is() -> None:
    assert pictures.fitted(jpeg(), 6000, 60 * 1024, (480, 640)).content == jpeg()
