"""Words and names that the pages of papers share."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from service.access.rules.people import ROLE_NAMES
from service.bank import queries as bank
from service.bank.rules.items import KIND_NAMES, LEVEL_NAMES
from service.papers.rules.blueprint import AXIS_NAMES, BAND_NAMES
from service.papers.rules.differences import SECTION_NAMES
from service.papers.rules.jobs import JOB_KIND_NAMES, JOB_NAMES, JOB_PHASE_NAMES
from service.papers.rules.states import STATE_NAMES
from service.papers.rules.versions import BLUEPRINT_NAMES

WORDS: Mapping[str, Any] = {
    "states": STATE_NAMES,
    "roles": ROLE_NAMES,
    "kinds": KIND_NAMES,
    "bands": BAND_NAMES,
    "levels": LEVEL_NAMES,
    "axes": AXIS_NAMES,
    "sections": SECTION_NAMES,
    "blueprint_states": BLUEPRINT_NAMES,
    "job_kinds": JOB_KIND_NAMES,
    "job_states": JOB_NAMES,
    "job_phases": JOB_PHASE_NAMES,
}


def titles(session: Session, tongue: str) -> dict[str, str]:
    """The titles of regulations by their slug, of the newest edition each, in the reader's language."""
    editions = sorted(bank.editions(session).values(), key=lambda one: one.effective_on)
    return {one.regulation: one.title_en if tongue == "en" else one.title for one in editions}


def subjects(session: Session, tongue: str) -> dict[str, str]:
    """The titles of subjects by their slug, in the reader's language."""
    return {slug: one.title_en if tongue == "en" else one.title for slug, one in bank.subjects(session).items()}
