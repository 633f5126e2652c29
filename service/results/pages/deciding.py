"""What those who confirm and publish see beside the results of a class: what waits, and what happened at the seats."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from service.access.rules.policy import Actor
from service.results import rules
from service.results.actions import overseeing, reviewing, settling
from service.results.queries import written
from service.results.queries.written import Progress
from service.results.rules import GROUNDS, STANDING_NAMES, VOIDING_NAMES
from service.sittings import queries as sittings
from service.sittings.queries import happenings
from service.sittings.rules.room import CAUSE_NAMES, CAUSES, INCIDENT_NAMES, Cause, IncidentKind

# The tree of reasons as a form shows it: under each branch the kinds a result may be void for.
TREE: Mapping[Cause, list[IncidentKind]] = {
    cause: [kind for kind in IncidentKind if CAUSES[kind] is cause and kind in GROUNDS] for cause in Cause
}
WORDS: Mapping[str, Mapping[Any, str]] = {
    "standings": STANDING_NAMES,
    "voiding_states": VOIDING_NAMES,
    "incidents": INCIDENT_NAMES,
    "causes": CAUSE_NAMES,
}


def context(session: Session, actor: Actor, class_id: int) -> dict[str, Any]:
    """The pending matters, the seats with their incidents and proposals, and the records of the class's sittings."""
    views = {view.sitting.id: view for view in sittings.views(session, class_id=class_id)}
    marking = written.progress(session, actor.person_id or 0, class_id).get(class_id, Progress())
    counting = [row.id or 0 for row in sittings.sittings_of_class(session, class_id)]
    return {
        "deciding": WORDS,
        "tree": TREE,
        "marking": marking,
        "unmarked": written.waiting(session, class_id),
        "able": overseeing.able(session, class_id) if marking.settled < marking.total else [],
        "pending": rules.pending_matters(settling.pending(session, class_id)),
        "reviews": reviewing.reviews(session, actor, class_id),
        "photos": happenings.photos_of_sittings(session, counting),
        "records": [views[sitting_id] for sitting_id in counting],
    }
