"""Resits as they cross HTTP: who may sit again, or why not."""

from pydantic import BaseModel

from service.kernel import language
from service.results.actions.resitting import Candidate


class ResitShape(BaseModel):
    trainee_id: int
    name: str
    allowed: bool
    code: str
    reason: str

    @classmethod
    def of(cls, one: Candidate, tongue: str) -> "ResitShape":
        decision = one.decision
        return cls(
            trainee_id=one.line.trainee.id or 0,
            name=one.line.person.name,
            allowed=decision.allowed,
            code=decision.code,
            reason=language.say(tongue, decision.reason, decision.values) if decision.reason else "",
        )
