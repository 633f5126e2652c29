"""Opening a sealed form by two people, and reading an opened one. Delivery comes in here; the bank does not."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session

from service.access.actions import custody
from service.access.actions.custody import Hand
from service.access.rules.policy import Actor
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors, sealing
from service.kernel.decision import ALLOWED, Decision, refuse
from service.papers import queries
from service.papers.actions import keys, picturing, sharing
from service.papers.actions.picturing import Picture, Pictures
from service.papers.actions.sharing import Secrets
from service.papers.rules import states
from service.papers.rules.cases import CasePart
from service.papers.rules.shuffling import Shuffle
from service.papers.rules.states import PaperState, Window
from service.papers.tables import OpenedKey, Opening, PaperForm

HOLDS_NOTHING = refuse(
    "no_share",
    "本卷封卷时您还没有保管钥匙（还没有用密码登录过，或者后来密码被重置），不能启封本卷。请由另一位监考员启封，"
    "或联系市局保管员。",
    source="两人原则（本系统规则）",
)
NO_PAIR = refuse(
    "no_pair",
    "您和第一位启封人不是封卷时配对的两个人，请换一位监考员启封，或联系市局保管员。",
    source="两人原则（本系统规则）",
)


@dataclass(frozen=True, slots=True)
class Question:
    """One item as a candidate sees it: its own copy of the words, no key; with the case that it asks about, if any."""

    position: int
    kind: str
    stem: str
    options: dict[str, str]
    points: int
    pictures: Pictures = field(default_factory=dict)
    case: CasePart | None = None

    @property
    def shown(self) -> dict[str, str]:
        """The digests of its pictures by place."""
        return {place: one.digest for place, one in self.pictures.items()}


@dataclass(frozen=True, slots=True)
class Opened:
    """An opened form: its questions in order, and how each seat's order of them is drawn."""

    questions: list[Question]
    shuffle: Shuffle


def judge_opening(session: Session, actor: Actor, form_id: int, window: Window, *, now: datetime) -> Decision:
    """Whether this person may now add a hand to opening the form."""
    form = _form(session, form_id)
    paper = queries.paper(session, form.paper_id)
    assert paper is not None and actor.person_id is not None
    # Two rooms may sit the same form; once it is open, there is nothing left to open.
    state = PaperState.OPENED if form.opened_at is not None else PaperState.SEALED
    if PaperState(paper.state) not in {PaperState.SEALED, PaperState.OPENED}:
        state = PaperState(paper.state)
    return states.may_open(state, window, queries.openers(session, form_id), actor.person_id, now)


def intend(session: Session, actor: Actor, form_id: int, *, now: datetime) -> None:
    """Put on record that somebody is about to open the form, before it is known what comes of it.

    The caller commits this by itself: an attempt that breaks off in the middle is on record too.
    """
    form = _form(session, form_id)
    record(
        session,
        Event.PAPER_OPENING_INTENDED,
        actor.label,
        f"paper:{form.paper_id}",
        now=now,
        data={"form": form.letter},
    )


def judge_hand(session: Session, actor: Actor, form_id: int, hand: Hand, *, now: datetime) -> Decision:
    """Whether the password is right, and whether what it opens is a hand in this form; a wrong password is counted."""
    decision = custody.judge_password(session, actor, hand, now=now)
    if not decision.allowed:
        return decision
    held = halves(session, form_id, hand)
    if held is None:
        return HOLDS_NOTHING
    first = queries.waiting_hand(session, form_id)
    if first is not None and first.key_id not in held:
        return NO_PAIR
    return ALLOWED


def add_hand(session: Session, actor: Actor, form_id: int, window: Window, hand: Hand, *, now: datetime) -> bool:
    """One of two people opens the form; the second hand opens it. Whether it is open now.

    The caller has checked that the actor proctors a sitting of this form. The first hand reveals nothing: its halves
    wait for the second one's.

    Raises:
        WrongState, Refused: outside the window, the same person twice, or a hand that holds nothing of this form.
    """
    form = _form(session, form_id, lock=True)

    judge_opening(session, actor, form_id, window, now=now).or_refuse()
    judge_hand(session, actor, form_id, hand, now=now).or_refuse()

    hands = _lay(session, actor, form, hand, now)
    opened = hands >= states.OPENERS
    event = Event.PAPER_OPENED if opened else Event.PAPER_OPENING_ATTEMPTED
    data = {"form": form.letter, "hands": hands, "outcome": "opened" if opened else "first_hand"}
    record(session, event, actor.label, f"paper:{form.paper_id}", now=now, data=data)
    return opened


def halves(session: Session, form_id: int, hand: Hand) -> dict[int, bytes] | None:
    """What a hand holds of a sealed form, by partner; nothing where the form was not sealed to its key."""
    return sharing.read_share(session, form_id, hand.key.id, hand.key.private) if hand.key else None


