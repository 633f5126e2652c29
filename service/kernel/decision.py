"""A decision: allowed or not, with a code for programs and a sentence for people.

Rules return decisions, actions call :meth:`Decision.or_refuse`, pages show a button where ``allowed``
and the reason where not. Nothing decides by message text, and there are no ``check_x``/``can_x`` twins.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from service.kernel import errors


@dataclass(frozen=True, slots=True)
class Decision:
    """``reason`` is the Chinese sentence with ``{placeholders}``, filled from ``values`` at the edge."""

    allowed: bool
    code: str = "allowed"
    reason: str = ""
    source: str = ""
    status: int = 403
    values: Mapping[str, object] = field(default_factory=dict)

    def or_refuse(self) -> None:
        """Raise the refusal this decision stands for, unless it allows.

        Raises:
            Refused: the person may not do this (403).
            WrongState: the thing or the time does not allow it now (409).
        """
        if not self.allowed:
            raise self.refusal()

    def refusal(self) -> errors.ServiceError:
        """The refusal as a value, where many are decided at once and one may not stop the others."""
        kind = errors.WrongState if self.status == errors.WrongState.status else errors.Refused
        return kind(self.code, self.reason, source=self.source, **self.values)


ALLOWED = Decision(allowed=True)


def refuse(code: str, reason: str, *, source: str = "", **values: object) -> Decision:
    """This person may not."""
    return Decision(False, code, reason, source, errors.Refused.status, values)


def not_now(code: str, reason: str, *, source: str = "", **values: object) -> Decision:
    """The state or the time does not allow it, whoever asks."""
    return Decision(False, code, reason, source, errors.WrongState.status, values)


def first_refusal(*decisions: Decision) -> Decision:
    """The first decision that does not allow, or the permission."""
    return next((decision for decision in decisions if not decision.allowed), ALLOWED)
