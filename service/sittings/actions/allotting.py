"""Proposing proctors for one sitting or a whole day, and accepting the proposal as it was shown."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from service.access import queries as access
from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right
from service.access.tables import Account, Organisation, Person
from service.kernel import clock, errors, sealing
from service.kernel.decision import ALLOWED, Decision, first_refusal
from service.sittings import queries
from service.sittings.actions import arranging
from service.sittings.queries import SittingView, calendar, places, relieving, scheduling
from service.sittings.rules import allotting as rules
from service.sittings.rules import phases, proctors
from service.sittings.rules import scheduling as conflicts
from service.sittings.rules.allotting import Colleague, Draw, Post


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody with the proctor's duty, in the account that holds it, and how many sittings they have had."""

    account: Account
    person: Person
    organisation: Organisation
    load: int


@dataclass(frozen=True, slots=True)
class Proposed:
    """What the draw says of one sitting: who is there already, who joins, who could have, and why others cannot."""

    view: SittingView
    needed: int
    assigned: tuple[Person, ...]
    chosen: tuple[Holder, ...]
    spare: tuple[Holder, ...]
    excluded: tuple[tuple[Holder, Decision], ...]

    @property
    def lacking(self) -> int:
        return max(0, self.needed - len(self.assigned) - len(self.chosen))


@dataclass(frozen=True, slots=True)
class Allotment:
    """A proposal; ``digest`` names it, so that what is accepted is what was shown."""

    seed: int
    digest: str
    sittings: tuple[Proposed, ...]


def propose(session: Session, actor: Actor, sitting_ids: Collection[int], seed: int, *, now: datetime) -> Allotment:
    """Proctors for these sittings by :func:`rules.draw`, with the reason for everybody who is excluded.

    Raises:
        NotFound: no such sitting. WrongState: one of them is cancelled or over.
    """
    using.require_right(actor, Right.SITTINGS_ARRANGE)

    views = [_view(session, sitting_id, now) for sitting_id in sorted(set(sitting_ids))]
    holders = _holders(session)
    present = scheduling.proctors_of(session, [view.sitting.id or 0 for view in views])

    barred = {view.sitting.id or 0: _barred(session, view, holders, present) for view in views}
    posts = [_post(session, view, present) for view in views]
    colleagues = [
        Colleague(
            person_id,
            holder.organisation.county,
            holder.load,
            {sitting_id: found[person_id] for sitting_id, found in barred.items() if person_id in found},
        )
        for person_id, holder in holders.items()
    ]
    drawn = rules.draw(posts, colleagues, seed)
    proposed = tuple(
        _proposed(view, post, holders, present.get(post.sitting_id, []), drawn, barred[post.sitting_id])
        for view, post in zip(views, posts, strict=True)
    )
    return Allotment(seed, _digest(drawn), proposed)


def accept(
    session: Session, actor: Actor, sitting_ids: Collection[int], seed: int, digest: str, *, now: datetime
) -> int:
    """Assign everybody whom the proposal names; how many those are. Seed and digest stand in the record of each.

    Raises:
        WrongState: the proposal is another one by now, or it names nobody.
    """
    using.require_right(actor, Right.SITTINGS_ARRANGE)

    # Locked in one order, so that two people who accept at a moment wait for each other instead of for ever.
    for sitting_id in sorted(set(sitting_ids)):
        queries.sitting(session, sitting_id, lock=True)
    allotment = propose(session, actor, sitting_ids, seed, now=now)

    if allotment.digest != digest:
        raise errors.WrongState("allotment_changed", "监考员或场次的情况刚有变化，请重新抽取后再确认。")
    chosen = [(one.view.sitting.id or 0, holder) for one in allotment.sittings for holder in one.chosen]
    if not chosen:
        raise errors.WrongState("nobody_to_allot", "没有可以安排的监考员：名额已满，或所有监考员都被排除。")

    scheduling.lock_people(session, [holder.person.id or 0 for _, holder in chosen])
    drawn = {"seed": seed, "draw": digest}
    for sitting_id, holder in chosen:
        arranging.assign_proctor(session, actor, sitting_id, holder.account.id or 0, drawn=drawn, now=now)
    return len(chosen)


