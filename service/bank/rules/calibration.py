"""What answers say of an item: how hard it proved, how well it tells candidates apart, and how sure that is.

Everything is in thousandths of a logit and whole numbers, so that papers made from it come out the same everywhere.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from service.bank.rules.items import EVER_APPROVED, STATE_NAMES, State
from service.kernel.decision import ALLOWED, Decision, not_now

# A fit that lands outside these has not converged, or the item is broken: nothing is built on it.
BOUNDS: Mapping[str, tuple[int, int]] = {
    "discrimination_milli": (1, 6000),
    "discrimination_error_milli": (1, 6000),
    "difficulty_milli": (-6000, 6000),
    "difficulty_error_milli": (1, 6000),
}
ASKED = EVER_APPROVED


@dataclass(frozen=True, slots=True)
class Calibration:
    """Discrimination and difficulty with their standard errors in thousandths of a logit, from so many answers."""

    discrimination_milli: int
    discrimination_error_milli: int
    difficulty_milli: int
    difficulty_error_milli: int
    answers: int


def outside_bounds(calibration: Calibration) -> tuple[str, ...]:
    """Names of the values that no sound fit gives, in order."""
    values = asdict(calibration)
    odd = tuple(name for name, (least, most) in BOUNDS.items() if not least <= values[name] <= most)
    return odd if calibration.answers >= 1 else (*odd, "answers")


def may_calibrate(state: State) -> Decision:
    """Whether answers can say anything of a version: only one that was approved can ever have been asked."""
    if state in ASKED:
        return ALLOWED
    return not_now(
        "item_never_asked",
        "试题现在是“{state}”，从未用于考试，不能标定。",
        source="试卷规则（本系统规则）",
        state=STATE_NAMES[state],
    )
