"""Photographs of trainees: made small by the page, so that every face travels to the tablets at the door."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import expect
from sqlmodel import Session

from service.kernel import database, sealing
from service.programme.queries import classes
from service.programme.rules.photos import MAGIC, MOST_BYTES, MOST_BYTES_AT_THE_DOOR, PhotoType
from service.programme.tables import Trainee
from tests.browser.conftest import Server, Watched
from tests.conftest import using

pytestmark = pytest.mark.browser


def camera_picture(path: Path) -> Path:
    """As a phone makes it: far larger than the service takes."""
    noise = np.random.default_rng(1).integers(0, 256, (300, 400, 3), dtype=np.uint8)
    cv2.imwrite(str(path), cv2.resize(noise, (2000, 1500), interpolation=cv2.INTER_CUBIC))
    assert path.stat().st_size > MOST_BYTES
    return path


def first_of(session: Session, class_id: int) -> int:
    return classes.roster(session, class_id)[0].trainee.id or 0


def test_a_photograph_is_made_small_before_it_is_sent(server: Server, watched: Watched, tmp_path: Path) -> None:
    class_id = server.world.class_id
    # One that was kept before pages made them small.
    with using(server.database_url), database.writing() as session:
        trainee_id = first_of(session, class_id)
        trainee = session.get_one(Trainee, trainee_id)
        trainee.photo_sealed = MAGIC[PhotoType.JPEG] + b"x" * (MOST_BYTES_AT_THE_DOOR + sealing.SEALED_MORE)
        trainee.photo_type, trainee.photo_key_id = PhotoType.JPEG, ""
        session.add(trainee)
    page = watched.sign_in("planner")
    page.goto(f"{server.url}/classes/{class_id}")
    expect(page.get_by_text("断网时签到平板上看不到，请重新上传")).to_have_count(1)

    page.get_by_text("上传学员照片").click()
    page.select_option("form[data-raw] select", str(trainee_id))
    page.set_input_files("input[data-portrait]", camera_picture(tmp_path / "camera.jpg"))
    page.wait_for_function("() => document.querySelector('input[data-portrait]').files[0].name === 'photo.jpg'")
    page.get_by_role("button", name="上传照片").click()

    expect(page.get_by_text("断网时签到平板上看不到，请重新上传")).to_have_count(0)
    with using(server.database_url), database.reading() as session:
        found = classes.photo(session, trainee_id)
    assert found is not None and found[1] == PhotoType.JPEG
    picture = cv2.imdecode(np.frombuffer(found[0], np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None and picture.shape == (441, 358, 3)
    assert len(found[0]) <= MOST_BYTES_AT_THE_DOOR
