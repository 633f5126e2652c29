"""Pages: Jinja templates under ``templates/``, file name = page function, strict about missing names."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import jinja2
from fastapi import Request
from fastapi.responses import HTMLResponse

from service.kernel import clock, language, settings

LANGUAGE_COOKIE = "peikao_language"


def language_of(request: Request) -> str:
    """The language a browser asked for: its cookie first; pages do not follow ``Accept-Language``."""
    accepted = request.headers.get("accept-language") if request.url.path.startswith("/api/") else None
    return language.choose(request.cookies.get(LANGUAGE_COOKIE), accepted)


@lru_cache(maxsize=4)
def _environment(tongue: str) -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(settings.current().templates)
    environment = jinja2.Environment(
        loader=loader,
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_translations(language.catalogue(tongue), newstyle=True)  # type: ignore[attr-defined]
    environment.filters.update(
        time=lambda instant: f"{clock.local(instant):%H:%M}",
        day=_day,
        moment=lambda instant: f"{clock.local(instant):%Y-%m-%d %H:%M}",
        exact=lambda instant: f"{clock.local(instant):%Y-%m-%d %H:%M:%S}",
        share=lambda part, whole: f"{100 * part / whole:.1f} %" if whole else "–",
        reason=lambda decision: language.say(tongue, decision.reason, decision.values),
        said=lambda text: language.say(tongue, str(text)),
    )
    return environment


def _day(value: Any) -> str:
    return f"{clock.local(value):%Y-%m-%d}" if isinstance(value, datetime) else str(value)


def page(
    request: Request,
    template: str,
    context: Mapping[str, Any],
    *,
    actor: object | None = None,
    status: int = 200,
) -> HTMLResponse:
    """Render a page for whoever is signed in; nothing a person sees is kept by caches."""
    tongue = language_of(request)
    # A page of refusal has no actor of its own, but the guard has noted who was refused: the header stays theirs.
    actor = actor or getattr(request.state, "actor", None)
    body = (
        _environment(tongue)
        .get_template(template)
        .render(**context, actor=actor, tongue=tongue, path=request.url.path, now=clock.now())
    )
    return HTMLResponse(body, status_code=status, headers={"Cache-Control": "no-store"})


def compile_all() -> list[str]:
    """Compile every template and return their names; a broken one raises its syntax error."""
    environment = _environment("zh")
    names = environment.list_templates(extensions=["html"])
    for name in names:
        environment.get_template(name)
    return names
