"""Handing back to the bank how hard the items of a class proved, by all published answers to them."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right
from service.bank.actions import calibrating as bank
from service.bank.rules.calibration import Calibration
from service.bank.rules.items import Kind
from service.kernel import errors, settings
from service.kernel.decision import Decision, first_refusal
from service.programme.tables import TrainingClass
from service.results.actions import telling as forms
from service.results.queries import telling
from service.results.rules import calibrating, rasch
from service.results.rules.calibrating import Calibrated, Model, Row
from service.results.rules.item_statistics import Asked


@dataclass(frozen=True, slots=True)
class Measured:
    """What the answers say of the items of a class, with their codes by version."""

    class_id: int
    codes: dict[int, str]
    found: Calibrated


@dataclass(frozen=True, slots=True)
class Handed:
    """What went to the bank, by item code; how many items were left out; by how many sheets, and by which model."""

    items: dict[str, Calibration]
    left_out: int
    sheets: int
    model: Model


def judge(session: Session, actor: Actor, class_id: int) -> Decision:
    """Whether the actor may have the items of a class calibrated now."""
    versions = _versions(session, class_id)
    rule = _rule(session, class_id, _rows(session, set(versions)))
    assert actor.person_id is not None
    return first_refusal(rule, *using.may_use_duty(session, actor.person_id, Duty.PUBLISH, f"class:{class_id}"))


def measure(session: Session, actor: Actor, class_id: int) -> Measured:
    """Calibrate the items of a class by all published answers to them; before any turn to write, for it takes seconds.

    Raises:
        NotFound: no such class. Refused: the person may not use the duty to publish.
        WrongState: its results are not published, the answers are too few, or they settle nothing.
    """
    if session.get(TrainingClass, class_id) is None:
        raise errors.NotFound()
    codes = _versions(session, class_id)
    rows = _rows(session, set(codes))

    using.require_right(actor, Right.RESULTS_PUBLISH)

    _rule(session, class_id, rows).or_refuse()
    try:
        found = calibrating.calibrated(sorted(codes), rows, two_from=settings.current().two_parameter_answers)
    except rasch.UnsettledError as error:
        raise errors.WrongState(
            "answers_settle_nothing", "现有答卷还不足以标定试题，请在更多班次考试后再试。"
        ) from error
    return Measured(class_id, codes, found)


def calibrate(session: Session, actor: Actor, measured: Measured, *, now: datetime) -> Handed:
    """Hand what was measured to the bank.

    Raises:
        Refused: the person confirmed, proctored or taught the class.
    """
    found = measured.found

    using.require_right(actor, Right.RESULTS_PUBLISH)

    using.use_duty(session, actor, Duty.PUBLISH, f"class:{measured.class_id}", now=now)

    # The bank writes one entry into the journal for each.
    for version, one in found.measured.items():
        bank.calibrate(session, actor.label, version, one, now=now)
    items = {measured.codes[version]: one for version, one in found.measured.items()}
    return Handed(items, len(found.left_out), found.sheets, found.model)


def _rule(session: Session, class_id: int, rows: list[Row]) -> Decision:
    return calibrating.may_calibrate(published=class_id in telling.published_classes(session), sheets=len(rows))


def _versions(session: Session, class_id: int) -> dict[int, str]:
    """The item versions that somebody of the class was asked, with their codes."""
    found = telling.sheets_of_class(session, class_id)
    return {
        one.version_id: one.code for form_id in found for one in forms.asked_if_open(session, form_id) if _measured(one)
    }


def _measured(one: Asked) -> bool:
    """Whether the models can measure an item: it is known, and earns all or nothing, as no free text does."""
    return bool(one.version_id) and one.kind is not Kind.WRITTEN


def _rows(session: Session, versions: set[int]) -> list[Row]:
    """The newest published sheets with at least one of these versions, of whatever class."""
    rows: list[Row] = []
    for class_id in telling.published_classes(session):
        for form_id, sheets in telling.sheets_of_class(session, class_id, published=True).items():
            places = {
                one.position: one.version_id
                for one in forms.asked_if_open(session, form_id)
                if one.version_id in versions and _measured(one)
            }
            rows += [
                {version: sheet[at].points == sheet[at].of for at, version in places.items() if at in sheet}
                for sheet in sheets.values()
                if places
            ]
        if len(rows) >= calibrating.MOST_SHEETS:
            break
    return rows[: calibrating.MOST_SHEETS]
