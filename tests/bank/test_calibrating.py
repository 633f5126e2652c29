"""What results say of items: kept version by version, followed by the words, refused where it makes no sense."""

import json
import re
from dataclasses import asdict, replace

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from service.bank import queries
from service.bank.actions import calibrating
from service.bank.rules import calibration
from service.bank.rules.calibration import Calibration
from service.bank.rules.items import State
from service.bank.tables import ItemCalibration
from service.journal import queries as journal
from service.kernel import database, errors
from tests.bank.test_reviewing import LATER, SUCCESSOR, TEXT, approve_all, review, submit
from tests.conftest import Browser
from tests.world import World

LABEL = "account:7"
MEASURED = Calibration(
    discrimination_milli=1250,
    discrimination_error_milli=180,
    difficulty_milli=-430,
    difficulty_error_milli=95,
    answers=412,
)
OTHER = replace(MEASURED, difficulty_milli=610, answers=800)


def newest(session: Session, code: str = TEXT.code) -> int:
    return queries.newest_versions(session)[code][1].id or 0


def calibrate(session: Session, measured: Calibration, code: str = TEXT.code) -> ItemCalibration:
    return calibrating.calibrate(session, LABEL, newest(session, code), measured, now=LATER)


# --- keeping ---


def test_a_calibration_is_kept_and_on_record_with_everything_it_says(staffed: World) -> None:
    with database.writing() as session:
        submit(session, staffed, TEXT, SUCCESSOR)
        approve_all(session, staffed)
        assert queries.calibrations(session) == {}

        row = calibrate(session, MEASURED)

        assert (row.item_version_id, row.set_at, row.set_by) == (newest(session), LATER, LABEL)
        assert queries.calibrations(session) == {TEXT.code: MEASURED}
        (entry,) = session.exec(journal.entries(event="ITEM_CALIBRATED"))
        assert (entry.actor, entry.subject) == (LABEL, f"item:{row.item_id}")
        assert json.loads(entry.data) == {"code": TEXT.code, "version": 1, **asdict(MEASURED)}


def test_a_later_calibration_counts_and_the_earlier_one_stays(staffed: World) -> None:
    with database.writing() as session:
        submit(session, staffed, TEXT, SUCCESSOR)
        approve_all(session, staffed)
        for code, measured in ((TEXT.code, MEASURED), (SUCCESSOR.code, MEASURED), (TEXT.code, OTHER)):
            calibrate(session, measured, code)

        assert queries.calibrations(session) == {TEXT.code: OTHER, SUCCESSOR.code: MEASURED}
        kept = session.exec(select(ItemCalibration.answers).order_by(ItemCalibration.id))  # type: ignore[arg-type]
        assert list(kept) == [MEASURED.answers, MEASURED.answers, OTHER.answers]


@pytest.mark.parametrize(
    ("change", "followed"),
    [
        pytest.param({"difficulty": 4}, True, id="another estimate of the author"),
        pytest.param({"enemies": ("live-work",), "tags": ("带电",)}, True, id="other attributes"),
        pytest.param({"explanation": "依据该条，检修前必须停电。"}, True, id="another explanation"),
        pytest.param({"stem": "井下可以带电搬迁电气设备。"}, False, id="another stem"),
        pytest.param({"key": "T"}, False, id="another key"),
    ],
)
def test_a_calibration_follows_the_words_and_not_the_code(
    staffed: World, change: dict[str, object], followed: bool
) -> None:
    with database.writing() as session:
        submit(session, staffed, TEXT)
        approve_all(session, staffed)
        calibrate(session, MEASURED)
        submit(session, staffed, replace(TEXT, **change))  # type: ignore[arg-type]
        assert queries.calibrations(session) == {TEXT.code: MEASURED}, "the new version is not approved yet"

        approve_all(session, staffed)

        assert queries.calibrations(session) == ({TEXT.code: MEASURED} if followed else {})


# --- refusing ---


@pytest.mark.parametrize("state", [pytest.param(state, id=state.value) for state in State])
def test_only_a_version_that_can_have_been_asked_is_calibrated(state: State) -> None:
    assert calibration.may_calibrate(state).allowed == (state in {State.APPROVED, State.SUSPENDED, State.RETIRED})


def test_a_version_that_waits_or_was_rejected_or_is_not_there_is_not_calibrated(staffed: World) -> None:
    with database.writing() as session:
        submit(session, staffed, TEXT)
        with pytest.raises(errors.WrongState, match=r"^item_never_asked:"):
            calibrate(session, MEASURED)
        review(session, staffed, newest(session), approve=False, reason="题干不严谨")
        with pytest.raises(errors.WrongState, match=r"^item_never_asked:"):
            calibrate(session, MEASURED)
        with pytest.raises(errors.NotFound):
            calibrating.calibrate(session, LABEL, newest(session) + 1, MEASURED, now=LATER)

        assert list(session.exec(journal.entries(event="ITEM_CALIBRATED"))) == []


OUTSIDE = [
    ("discrimination_milli", 0),
    ("discrimination_milli", 6001),
    ("discrimination_error_milli", 0),
    ("discrimination_error_milli", 6001),
    ("difficulty_milli", -6001),
    ("difficulty_milli", 6001),
    ("difficulty_error_milli", 0),
    ("difficulty_error_milli", 6001),
    ("answers", 0),
]


@pytest.mark.parametrize(("name", "value"), OUTSIDE)
def test_each_value_outside_its_bounds_is_named(name: str, value: int) -> None:
    assert calibration.outside_bounds(MEASURED) == ()
    assert calibration.outside_bounds(replace(MEASURED, **{name: value})) == (name,)


def test_a_value_outside_its_bounds_is_refused_by_the_action_and_by_the_database(staffed: World) -> None:
    with database.writing() as session:
        submit(session, staffed, TEXT)
        approve_all(session, staffed)
        kept = calibrate(session, MEASURED).model_dump(exclude={"id"})
        with pytest.raises(errors.Malformed, match=r"^calibration_bounds:.*CMS-001.*difficulty_milli、answers"):
            calibrate(session, replace(MEASURED, difficulty_milli=9000, answers=0))

        for name, value in OUTSIDE:
            insert = sa.insert(ItemCalibration).values({**kept, name: value})
            with pytest.raises(sa.exc.IntegrityError), session.begin_nested():
                session.execute(insert)
        assert queries.calibrations(session) == {TEXT.code: MEASURED}


# --- the page of an item ---


def test_the_page_of_an_item_tells_what_results_said_of_each_of_its_versions(staffed: World, browser: Browser) -> None:
    with database.writing() as session:
        submit(session, staffed, TEXT, SUCCESSOR)
        approve_all(session, staffed)
        calibrate(session, MEASURED)
        submit(session, staffed, replace(TEXT, stem="井下可以带电检修吗？"))
        approve_all(session, staffed)
        calibrate(session, OTHER)
        asked, never = newest(session), newest(session, SUCCESSOR.code)

    page = browser.of("author").get(f"/bank/items/{asked}").text
    rows = [
        re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", row) for row in page.split("考试使用情况（")[1].split("<tr>")[2:]
    ]

    assert [(row[0], row[2:]) for row in rows] == [
        ("第2版", ["800", "0.61 ± 0.10", "1.25 ± 0.18"]),
        ("第1版", ["412", "-0.43 ± 0.10", "1.25 ± 0.18"]),
    ]
    assert "考试使用情况" not in browser.of("author").get(f"/bank/items/{never}").text
