"""Reviewing by answering first: what a reviewer answered, and what that asks of the judgement."""

from collections.abc import Collection, Sequence

from service.bank.rules import filling, rubric
from service.bank.rules.items import LETTERS, TRUTHS, TYPED, Kind, State
from service.kernel.decision import ALLOWED, Decision, not_now, refuse

# 命题审题 practice: whoever reads the key first finds every item easy.
SOURCE = "两人原则（本系统规则）"


def choices(kind: Kind) -> Sequence[str]:
    """What may be chosen of an item of a kind; nothing where the answer is typed."""
    match kind:
        case Kind.TRUE_FALSE:
            return TRUTHS
        case Kind.SINGLE | Kind.MULTIPLE:
            return tuple(LETTERS)
        case Kind.FILL_IN | Kind.WRITTEN:
            return ()


def answer_of(kind: Kind, chosen: Collection[str]) -> str | None:
    """What was chosen as a key is written, or the one text that was typed; nothing where no item of this kind could
    be answered so."""
    if kind in TYPED:
        typed = filling.typed if kind is Kind.FILL_IN else rubric.typed
        return typed(next(iter(chosen))) if len(chosen) == 1 else None
    known = choices(kind)
    if not chosen or not set(chosen) <= set(known):
        return None
    if kind is not Kind.MULTIPLE and len(set(chosen)) != 1:
        return None
    return "".join(letter for letter in known if letter in chosen)


def is_right(kind: Kind, key: str, answer: str) -> bool:
    """Whether an answer of :func:`answer_of` is the key, or a text that it accepts.

    Nothing but the reviewer can tell whether a rubric fits what they wrote, so no written answer speaks against one.
    """
    match kind:
        case Kind.FILL_IN:
            return filling.accepts(key, answer)
        case Kind.WRITTEN:
            return True
        case Kind.SINGLE | Kind.MULTIPLE | Kind.TRUE_FALSE:
            return answer == key


def may_see_key(state: State, *, reviews: bool, answered: bool) -> Decision:
    """Whether the key may be shown: to whoever is to judge a version only after answering it."""
    if state is State.SUBMITTED and reviews and not answered:
        return not_now("answer_first", "请先作答，再看答案和解析。", source=SOURCE)
    return ALLOWED


def may_answer(state: State, *, answered: bool) -> Decision:
    """Whether a reviewer may still answer: once, and only what waits for review."""
    if answered:
        return not_now("already_answered", "您已经作答，每题只能作答一次。", source=SOURCE)
    if state is State.WITHDRAWN:
        return not_now("item_withdrawn", "命题人已经撤回这一版，不必再作答。")
    if state is not State.SUBMITTED:
        return not_now("item_judged", "该题已经审过，不必再作答。")
    return ALLOWED


def may_judge(*, approve: bool, right: bool | None, reason: str) -> Decision:
    """Whether a judgement may be given; ``right`` says how the reviewer answered, nothing that they have not.

    A rejection needs a reason, and needs no answer: what is wrong may be that it cannot be answered.
    """
    if approve and right is None:
        return not_now("answer_first_to_approve", "请先作答，再通过该题。", source=SOURCE)
    if not approve and not reason.strip():
        return refuse("rejection_reason", "退回时须写明理由。", source=SOURCE)
    if approve and not right and not reason.strip():
        sentence = "您的作答与标准答案不一致。仍要通过的，须写明理由。"
        return refuse("approval_reason", sentence, source=SOURCE)
    return ALLOWED


def may_settle(suspended_by: int | None, person_id: int | None) -> Decision:
    """Whether a person may decide on a suspended version: not whoever suspended it."""
    if suspended_by is not None and suspended_by == person_id:
        sentence = "这道题是您暂停的，恢复或停用须由另一位审题人员决定。"
        return refuse("same_person_suspended", sentence, source=SOURCE)
    return ALLOWED
