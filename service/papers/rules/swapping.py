"""Which items could stand in the place of one that an approver sends back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.papers.rules.blueprint import Blueprint
from service.papers.rules.candidates import Candidate
from service.papers.rules.states import Form
from service.papers.rules.targets import Target


@dataclass(frozen=True, slots=True)
class Replacement:
    """An item that keeps every constraint, and the form's deviation from the target with it, in milli-points."""

    candidate: Candidate
    deviation_milli: int


def equivalents(
    blueprint: Blueprint,
    forms: Mapping[Form, Sequence[Candidate]],
    letter: Form,
    position: int,
    candidates: Sequence[Candidate],
    target: Target,
) -> list[Replacement]:
    """The replacements for the item at ``position`` (from 1) of a form that keep every constraint, best first.

    Raises:
        IndexError: the form has no such position.
    """
    raise NotImplementedError
