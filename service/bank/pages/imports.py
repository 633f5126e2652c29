"""The page on which items are imported: choose a file, look at what would happen, confirm."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.access.rules.people import ROLE_NAMES
from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.bank import queries
from service.bank.actions import uploads
from service.bank.rules.exchange.planning import OUTCOME_NAMES
from service.bank.rules.items import DIFFICULTIES, KIND_NAMES, LEVEL_NAMES
from service.kernel import language, rendering
from service.kernel.database import Reading

router = APIRouter()
ENDINGS = ".xlsx,.csv,.txt,.gift,.json,.xml,.zip"


@router.get("/bank/imports")
def imports(request: Request, session: Reading, actor: Annotated[Actor, may(Right.BANK_AUTHOR)]) -> Response:
    """The form of an import; the report is filled in by what the rehearsal answers."""
    tongue = rendering.language_of(request)
    context = {
        "roles": ROLE_NAMES,
        "levels": LEVEL_NAMES,
        "outcomes": OUTCOME_NAMES,
        "difficulties": DIFFICULTIES,
        "editions": queries.editions(session),
        "subjects": queries.subjects(session),
        "endings": ENDINGS,
        "most": uploads.MOST_BYTES // 1024**2,
        "most_text": uploads.MOST_TEXT_BYTES // 1024**2,
        "words": {
            "outcomes": {outcome.value: language.say(tongue, name) for outcome, name in OUTCOME_NAMES.items()},
            "kinds": {kind.value: language.say(tongue, name) for kind, name in KIND_NAMES.items()},
        },
    }
    return rendering.page(request, "bank/imports.html", context, actor=actor)
