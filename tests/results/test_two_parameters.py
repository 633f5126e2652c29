"""Two parameters an item against the published estimates of the law school data, and planted values found again."""

import numpy as np
import pytest

from service.results.rules import calibrating, rasch, two_parameters
from service.results.rules.calibrating import Model, Row
from tests.results import lsat


def test_the_law_school_data_has_the_published_estimates_and_standard_errors() -> None:
    found = two_parameters.fit(lsat.answers())

    # What summary(ltm(LSAT ~ z1)) of the package ltm prints (Rizopoulos 2006), which stopped at a slope of 0.024.
    assert found.difficulties == pytest.approx([-3.3597, -1.3696, -0.2799, -1.8659, -3.1236], abs=3e-3)
    assert found.errors == pytest.approx([0.8669, 0.3073, 0.0997, 0.4341, 0.8700], abs=2e-3)
    assert found.discriminations == pytest.approx([0.8254, 0.7229, 0.8905, 0.6886, 0.6575], abs=1e-3)
    assert found.discrimination_errors == pytest.approx([0.2581, 0.1867, 0.2326, 0.1852, 0.2100], abs=1e-3)
    assert found.log_likelihood == pytest.approx(-2466.653, abs=1e-3)


def planted(people: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Discriminations, difficulties, and the answers of two groups with ten of twenty items in common."""
    draw = np.random.default_rng(20261126)
    slopes, places, abilities = draw.uniform(0.6, 1.8, 20), np.linspace(-1.5, 1.5, 20), draw.normal(size=people)
    chances = 1 / (1 + np.exp(-slopes * (abilities[:, None] - places[None])))
    return slopes, places, (draw.random(chances.shape) < chances).astype(float)


def test_planted_values_are_found_again_within_their_own_errors() -> None:
    slopes, places, right = planted(800)
    asked = np.ones(right.shape, dtype=bool)
    asked[:400, :5], asked[400:, 15:] = False, False

    found = two_parameters.fit(right, asked)

    for values, errors, true in (
        (found.discriminations, found.discrimination_errors, slopes),
        (found.difficulties, found.errors, places),
    ):
        off = np.abs(np.array(values) - true) / np.array(errors)
        assert (off < 1.96).mean() >= 0.85 and off.max() < 4
    assert found.log_likelihood >= rasch.fit(right, asked).log_likelihood


@pytest.mark.parametrize(
    "right",
    [
        pytest.param(np.zeros((0, 0)), id="nobody"),
        pytest.param(np.ones((40, 3)), id="all right"),
        pytest.param(np.array([[1.0, 0.0], [0.0, 1.0]] * 20), id="two items, always against each other"),
        pytest.param(np.array([[1.0, 1.0], [0.0, 0.0]] * 20), id="two items, always alike"),
    ],
)
def test_what_cannot_be_settled_is_refused(right: np.ndarray) -> None:
    with pytest.raises(rasch.UnsettledError):
        two_parameters.fit(right)


def rows_of(right: np.ndarray) -> list[Row]:
    return [dict(enumerate(one, start=1)) for one in right.astype(bool)]


@pytest.mark.parametrize(
    ("two_from", "model"),
    [pytest.param(400, Model.TWO, id="as many as asked"), pytest.param(401, Model.ONE, id="one answer too few")],
)
def test_each_item_has_a_discrimination_of_its_own_where_there_are_enough_answers(two_from: int, model: Model) -> None:
    _, _, right = planted(400)

    found = calibrating.calibrated(range(1, 21), rows_of(right), two_from=two_from)

    steep = {one.discrimination_milli for one in found.measured.values()}
    assert (found.model, found.sheets, found.left_out) == (model, 400, frozenset())
    assert len(steep) == 1 if model is Model.ONE else len(steep) > 15
    assert all(one.answers == 400 and one.discrimination_error_milli > 0 for one in found.measured.values())


def test_what_settles_no_discrimination_of_its_own_has_one_together() -> None:
    """Two items alone say how hard they are, and nothing of how each of them tells people apart."""
    pattern = [[1.0, 1.0]] * 30 + [[1.0, 0.0]] * 20 + [[0.0, 1.0]] * 20 + [[0.0, 0.0]] * 30

    found = calibrating.calibrated([1, 2], rows_of(np.array(pattern)), two_from=100)

    assert found.model is Model.ONE and len(found.measured) == 2
