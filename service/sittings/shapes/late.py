"""What crosses HTTP of answers that a machine kept while its network was away, and what became of them."""

from datetime import datetime

from pydantic import BaseModel, Field

from service.kernel.bounds import BIGGEST, MomentText
from service.papers.rules import answers
from service.sittings.actions.late import Belated, Fate, Taken
from service.sittings.shapes.exam import BASE64


class BelatedShape(BaseModel):
    """One change that was queued while the network was away; see ``rules.late.signed_text`` for what is signed."""

    position: int = Field(ge=1, le=1000)
    choice: str = Field("", max_length=answers.LONGEST_ANSWER)
    flagged: bool = False
    seq: int = Field(ge=1, le=BIGGEST)
    paper: int = Field(0, ge=0, le=BIGGEST, description="The paper that the page showed; 0 where it was not signed.")
    made_at: MomentText = Field(description="As it was signed, to the letter.")
    signature: str = Field("", max_length=120, pattern=BASE64)

    def belated(self) -> Belated:
        """The same for the actions."""
        said = self.made_at
        instant = datetime.fromisoformat(said)
        return Belated(self.position, self.choice, self.flagged, self.seq, instant, said, self.signature, self.paper)


class LateAnswers(BaseModel):
    ticket_number: str = Field(pattern=r"^[0-9]{6,12}$", description="Whose answers these are.")
    entries: list[BelatedShape] = Field(min_length=1, max_length=300)


class FateShape(BaseModel):
    position: int
    seq: int
    fate: Fate
    code: str = Field("", description="Why it was refused; then only the machine has it.")


class TakenShape(BaseModel):
    """What became of every change. Until the sheet is closed, a machine keeps its copy of what is only evidence."""

    closed: bool
    outcomes: list[FateShape]

    @classmethod
    def of(cls, taken: Taken) -> "TakenShape":
        outcomes = [
            FateShape(position=one.position, seq=one.seq, fate=one.fate, code=one.refusal.code if one.refusal else "")
            for one in taken.outcomes
        ]
        return cls(closed=taken.closed, outcomes=outcomes)
