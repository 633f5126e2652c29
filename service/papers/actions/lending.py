"""Two custodians of the bureau lend their hands, so that an assembly can be repeated while spare forms are sealed.

With the seed and the bank whoever runs the command could make the sealed forms too. So the seed lies under the keys of
both forms of every paper of its assembly, as before, and only two people who could open each of them put it together:
in memory, for as long as the repetition takes. Nothing is opened or kept, and what comes of it is equal or not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlmodel import Session

from service.access import queries as access
from service.access.actions import custody, entering, factors, holding, using
from service.access.actions.custody import Hand
from service.access.actions.factors import Given
from service.access.rules.duties import Duty
from service.access.rules.policy import ANONYMOUS, Actor, Right, holds
from service.access.tables import Person
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import clock, errors
from service.kernel.decision import ALLOWED, Decision, first_refusal, refuse
from service.papers import queries
from service.papers.actions import opening, sharing
from service.papers.rules import repeating as rules
from service.papers.rules.repeating import Set
from service.papers.rules.states import PaperState
from service.papers.tables import Paper, PaperForm

NO_PAIR = refuse(
    "lenders_no_pair",
    "封存第{paper}号试卷{letter}卷时，这两位保管员没有配对的钥匙。请由封卷时已有钥匙的两位保管员一起复核。",
    source="两人原则（本系统规则）",
)


@dataclass(frozen=True, slots=True)
class Lender:
    """Somebody at the operator's terminal: who it would be, what the password amounts to, and the code beside it."""

    actor: Actor
    hand: Hand
    code: str = ""


def present(session: Session, username: str, password: str, code: str = "") -> Lender:
    """What a user name and a password amount to; slow. Nothing is refused here, for refusals are counted."""
    account = access.account_by_username(session, username)
    if account is None or not account.active:
        return Lender(ANONYMOUS, Hand())
    actor = entering.actor_of_account(session, account, session.get_one(Person, account.person_id))
    return Lender(actor, custody.step_up(session, actor, password), code)


def lend(
    session: Session, paper_id: int, lenders: tuple[Lender, Lender], *, now: datetime
) -> tuple[Decision, Mapping[int, bytes]]:
    """The decision, and the keys of the questions of every form of the assembly that is still sealed, by form.

    A refused attempt is a return value and not an exception, because it must be committed to the record.

    Raises:
        NotFound: no such paper.
    """
    paper = queries.paper(session, paper_id)
    if paper is None:
        raise errors.NotFound()
    papers = [one for one in queries.papers_of_run(session, paper) if one.state != PaperState.REJECTED]

    decision = first_refusal(*[_judge(session, one, papers, now) for one in lenders])

    people = [one.actor.person_id or 0 for one in lenders]
    if decision.allowed:
        decision = _may_repeat(session, paper_id, papers, people, now)
    keys: dict[int, bytes] = {}
    if decision.allowed:
        decision, keys = _joined(session, papers, lenders)
    if decision.allowed:
        for one in lenders:
            using.use_duty(session, one.actor, Duty.CUSTODY, *_classes(papers), now=now)

    classes = [one.class_id for one in papers]
    data = {"outcome": "lent" if decision.allowed else decision.code, "hands": people, "classes": classes}
    record(session, Event.PAPER_REPETITION_ATTEMPTED, _label(lenders), f"paper:{paper_id}", now=now, data=data)
    return decision, keys


def note_outcome(
    session: Session, paper_id: int, lenders: tuple[Lender, Lender], differences: Sequence[str], *, now: datetime
) -> None:
    """Put on record what the repetition found: how many differences, and not which."""
    hands = [one.actor.person_id for one in lenders]
    data = {"hands": hands, "differences": len(differences)}
    record(session, Event.PAPER_REPEATED, _label(lenders), f"paper:{paper_id}", now=now, data=data)


