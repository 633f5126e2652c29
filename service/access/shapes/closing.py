"""What crosses HTTP where an account is closed, or opened again."""

from pydantic import BaseModel, Field

from service.access.rules.duties import Duty


class CloseAccount(BaseModel):
    reason: str = Field(min_length=4, max_length=200)


class ReopenAccount(BaseModel):
    reason: str = Field(min_length=4, max_length=200)


class ClosedAccount(BaseModel):
    """The duties that ended with the account, and how many of its sessions."""

    duties: list[Duty]
    sessions: int
