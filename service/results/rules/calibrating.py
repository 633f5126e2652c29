"""Which answers calibrate which items, and what of it goes back to the bank."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from service.bank.rules.calibration import Calibration, outside_bounds
from service.kernel.decision import ALLOWED, Decision, not_now
from service.results.rules import rasch, two_parameters
from service.results.rules.item_statistics import FEW, Floats
from service.results.rules.rasch import Answered, UnsettledError

# Whoever answered one item alone says nothing of how it compares with others.
LEAST_ITEMS = 2
# The newest sheets say enough: with so many the errors are below a twentieth of a logit.
MOST_SHEETS = 2000
# Linacre 1994: 30 candidates place a difficulty within one logit with 95 %.
SOURCE = "Linacre 1994：30人可把难度定到±1 logit（待市局确认）"


class Model(StrEnum):
    """How answers are taken to come about: one discrimination for all items (Rasch), or one for each."""

    ONE = "1pl"
    TWO = "2pl"


MODEL_NAMES = {Model.ONE: "Rasch 模型（各题区分度相同）", Model.TWO: "双参数模型（2PL，各题区分度不同）"}

# By item version, whether it was right.
Row = Mapping[int, bool]


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What the answers of so many candidates say, by item version; ``left_out`` have too few or equal answers."""

    measured: Mapping[int, Calibration]
    left_out: frozenset[int]
    sheets: int
    model: Model


def may_calibrate(*, published: bool, sheets: int) -> Decision:
    """Whether the items of a class may be calibrated: by results that stand, and by enough of them."""
    if not published:
        return not_now("not_published", "该班次的成绩还没有发布，发布后才能标定试题。")
    if sheets < FEW:
        return not_now(
            "too_few_answers",
            "已发布的答卷只有{number}份，至少{least}份才能标定试题。",
            source=SOURCE,
            number=sheets,
            least=FEW,
        )
    return ALLOWED


def calibrated(versions: Sequence[int], rows: Sequence[Row], *, two_from: int) -> Calibrated:
    """The calibration of these versions by the rows that answered them.

    Each item has a discrimination of its own where every one of them has ``two_from`` answers and they settle it.

    Raises:
        UnsettledError: the answers settle nothing.
    """
    chosen = [version for version in versions if _tells([row[version] for row in rows if version in row])]
    used = [row for row in rows if sum(version in row for version in chosen) >= LEAST_ITEMS]
    right = np.array([[row.get(version, False) for version in chosen] for row in used], dtype=np.float64)
    asked = np.array([[version in row for version in chosen] for row in used], dtype=np.bool_)
    model, found = _fitted(right, asked, two_from)
    answers = asked.sum(axis=0)
    measured = {version: _measured(found, place, int(answers[place])) for place, version in enumerate(chosen)}
    # What did not converge to something sound is not handed on.
    sound = {version: one for version, one in measured.items() if not outside_bounds(one)}
    return Calibrated(sound, frozenset(versions) - sound.keys(), len(used), model)


def _fitted(right: Floats, asked: Answered, two_from: int) -> tuple[Model, two_parameters.Fit]:
    if right.size and asked.sum(axis=0).min() >= two_from:
        try:
            return Model.TWO, two_parameters.fit(right, asked)
        except UnsettledError:
            # What each item alone does not settle, all of them together may.
            pass
    found, items = rasch.fit(right, asked), right.shape[1]
    alike = (found.discrimination,) * items, (found.discrimination_error,) * items
    return Model.ONE, two_parameters.Fit(*alike, found.difficulties, found.errors, found.log_likelihood)


def _tells(answers: Sequence[bool]) -> bool:
    return len(answers) >= FEW and 0 < sum(answers) < len(answers)


def _measured(found: two_parameters.Fit, place: int, answers: int) -> Calibration:
    return Calibration(
        discrimination_milli=round(1000 * found.discriminations[place]),
        discrimination_error_milli=round(1000 * found.discrimination_errors[place]),
        difficulty_milli=round(1000 * found.difficulties[place]),
        difficulty_error_milli=round(1000 * found.errors[place]),
        answers=answers,
    )
