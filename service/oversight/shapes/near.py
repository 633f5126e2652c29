"""The door of every route, with one question more than access can ask: whether whoever looks has to keep away."""

from fastapi import Request

from service.access import shapes as access
from service.access.actions import using
from service.access.rules.policy import RIGHTS, Actor, Right
from service.kernel import database
from service.oversight.queries import near


def admit(request: Request, right: str, *, fresh: bool = False) -> Actor:
    """Admit as access does; but nobody looks into the exam of a class whom a declared tie keeps away from it.

    What is done is judged where it is done, by the duty that it takes; this is for what only looks.
    """
    actor = access.admit(request, right, fresh=fresh)
    if RIGHTS[Right(right)].exam and request.method == "GET" and actor.account_id is not None and request.path_params:
        _keep_away(actor, request)
    return actor


def _keep_away(actor: Actor, request: Request) -> None:
    with database.reading() as session:
        for class_id in near.classes_of(session, request.path_params):
            using.require_far(session, actor, class_id)
