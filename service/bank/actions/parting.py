"""Beginning the next sub-question of a case: with its text, and nothing else of the item that it is taken from."""

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.policy import Actor, Right
from service.bank import queries
from service.bank.actions import reading
from service.bank.queries import drafts
from service.bank.rules import drafting, parting
from service.bank.rules.drafting import Written
from service.kernel import errors


def begin_part(session: Session, actor: Actor, *, version_id: int | None, draft_id: int | None) -> Written:
    """What the next sub-question of a case begins with: the case of a version, or of a draft; nothing without either.

    Raises:
        NotFound: there is no such version, or no such draft of theirs.
    """
    using.require_right(actor, Right.BANK_AUTHOR)

    if draft_id is not None:
        draft = drafts.draft(session, draft_id, actor.person_id)
        if draft is None:
            raise errors.NotFound()
        return parting.next_part(drafting.taken(draft.words))
    if version_id is None:
        return Written()
    found = reading.find(session, actor, version_id)
    # Neither the key nor anything else of the item itself: only what it asks about.
    return parting.next_part(drafting.of(queries.text_of(found.item, found.version)))