def note_broken(
    session: Session, paper_id: int, lenders: tuple[Lender, Lender], error: BaseException, *, now: datetime
) -> None:
    """Put on record that a repetition broke off after the keys were lent: the kind of error, and none of its words."""
    kind = error.code if isinstance(error, errors.ServiceError) else type(error).__name__
    hands = [one.actor.person_id for one in lenders]
    data = {"hands": hands, "differences": None, "outcome": "broken", "error": kind}
    record(session, Event.PAPER_REPEATED, _label(lenders), f"paper:{paper_id}", now=now, data=data)


def _label(lenders: tuple[Lender, Lender]) -> str:
    return lenders[0].actor.label


def _judge(session: Session, lender: Lender, papers: Sequence[Paper], now: datetime) -> Decision:
    """Whether this is a custodian of the bureau, by password and second factor as at the door."""
    account = access.account(session, lender.actor.account_id or 0, lock=True)
    if account is None:
        return refuse("lender_unknown", "没有这个用户名，或账号已停用。请核对保管员的用户名后重试。")
    assert account.id is not None
    # A right password forgives the wrong ones before it, so wrong codes are counted for themselves.
    held = holding.judge(session, account.id, holding.TERMINAL, now=now)
    decision = custody.judge_password(session, lender.actor, lender.hand, now=now) if held.allowed else held
    if not decision.allowed:
        return decision
    shown = factors.show(session, account, Given(lender.code), now=now)
    if shown.refusal is not None:
        if shown.wrong:
            holding.count_failure(session, account, holding.TERMINAL, now=now)
        return refuse(shown.refusal.code, shown.refusal.detail)
    holding.forgive(session, account.id, holding.TERMINAL)
    # As a session would have it that was opened with this factor.
    provisional = account.one_time_until is not None
    actor = entering.as_shown(lender.actor, shown.factor, provisional=provisional, doubted=account.doubted)
    if not holds(actor, Right.PAPERS_BREAK_OPEN):
        said = "“{who}”不是市局保管员，或者还没有绑定第二验证方式。请由两位市局保管员复核。"
        return refuse("not_custodian", said, source="两人原则（本系统规则）", who=account.username)
    assert lender.actor.person_id is not None
    return first_refusal(*using.may_use_duty(session, lender.actor.person_id, Duty.CUSTODY, *_classes(papers)))


def _classes(papers: Sequence[Paper]) -> list[str]:
    return [f"class:{one.class_id}" for one in papers]


def _may_repeat(
    session: Session, paper_id: int, papers: Sequence[Paper], people: Sequence[int], now: datetime
) -> Decision:
    return rules.may_repeat(paper_id, [_set(session, one) for one in papers], people, clock.local(now).date())


def _set(session: Session, paper: Paper) -> Set:
    opened = [form.opened_at for form in queries.forms(session, paper.id or 0).values() if form.opened_at is not None]
    on = clock.local(min(opened)).date() if opened else None
    return Set(paper.id or 0, date.fromisoformat(paper.recipe["exam_on"]), on)


def _joined(
    session: Session, papers: Sequence[Paper], lenders: tuple[Lender, Lender]
) -> tuple[Decision, dict[int, bytes]]:
    keys: dict[int, bytes] = {}
    for paper in papers:
        for letter, form in queries.forms(session, paper.id or 0).items():
            if form.opened_at is not None:
                continue
            key = _key(session, form, lenders)
            if key is None:
                return replace(NO_PAIR, values={"paper": paper.id, "letter": letter}), {}
            keys[form.id or 0] = key
    return ALLOWED, keys


def _key(session: Session, form: PaperForm, lenders: tuple[Lender, Lender]) -> bytes | None:
    """The key of a sealed form's questions, of both hands; nothing where they are no pair. Answers stay locked."""
    first, second = (one.hand for one in lenders)
    theirs, mine = (opening.halves(session, form.id or 0, one) for one in (first, second))
    if theirs is None or mine is None or first.key is None or second.key is None:
        return None
    secrets = sharing.join_hands(theirs, first.key.id, second.key.id, mine)
    return None if secrets is None else secrets.questions
