"""Citing another edition: what was asked by a repealed one is asked by its successor, after an author has looked."""

from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.policy import Actor, Right
from service.bank import queries
from service.bank.actions import reviewing
from service.bank.queries import standing
from service.bank.rules.items import ItemText, State
from service.bank.tables import ItemVersion
from service.kernel import errors


def recite(
    session: Session,
    actor: Actor,
    version_id: int,
    *,
    edition: str,
    article: int,
    explanation: str,
    now: datetime,
) -> ItemVersion:
    """Submit the same question on another edition, as a new version that waits for review.

    Raises:
        WrongState: a newer version waits already, or nothing would change.
        Malformed: there is no such edition or article.
    """
    found = queries.version(session, version_id)
    if found is None:
        raise errors.NotFound()
    item, version = found

    using.require_right(actor, Right.BANK_AUTHOR)

    known = [one for one in standing.versions(session, version.item_id) if one.state != State.WITHDRAWN]
    if known and known[-1].state == State.SUBMITTED:
        raise errors.WrongState("version_waits", "该试题的第{number}版正在待审。", number=known[-1].number)
    text: ItemText = replace(
        queries.text_of(item, version), edition=edition, article=article, explanation=explanation.strip()
    )
    done = reviewing.submit_items(session, actor, [text], now=now)
    if not (done.new or done.changed):
        raise errors.WrongState("version_same", "内容与最新一版相同，没有可提交的。")

    return standing.versions(session, version.item_id)[-1]
