"""Duties that exclude each other, as one table with its clauses; checked per natural person.

``EVERYWHERE`` pairs may not be held by one person at all, whatever the account. The others may be held, but not be
*used* by one person on the same item, paper or class.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from service.access.rules.duties import DUTY_NAMES, EXAM_DUTIES, HOLDERS, MAKERS, NEVER_WITH_TRAINING, Duty
from service.access.rules.people import OrganisationKind
from service.access.rules.ties import AVOIDANCE
from service.kernel.decision import ALLOWED, Decision, first_refusal, refuse


class Scope(StrEnum):
    EVERYWHERE = "everywhere"
    ITEM = "item"
    PAPER = "paper"
    CLASS = "class"
    BLUEPRINT = "blueprint"


# Teaching is not a duty of the service but a fact about a class: programme records it as a deed.
TEACH = "teach"


@dataclass(frozen=True, slots=True)
class Exclusion:
    """One row: two duties that one natural person may not join within the scope, and why."""

    first: str
    second: str
    scope: Scope
    source: str


_EXAM = sorted(EXAM_DUTIES)
_TRAINING_APART = "三(五) 培考分离：严禁委托施教单位出卷和监考"
_TWO_PEOPLE = "两人原则（本系统规则）"
_NO_FRAUD = "五(三) 严防弄虚作假"

EXCLUSIONS: tuple[Exclusion, ...] = (
    *(Exclusion(Duty.ATTEND, duty, Scope.EVERYWHERE, _TRAINING_APART) for duty in sorted(NEVER_WITH_TRAINING)),
    *(Exclusion(Duty.ADMINISTER, duty, Scope.EVERYWHERE, _TWO_PEOPLE) for duty in _EXAM),
    *(Exclusion(Duty.AUDIT, duty, Scope.EVERYWHERE, _TWO_PEOPLE) for duty in (*_EXAM, Duty.ADMINISTER)),
    Exclusion(Duty.AUTHOR, Duty.REVIEW, Scope.ITEM, _TWO_PEOPLE),
    Exclusion(Duty.ASSEMBLE, Duty.APPROVE, Scope.PAPER, _TWO_PEOPLE),
    Exclusion(Duty.ASSEMBLE, Duty.APPROVE, Scope.BLUEPRINT, _TWO_PEOPLE),
    Exclusion(Duty.ASSEMBLE, Duty.PROCTOR, Scope.CLASS, _TWO_PEOPLE),
    Exclusion(Duty.APPROVE, Duty.PROCTOR, Scope.CLASS, _TWO_PEOPLE),
    Exclusion(Duty.ASSEMBLE, Duty.CUSTODY, Scope.CLASS, _TWO_PEOPLE),
    Exclusion(Duty.APPROVE, Duty.CUSTODY, Scope.CLASS, _TWO_PEOPLE),
    # Whoever marks free texts neither watched those who wrote them nor decides what becomes of the results. Authors and
    # reviewers of the item may mark: they know the matter best, and are not shown whose text it is.
    Exclusion(Duty.PROCTOR, Duty.MARK, Scope.CLASS, _TWO_PEOPLE),
    Exclusion(Duty.MARK, Duty.CONFIRM, Scope.CLASS, _TWO_PEOPLE),
    Exclusion(Duty.MARK, Duty.PUBLISH, Scope.CLASS, _TWO_PEOPLE),
    Exclusion(Duty.CONFIRM, Duty.PUBLISH, Scope.CLASS, _TWO_PEOPLE),
    Exclusion(Duty.PROCTOR, Duty.CONFIRM, Scope.CLASS, _TWO_PEOPLE),
    Exclusion(Duty.PROCTOR, Duty.PUBLISH, Scope.CLASS, _TWO_PEOPLE),
    *(Exclusion(TEACH, duty, Scope.CLASS, _TRAINING_APART) for duty in _EXAM),
    Exclusion(TEACH, Duty.SIT, Scope.CLASS, _NO_FRAUD),
    *(Exclusion(Duty.SIT, duty, Scope.CLASS, _NO_FRAUD) for duty in _EXAM),
    # A question is not of one class: whoever read it before one exam knows it at the next.
    *(Exclusion(TEACH, duty, Scope.EVERYWHERE, _TRAINING_APART) for duty in sorted(MAKERS)),
    *(Exclusion(Duty.SIT, duty, Scope.EVERYWHERE, _NO_FRAUD) for duty in sorted(MAKERS)),
    *(Exclusion(Duty.SECURE, duty, Scope.EVERYWHERE, _TWO_PEOPLE) for duty in (*_EXAM, Duty.ADMINISTER, Duty.AUDIT)),
)

_WORDS = {**{str(duty): name for duty, name in DUTY_NAMES.items()}, TEACH: "授课"}


def word(duty: str) -> str:
    """The Chinese word for a duty or for teaching."""
    return _WORDS[duty]


def may_hold(kind: OrganisationKind, duty: Duty) -> Decision:
    """Whether an organisation of this kind may hold the duty at all (invariant 1c)."""
    if kind in HOLDERS[duty]:
        return ALLOWED
    return refuse(
        "organisation_may_not_hold",
        "“{duty}”职责不能授予这类单位的账号。",
        source=_TRAINING_APART if duty in EXAM_DUTIES else "各单位的职责（本系统规则）",
        duty=word(duty),
    )


def excluding(duty: str, scope: Scope) -> frozenset[str]:
    """The duties of which one person may not have used any on a subject on which they are to use this one."""
    pairs = ({one.first, one.second} for one in EXCLUSIONS if one.scope is scope)
    return frozenset(other for pair in pairs if duty in pair for other in pair - {duty})


def _clash(duty: str, others: Iterable[str], scopes: frozenset[Scope]) -> Exclusion | None:
    present = set(others) - {duty}
    if not present:
        return None  # As with nearly everybody at a door, where this is asked at every act.
    for exclusion in EXCLUSIONS:
        pair = {exclusion.first, exclusion.second}
        if exclusion.scope in scopes and duty in pair and pair & present:
            return exclusion
    return None


def _refusal(exclusion: Exclusion, code: str, sentence: str) -> Decision:
    return refuse(code, sentence, source=exclusion.source, first=word(exclusion.first), second=word(exclusion.second))


def may_be_granted(duty: Duty, held: Iterable[str], employers: Iterable[OrganisationKind]) -> Decision:
    """Whether a person who holds ``held`` in any account and works for ``employers`` may be granted ``duty``."""
    if duty in NEVER_WITH_TRAINING and OrganisationKind.INSTITUTION in set(employers):
        return refuse(
            "works_for_institution",
            "此人与施教单位有关联（账号、授课、任职或借调），不能承担考试职责，也不能担任审计、系统管理、安全管理或项目管理，"
            "请换一位同事承担。",
            source=_TRAINING_APART,
        )
    clash = _clash(duty, held, frozenset({Scope.EVERYWHERE}))
    if clash is None:
        return ALLOWED
    return _refusal(clash, "duties_exclude", "同一人不能同时承担“{first}”和“{second}”。")


_TURNED = {
    TEACH: "此人办理过或正在承担“{second}”，看得到试题，不能为培训授课，请另选教师。",
    Duty.SIT: "此人办理过或正在承担“{second}”，看得到试题，不能编入本市的班次参加考试。请由其他城市组织其培训和考试。",
}


def may_turn_to(part: str, made: Iterable[str]) -> Decision:
    """Whether a person may come to teach a class or to sit an exam (``part``), who has made questions or papers by
    these duties, or holds them: such a one never may, in whatever class.
    """
    clash = _clash(part, made, frozenset({Scope.EVERYWHERE}))
    return ALLOWED if clash is None else _refusal(clash, "makes_the_exam", _TURNED[part])


def may_join(kind: OrganisationKind, held: Iterable[str]) -> Decision:
    """Whether a person who holds ``held`` may get an account of such a body: no exam duty by the back door."""
    return first_refusal(*(may_be_granted(Duty(duty), (), {kind}) for duty in sorted(held)))


def may_receive(
    kind: OrganisationKind, duty: Duty, held: Iterable[str], employers: Iterable[OrganisationKind]
) -> Decision:
    """Whether an account of such a body may be charged with the duty, whatever its person holds elsewhere."""
    return first_refusal(may_hold(kind, duty), may_be_granted(duty, held, employers))


def may_be_near(near: bool) -> Decision:
    """Whether a person may have a hand in the exam of a class, or look into it: not when a declared tie names who
    teaches it.
    """
    if not near:
        return ALLOWED
    return refuse(
        "tied_to_institution",
        "您与承办本班次培训的施教单位有已申报的关联，应当回避，不能查看或办理本班次的考试，请换一位同事办理。"
        "申报有误的，请联系系统管理员更正。",
        source=AVOIDANCE,
    )


def may_use(
    duty: Duty,
    held: Iterable[str],
    employers: Iterable[OrganisationKind],
    done: Iterable[str],
    scope: Scope,
    *,
    near: bool = False,
) -> Decision:
    """Whether a person may use the duty on a subject: all that was asked at the granting is asked again.

    ``near``: a declared tie of the person names the institution that teaches the class.
    """
    return first_refusal(
        may_be_granted(duty, set(held) - {duty}, employers), may_be_near(near), may_act(duty, done, scope)
    )


def in_force(duties: Iterable[str], employers: Iterable[OrganisationKind], *, sits: bool = False) -> frozenset[Duty]:
    """The duties of an account that carry rights now: for whoever is tied to an institution, none that sees
    the exam or opens the way to it; for whoever is on a roster, none that sees questions.

    A tie can come after the duty, by teaching a class or by declaration; then even looking has to stop.
    """
    charged = frozenset(map(Duty, duties))
    tied = NEVER_WITH_TRAINING if OrganisationKind.INSTITUTION in set(employers) else frozenset[Duty]()
    return charged - tied - (MAKERS if sits else frozenset())


def may_act(duty: str, done: Iterable[str], scope: Scope) -> Decision:
    """Whether a person who has already ``done`` these on the same subject may now use ``duty`` on it."""
    clash = _clash(duty, done, frozenset({scope}))
    if clash is None:
        return ALLOWED
    return _refusal(clash, "deeds_exclude", "同一人对同一对象不能既“{first}”又“{second}”，请换一位同事办理。")