def _lay(session: Session, actor: Actor, form: PaperForm, hand: Hand, now: datetime) -> int:
    """Lay a hand on the form and open it if it is the second one; how many hands there are now."""
    assert form.id is not None and actor.person_id is not None and hand.key is not None
    mine = halves(session, form.id, hand)
    assert mine is not None, "judged a moment ago"
    first = queries.waiting_hand(session, form.id)
    laid = Opening(form_id=form.id, person_id=actor.person_id, key_id=hand.key.id, at=now)
    if first is None:
        laid.waiting = sharing.keep_waiting(mine, form.id, hand.key.id)
    else:
        assert first.waiting is not None and first.key_id is not None
        secrets = sharing.join_waiting(first.waiting, form.id, first.key_id, hand.key.id, mine)
        assert secrets is not None, "the two were found to be a pair"
        unseal(session, form, secrets, now)
    session.add(laid)
    session.flush()
    return len(queries.openers(session, form.id))


def note_refused_opening(session: Session, actor: Actor, form_id: int, decision: Decision, *, now: datetime) -> None:
    """Put a refused attempt on record: every early attempt is in the journal (invariant 4)."""
    form = _form(session, form_id)
    data = {"form": form.letter, "outcome": decision.code}
    record(session, Event.PAPER_OPENING_ATTEMPTED, actor.label, f"paper:{form.paper_id}", now=now, data=data)


def unseal(session: Session, form: PaperForm, secrets: Secrets, now: datetime) -> None:
    """Keep the form's keys for delivery and for marking, after both were found to fit; no half waits any longer."""
    assert form.id is not None and form.sealed is not None
    sealing.decrypt(form.sealed, secrets.questions, bound_to=f"papers_form:{form.id}")
    kept = sealing.encrypt(secrets.questions, sealing.operator_key("questions"), bound_to=_kept(form.id))
    session.add(OpenedKey(form_id=form.id, sealed=kept))
    keys.release(session, form.id, secrets.answers)
    form.opened_at = now
    waiting = queries.waiting_hand(session, form.id)
    if waiting is not None:
        waiting.waiting = None
        session.add(waiting)
    paper = queries.paper(session, form.paper_id)
    assert paper is not None
    paper.state = PaperState.OPENED
    session.add(form)
    session.add(paper)
    session.flush()


def opened_key(session: Session, form_id: int) -> bytes:
    """The key of an opened form's questions.

    Raises:
        WrongState: it is still sealed.
    """
    kept = session.get(OpenedKey, form_id)
    if kept is None:
        raise errors.WrongState("paper_not_opened", "试卷尚未启封，请等待监考员启封。")
    return sealing.decrypt(kept.sealed, sealing.operator_key("questions"), bound_to=_kept(form_id))


def _kept(form_id: int) -> str:
    return f"papers_opened_key:{form_id}"


def read_opened(session: Session, form_id: int) -> list[Question]:
    """The questions of an opened form, in order; see :func:`read_whole`."""
    return read_whole(session, form_id).questions


def read_whole(session: Session, form_id: int) -> Opened:
    """An opened form as it was sealed.

    Raises:
        WrongState: it is still sealed.
    """
    form = _form(session, form_id)
    if form.opened_at is None or form.sealed is None:
        raise errors.WrongState("paper_not_opened", "试卷尚未启封，请等待监考员启封。")
    return look_inside(form, opened_key(session, form_id))


def read_pictures(session: Session, form_id: int) -> dict[str, bytes]:
    """The pictures of an opened form by digest.

    Raises:
        WrongState: it is still sealed.
    """
    return picturing.inside(session, _form(session, form_id), opened_key(session, form_id))


def look_inside(form: PaperForm, key: bytes) -> Opened:
    """A form read under its key, in memory alone: it stays as it is, and nothing is kept.

    Raises:
        cryptography.exceptions.InvalidTag: it is not the key of this form.
    """
    assert form.sealed is not None
    body = json.loads(sealing.decrypt(form.sealed, key, bound_to=f"papers_form:{form.id}"))
    told = body.get("cases", [])
    return Opened([_question(entry, told) for entry in body["questions"]], Shuffle(**body["shuffle"]))


def _question(entry: Mapping[str, Any], told: Sequence[str]) -> Question:
    """A question out of a sealed body; its case's text stands there once, beside all questions."""
    pictures = {place: Picture(**one) for place, one in entry.get("pictures", {}).items()}
    case = entry.get("case")
    if case is not None:
        number, place, size = case
        case = CasePart(number, place, size, told[number - 1])
    return Question(**{**entry, "pictures": pictures, "case": case})


def _form(session: Session, form_id: int, *, lock: bool = False) -> PaperForm:
    form = queries.form(session, form_id, lock=lock)
    if form is None:
        raise errors.NotFound()
    return form
