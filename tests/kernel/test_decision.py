"""Decisions: what a refusal raises, and which of several refusals counts."""

import pytest

from service.kernel import errors
from service.kernel.decision import ALLOWED, Decision, first_refusal, not_now, refuse


@pytest.mark.parametrize(
    ("decision", "kind", "status"),
    [
        pytest.param(
            refuse("too_late", "晚了{minutes}分钟。", source="二", minutes=5), errors.Refused, 403, id="refuse"
        ),
        pytest.param(
            not_now("too_late", "晚了{minutes}分钟。", source="二", minutes=5), errors.WrongState, 409, id="later"
        ),
    ],
)
def test_or_refuse_raises_by_status_with_everything_the_edge_needs(
    decision: Decision, kind: type[errors.ServiceError], status: int
) -> None:
    with pytest.raises(errors.ServiceError) as refused:
        decision.or_refuse()

    error = refused.value
    assert type(error) is kind
    assert (error.status, error.code, error.source, error.values) == (status, "too_late", "二", {"minutes": 5})
    assert str(error) == "too_late: 晚了5分钟。"


def test_a_permission_raises_nothing_and_says_nothing() -> None:
    ALLOWED.or_refuse()

    assert (ALLOWED.allowed, ALLOWED.code, ALLOWED.reason) == (True, "allowed", "")


FIRST, SECOND = refuse("first", ""), not_now("second", "")


@pytest.mark.parametrize(
    ("decisions", "found"),
    [
        pytest.param((), ALLOWED, id="nothing to decide"),
        pytest.param((ALLOWED, ALLOWED), ALLOWED, id="all allow"),
        pytest.param((ALLOWED, FIRST, SECOND), FIRST, id="the first refusal"),
        pytest.param((SECOND, FIRST), SECOND, id="order decides, not the status"),
    ],
)
def test_the_first_refusal_counts(decisions: tuple[Decision, ...], found: Decision) -> None:
    assert first_refusal(*decisions) is found


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (errors.Unauthenticated, 401),
        (errors.Refused, 403),
        (errors.NotFound, 404),
        (errors.WrongState, 409),
        (errors.Malformed, 422),
    ],
)
def test_the_catalogue_of_errors_keeps_its_statuses(kind: type[errors.ServiceError], status: int) -> None:
    assert kind.status == status


def test_a_thing_of_another_reads_like_a_thing_that_is_not_there() -> None:
    assert str(errors.NotFound()) == "not_found: 没有找到，或者不属于您。"
