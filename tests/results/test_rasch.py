"""Calibration against the published estimates of the law school data, a kept library, and planted difficulties."""

import numpy as np
import pytest

from service.results.rules import rasch
from tests.results import lsat


def test_the_law_school_data_has_the_published_estimates_and_standard_errors() -> None:
    found = rasch.fit(lsat.answers())

    # What rasch(LSAT) of the package ltm prints (Rizopoulos 2006), with 21 points of Gauss–Hermite quadrature.
    assert [round(one, 4) for one in found.difficulties] == pytest.approx(
        [-3.6153, -1.3224, -0.3176, -1.7301, -2.7802], abs=2e-4
    )
    assert [round(one, 4) for one in found.errors] == pytest.approx([0.3266, 0.1422, 0.0977, 0.1691, 0.2510], abs=2e-4)
    assert (found.discrimination, found.discrimination_error) == pytest.approx((0.7551, 0.0694), abs=2e-4)
    assert found.log_likelihood == pytest.approx(-2466.938, abs=1e-3)


def test_it_agrees_with_a_library() -> None:
    found = rasch.fit(lsat.answers())

    # girth 0.8.0, onepl_mml, run once on the same data; it stops where a step is below 1e-5.
    assert found.discrimination == pytest.approx(0.7551730026162137, abs=1e-4)
    assert found.difficulties == pytest.approx(
        [-3.6152392, -1.32238062, -0.31759893, -1.73006875, -2.78012917], abs=1e-4
    )


def test_what_was_not_asked_says_nothing() -> None:
    """Who was asked nothing adds no knowledge, whatever stands in their row."""
    whole = lsat.answers()
    more = np.vstack([whole, np.ones((50, 5))])
    asked = np.vstack([np.ones((1000, 5), dtype=bool), np.zeros((50, 5), dtype=bool)])

    one, other = rasch.fit(whole), rasch.fit(more, asked)

    assert other.difficulties == pytest.approx(one.difficulties, abs=1e-8)
    assert other.errors == pytest.approx(one.errors, abs=1e-8)


def test_two_classes_with_items_in_common_are_put_on_one_scale() -> None:
    """Planted difficulties are found again within their own standard errors, as often as they should be."""
    draw = np.random.default_rng(20261126)
    planted = np.linspace(-1.5, 1.5, 30)
    abilities = draw.normal(size=1200)
    chances = 1 / (1 + np.exp(-(abilities[:, None] - planted[None])))
    right = (draw.random(chances.shape) < chances).astype(float)
    asked = np.ones(chances.shape, dtype=bool)
    asked[:600, :10], asked[600:, 20:] = False, False

    found = rasch.fit(right, asked)

    off = np.abs(np.array(found.difficulties) - planted) / np.array(found.errors)
    assert (off < 1.96).mean() >= 0.85 and off.max() < 4
    assert abs(found.discrimination - 1) < 4 * found.discrimination_error


@pytest.mark.parametrize(
    "right",
    [
        pytest.param(np.zeros((0, 0)), id="nobody"),
        pytest.param(np.ones((40, 3)), id="all right"),
        pytest.param(np.array([[1.0, 0.0], [1.0, 1.0]]), id="one item all right"),
        pytest.param(np.array([[1.0, 0.0], [0.0, 1.0]] * 20), id="answers against each other"),
    ],
)
def test_what_cannot_be_settled_is_refused(right: np.ndarray) -> None:
    with pytest.raises(rasch.UnsettledError):
        rasch.fit(right)
