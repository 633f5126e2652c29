"""The tablet at the door: its page, which works without a signal, and the worker that keeps it openable."""

import json
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, rendering, settings, shell
from service.kernel import language as languages
from service.kernel.database import Reading
from service.kernel.shell import Shell
from service.sittings.actions import on_duty
from service.sittings.rules import cases, door, seats, verdicts
from service.sittings.shapes import views

router = APIRouter(include_in_schema=False)
# All that the check-in page and the proctor's day load; what its scripts import is found by itself.
ROOTS = (
    "/static/css/base.css",
    "/static/css/checkin.css",
    "/static/css/tablet.css",
    "/static/icon.svg",
    "/static/icons/check-in-192.png",
    "/static/js/base.js",
    "/static/js/checkin.js",
    "/static/js/checkin_home.js",
    "/static/vendor/pico/pico.min.css",
    "/static/vendor/zxing-wasm/zxing_reader.js",
    "/static/vendor/zxing-wasm/zxing_reader.wasm",
)
WORKER = "static/js/checkin_worker.js"
ICON = {"src": "/static/icons/check-in-192.png", "sizes": "192x192", "type": "image/png", "purpose": "any maskable"}
# The id stays the same in every language, so that choosing another one renames the application and installs no second.
MANIFEST = {
    "id": "/proctor",
    "dir": "ltr",
    "start_url": "/proctor",
    "scope": "/proctor",
    "display": "standalone",
    "orientation": "any",
    "background_color": "#f3f6f7",
    "theme_color": "#083f4a",
    "icons": [
        ICON,
        {**ICON, "src": "/static/icons/check-in-512.png", "sizes": "512x512"},
        {"src": "/static/icons/check-in.svg", "sizes": "any", "type": "image/svg+xml", "purpose": "any"},
    ],
}
# The one verdict that only a tablet without a signal gives: a ticket of ours that was made after its roster.
NEWER = "ticket_newer_than_roster"
NEWER_REASON = "准考证有效，但这台平板的名册里还没有这位考生。请点“名册”联网更新后再扫。"


def needed() -> Shell:
    """The static files of the proctors' pages as they are now."""
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
        "verdicts": {code: languages.say(tongue, text) for code, text in reasons.items()},
        "acts": {act.value: languages.say(tongue, text) for act, text in door.ACT_NAMES.items()},
        "states": {state.value: languages.say(tongue, text) for state, text in seats.STATE_NAMES.items()},
    }


@router.get("/proctor/manifest.webmanifest")
def manifest(_: Annotated[Actor, may(Right.PUBLIC)], language: Literal["zh", "en"] = "zh") -> JSONResponse:
    """What a tablet needs to install the proctors' pages, in a language: browsers ask for it without any cookie."""
    content = {
        **MANIFEST,
        "name": languages.say(language, "培考签到"),
        "short_name": languages.say(language, "培考签到"),
        "description": languages.say(language, "监考员在考场门口核验准考证；没有信号也能签到，恢复后自动送达。"),
        "lang": {"zh": "zh-CN", "en": "en"}[language],
    }
    return JSONResponse(content, media_type="application/manifest+json")


@router.get("/proctor/worker.js")
def worker(_: Annotated[Actor, may(Right.PUBLIC)]) -> Response:
    """The service worker of the proctors' pages; its text changes with every file it keeps, so browsers renew it."""
    found = needed()
    kept = json.dumps({"version": found.version, "files": dict(found.files)}, indent=1)
    source = (settings.current().templates / WORKER).read_text(encoding="utf-8")
    headers = {"Cache-Control": "no-cache", "Service-Worker-Allowed": "/proctor"}
    return Response(f"const SHELL = {kept};\n\n{source}", media_type="text/javascript", headers=headers)
