"""The tablet at the door: its page, which works without a signal, and the worker that keeps it openable."""

import json
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, language, rendering, settings, shell
from service.kernel.database import Reading
from service.kernel.shell import Shell
from service.sittings.actions import on_duty
from service.sittings.rules import cases, door, seats, verdicts
from service.sittings.shapes import views

router = APIRouter(include_in_schema=False)
# All that the check-in page loads; what its scripts import is found by itself.
ROOTS = (
    "/static/css/base.css",
    "/static/css/checkin.css",
    "/static/css/tablet.css",
    "/static/icon.svg",
    "/static/icons/check-in-192.png",
    "/static/js/base.js",
    "/static/js/checkin.js",
    "/static/manifest.webmanifest",
    "/static/vendor/pico/pico.min.css",
    "/static/vendor/zxing-wasm/zxing_reader.js",
    "/static/vendor/zxing-wasm/zxing_reader.wasm",
)
WORKER = "static/js/checkin_worker.js"
# The one verdict that only a tablet without a signal gives: a ticket of ours that was made after its roster.
NEWER = "ticket_newer_than_roster"
NEWER_REASON = "准考证有效，但这台平板的名册里还没有这位考生。请点“名册”联网更新后再扫。"


def needed() -> Shell:
    """The static files of the check-in page as they are now."""
    return shell.of(ROOTS)


@router.get("/proctor/sittings/{sitting_id}/check-in")
def check_in(
    request: Request, sitting_id: int, session: Reading, actor: Annotated[Actor, may(Right.SITTINGS_PROCTOR)]
) -> HTMLResponse:
    """At the door: scan a ticket, look at the person, admit or refuse."""
    on_duty.require(session, actor, sitting_id, now=clock.now())
    context = {
        "sitting": views.sitting(session, sitting_id),
        "refusal_names": seats.REFUSAL_NAMES,
        "outcome_names": cases.OUTCOME_NAMES,
        "said": _said(rendering.language_of(request)),
    }
    page = rendering.page(request, "sittings/check_in.html", context, actor=actor)
    # The worker compares it with its own: a page of a newer release must not run on scripts of an older one.
    page.headers["X-Peikao-Shell"] = needed().version
    return page


def _said(tongue: str) -> dict[str, dict[str, str]]:
    """The words of every code that the tablet may have to say by itself."""
    reasons = {code: verdict.reason for code, verdict in verdicts.BY_CODE.items()} | {NEWER: NEWER_REASON}
    return {
        "verdicts": {code: language.say(tongue, text) for code, text in reasons.items()},
        "acts": {act.value: language.say(tongue, text) for act, text in door.ACT_NAMES.items()},
        "states": {state.value: language.say(tongue, text) for state, text in seats.STATE_NAMES.items()},
    }


@router.get("/proctor/worker.js")
def worker(_: Annotated[Actor, may(Right.PUBLIC)]) -> Response:
    """The service worker of the proctors' pages; its text changes with every file it keeps, so browsers renew it."""
    found = needed()
    kept = json.dumps({"version": found.version, "files": dict(found.files)}, indent=1)
    source = (settings.current().templates / WORKER).read_text(encoding="utf-8")
    headers = {"Cache-Control": "no-cache", "Service-Worker-Allowed": "/proctor"}
    return Response(f"const SHELL = {kept};\n\n{source}", media_type="text/javascript", headers=headers)
