"""What crosses HTTP of printing papers; the copies themselves are a PDF."""

from pydantic import BaseModel, Field

MOST_COPIES = 240


class PrintPaper(BaseModel):
    copies: int = Field(ge=1, le=MOST_COPIES, description="The second hand confirms what the first one asked for.")
    password: str = Field("", max_length=200, description="Given again by custodians, while the paper is sealed.")


class PrintHand(BaseModel):
    """The first of two hands on printing a sealed paper."""

    printed: bool
    hands: int
