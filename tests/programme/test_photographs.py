"""Photographs of trainees over HTTP: what is taken, what is kept of it, and what is refused."""

import io

import pytest
from PIL import Image

from service.kernel import database
from service.programme.queries import classes
from service.programme.rules.photos import BOX, MOST_BYTES_AS_IT_COMES, MOST_BYTES_AT_THE_DOOR
from tests.conftest import Browser
from tests.pictures import MARKER, exif, jpeg, png
from tests.world import World


def telephone(width: int = 1600, height: int = 1200) -> bytes:
    """A photograph as a telephone makes it: large, on its side, with the place."""
    out = io.BytesIO()
    held = Image.Exif()
    held[0x0112], held[0x010E] = 6, MARKER.decode()
    Image.radial_gradient("L").resize((width, height)).convert("RGB").save(out, "JPEG", quality=90, exif=held)
    return out.getvalue()


def kept(trainee_id: int) -> tuple[bytes, str] | None:
    with database.reading() as session:
        return classes.photo(session, trainee_id)


@pytest.mark.parametrize(
    ("content", "size"),
    [
        pytest.param(telephone(), (480, 640), id="a telephone's"),
        pytest.param(jpeg(64, 48), (64, 48), id="a small JPEG"),
        pytest.param(jpeg(64, 48, before=exif(1)), (64, 48), id="a small JPEG with a place"),
        pytest.param(png(60, 40), (60, 40), id="a PNG"),
    ],
)
def test_a_photograph_is_kept_upright_and_small_and_without_its_place(
    prepared: World, browser: Browser, content: bytes, size: tuple[int, int]
) -> None:
    trainee = prepared.trainees[0]

    reply = browser.of("planner").put(f"/api/v1/programme/trainees/{trainee}/photo", content=content)

    assert reply.json() == {"trainee_id": trainee, "photo_type": "image/jpeg"}
    found = kept(trainee)
    assert found is not None
    with Image.open(io.BytesIO(found[0])) as image:
        assert image.size == size
    assert len(found[0]) <= MOST_BYTES_AT_THE_DOOR and MARKER not in found[0]
    assert size <= BOX


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"", "picture_type", id="nothing"),
        pytest.param(b"GIF89a", "picture_type", id="another format"),
        pytest.param(jpeg()[:60], "picture_broken", id="cut off on its way"),
        pytest.param(png(6001, 1), "picture_sides", id="too wide"),
        pytest.param(jpeg() + bytes(MOST_BYTES_AS_IT_COMES), "photo_large", id="too many bytes"),
    ],
)
def test_what_is_no_photograph_is_refused_and_the_earlier_one_stays(
    prepared: World, browser: Browser, content: bytes, code: str
) -> None:
    planner, address = browser.of("planner"), f"/api/v1/programme/trainees/{prepared.trainees[0]}/photo"
    planner.put(address, content=jpeg())
    before = kept(prepared.trainees[0])

    refused = planner.put(address, content=content)

    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert kept(prepared.trainees[0]) == before is not None


def test_a_picture_of_whoever_may_not_bring_one_is_not_even_read(prepared: World, browser: Browser) -> None:
    for username in ("institution", "assembler", "author"):
        reply = browser.of(username).put(
            f"/api/v1/programme/trainees/{prepared.trainees[0]}/photo", content=b"no picture"
        )

        assert (reply.status_code, reply.json()["code"]) == (403, "right_missing"), username
