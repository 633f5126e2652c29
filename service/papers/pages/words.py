"""Words and names that the pages of papers share."""

from collections.abc import Mapping
from typing import Any

from service.access.rules.people import ROLE_NAMES
from service.bank.rules.items import ASKED, KIND_NAMES, LEVEL_NAMES
from service.papers.rules.blueprint import AXIS_NAMES, BAND_NAMES
from service.papers.rules.differences import SECTION_NAMES
from service.papers.rules.jobs import JOB_KIND_NAMES, JOB_NAMES, JOB_PHASE_NAMES
from service.papers.rules.states import STATE_NAMES
from service.papers.rules.versions import BLUEPRINT_NAMES
from service.papers.shapes.changes import subjects, titles

__all__ = ["WORDS", "subjects", "titles"]

WORDS: Mapping[str, Any] = {
    "states": STATE_NAMES,
    "roles": ROLE_NAMES,
    "kinds": {kind: KIND_NAMES[kind] for kind in ASKED},
    "bands": BAND_NAMES,
    "levels": LEVEL_NAMES,
    "axes": AXIS_NAMES,
    "sections": SECTION_NAMES,
    "blueprint_states": BLUEPRINT_NAMES,
    "job_kinds": JOB_KIND_NAMES,
    "job_states": JOB_NAMES,
    "job_phases": JOB_PHASE_NAMES,
}
