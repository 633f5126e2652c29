"""Versions of blueprints, as they cross HTTP."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from service.papers.rules.versions import BlueprintState
from service.papers.tables import Blueprint


class BlueprintShape(BaseModel):
    """One version of a role's blueprint; ``body`` has the form of the files under ``question_bank/blueprints``."""

    id: int
    role: str
    number: int
    digest: str
    state: BlueprintState
    body: dict[str, Any]
    set_at: datetime
    judged_at: datetime | None
    judgement: str

    @classmethod
    def of(cls, row: Blueprint) -> "BlueprintShape":
        return cls.model_validate(row, from_attributes=True)
