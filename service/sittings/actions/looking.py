"""Reading a ticket: what its code or its typed number says, before anybody asks whether it is true."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from service.kernel import sealing
from service.kernel.decision import ALLOWED, Decision
from service.sittings.rules import ticket_code, verdicts
from service.sittings.rules.ticket_code import TicketCode


@dataclass(frozen=True, slots=True)
class Ticket:
    """A typed number or a signed code; neither where the text is no ticket of ours."""

    number: str = ""
    code: TicketCode | None = None

    @property
    def readable(self) -> Decision:
        return ALLOWED if self.number or self.code else verdicts.TICKET_UNREADABLE


def read(texts: Iterable[str]) -> dict[str, Ticket]:
    """What these texts say, by text; each signature is checked."""
    return {text: _read(text.strip()) for text in set(texts)}


def _read(text: str) -> Ticket:
    if text.isdigit():
        return Ticket(number=text)
    try:
        return Ticket(code=_decoded(text))
    except ticket_code.UnreadableError:
        return Ticket()


@lru_cache(maxsize=4096)
def _decoded(text: str) -> TicketCode:
    """What a genuine code says. Whoever is looked at is admitted a moment later, by the same text and the same key."""
    return ticket_code.decode(text, _verify)


def _verify(message: bytes, mark: bytes) -> None:
    sealing.verify(message, mark, purpose="ticket")
