"""The picture of a question of one's own paper, for a candidate's machine: as guarded as the questions themselves."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from sqlmodel import Session

from service.kernel import errors, settings
from service.papers.actions import opening
from service.sittings.actions import asking
from service.sittings.queries import desks
from service.sittings.rules import lockdown, seats
from service.sittings.rules.lockdown import Machine

# Of opened papers as much is kept in memory as ten rooms with a dozen large pictures each need; what does not fit is
# read again. The words of papers lie elsewhere: saving an answer never waits for a picture.
MOST_BYTES = 64 * 1024 * 1024
_Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture to be sent: its bytes and what they are."""

    content: bytes
    media_type: str


class _Opened:
    """Pictures of opened forms, by database and form; those that were asked for longest ago go first."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[_Place, Mapping[str, bytes]] = OrderedDict()

    def of(self, session: Session, form_id: int) -> Mapping[str, bytes]:
        place = settings.current().database_url, form_id
        with self._lock:
            if place in self._kept:
                self._kept.move_to_end(place)
                return self._kept[place]
        found = opening.read_pictures(session, form_id)
        with self._lock:
            self._kept[place] = found
            while self.held() > MOST_BYTES:
                self._kept.popitem(last=False)
        return found

    def held(self) -> int:
        """How many bytes are kept."""
        return sum(len(content) for pictures in self._kept.values() for content in pictures.values())


OPENED = _Opened()


def show(session: Session, machine: Machine, position: int, place: str, *, now: datetime) -> Shown:
    """The picture at a place of a question, while its candidate is working on it.

    Raises:
        Unauthenticated, Refused: no live session of a seat, or not on this machine.
        WrongState: the candidate has not begun, or has finished.
        NotFound: no such question in this paper, or no picture there.
    """
    desk = desks.desks(session, [machine.token_digest], now).get(machine.token_digest)
    if desk is None:
        raise errors.Unauthenticated("not_signed_in", "请先登录，再继续。")

    lockdown.may_use(desk.lock, machine).or_refuse()

    seats.may_answer(desk.state).or_refuse()
    question = asking.asked(session, desk.form_id).get(position)
    picture = question.pictures.get(place) if question is not None else None
    if picture is None or desk.form_id is None:
        raise errors.NotFound()
    return Shown(OPENED.of(session, desk.form_id)[picture.digest], picture.media_type)