def open_on(session: Session, day: date, *, now: datetime) -> list[int]:
    """The sittings of a local day that are not over and lack proctors."""
    in_force = places.rules_on(session, day)
    views = [view for view in calendar.on_day(session, day) if now < queries.times_of(view.sitting, now).ends_at]
    present = scheduling.proctors_of(session, [view.sitting.id or 0 for view in views])
    ids = [view.sitting.id or 0 for view in views]
    return sorted(one for one in ids if len(present.get(one, [])) < in_force.proctors)


def _view(session: Session, sitting_id: int, now: datetime) -> SittingView:
    view = queries.view(session, sitting_id)
    if view is None:
        raise errors.NotFound()
    if view.sitting.cancelled_at is not None:
        raise errors.WrongState("sitting_cancelled", "本场考试已经取消。")
    if now >= queries.times_of(view.sitting, now).ends_at:
        raise errors.WrongState(
            "sitting_ended", "本场考试已经结束，不能再安排监考员。请返回场次列表，选择还没有结束的场次。"
        )
    return view


def _holders(session: Session) -> dict[int, Holder]:
    """Everybody with the proctor's duty in an open account, by person; of two accounts the first counts."""
    duties = access.duties_by_account(session)
    loads = scheduling.loads(session)
    found: dict[int, Holder] = {}
    for account, person, organisation in access.accounts(session):
        if account.active and Duty.PROCTOR in duties.get(account.id or 0, []):
            found.setdefault(person.id or 0, Holder(account, person, organisation, loads.get(person.id or 0, 0)))
    return found


def _barred(
    session: Session, view: SittingView, holders: Mapping[int, Holder], present: Mapping[int, Sequence[Person]]
) -> dict[int, Decision]:
    """Why which holders cannot proctor a sitting; who is there already needs no second place."""
    sitting_id, at = view.sitting.id or 0, scheduling.taken(session, view.sitting)
    there = {person.id for person in present.get(sitting_id, [])}
    elsewhere = scheduling.bookings_of_proctors(session, holders, at, apart_from=sitting_id)
    sitting_then = scheduling.bookings_of_candidates(session, holders, at)
    relieved = {one.person_id for one in relieving.reliefs(session, sitting_id)}
    found = {}
    for person_id in holders:
        bound = [one for one in elsewhere.get(person_id, []) if phases.overlap(at, one.by.at)]
        tied = using.may_use_duty(session, person_id, Duty.PROCTOR, f"class:{view.sitting.class_id}")
        busy = [conflicts.proctor_busy(one) for one in bound]
        own = list(conflicts.candidates_busy([sitting_then[person_id]])) if person_id in sitting_then else []
        again = proctors.may_come_back(relieved=person_id in relieved)
        decision = first_refusal(*tied, again, *busy, *own)
        if person_id in there:
            found[person_id] = ALLOWED
        elif not decision.allowed:
            found[person_id] = decision
    return found


def _post(session: Session, view: SittingView, present: Mapping[int, Sequence[Person]]) -> Post:
    sitting_id = view.sitting.id or 0
    in_force = places.rules_on(session, clock.local(view.sitting.starts_at).date())
    missing = max(0, in_force.proctors - len(present.get(sitting_id, [])))
    return Post(sitting_id, view.point.county, scheduling.taken(session, view.sitting), missing)


def _proposed(
    view: SittingView,
    post: Post,
    holders: Mapping[int, Holder],
    assigned: Sequence[Person],
    drawn: Draw,
    barred: Mapping[int, Decision],
) -> Proposed:
    chosen = drawn.chosen[post.sitting_id]
    return Proposed(
        view=view,
        needed=post.needed + len(assigned),
        assigned=tuple(assigned),
        chosen=tuple(holders[one] for one in chosen),
        spare=tuple(one for person_id, one in holders.items() if person_id not in {*chosen, *barred}),
        excluded=tuple((holders[one], decision) for one, decision in barred.items() if not decision.allowed),
    )


def _digest(drawn: Draw) -> str:
    """Twelve hexadecimal digits over seed and choice."""
    chosen = {str(sitting_id): list(people) for sitting_id, people in drawn.chosen.items()}
    text = json.dumps({"seed": drawn.seed, "chosen": chosen}, sort_keys=True, separators=(",", ":"))
    return sealing.digest(text.encode())[:12]
