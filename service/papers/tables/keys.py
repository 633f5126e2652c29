"""Sealed answer keys, in a table of their own: an import contract and, on PostgreSQL, grants can guard it."""

from sqlmodel import Field, SQLModel


class AnswerKey(SQLModel, table=True):
    """The key of one form: AES-256-GCM under a secret of its own, bound to the form."""

    __tablename__ = "papers_answer_key"

    form_id: int = Field(primary_key=True, foreign_key="papers_form.id")
    sealed: bytes
    digest: str = Field(max_length=64)


class OpenedAnswerKey(SQLModel, table=True):
    """The secret of an opened form's answer key, for marking: under the operator's sealing secret."""

    __tablename__ = "papers_opened_answer_key"

    form_id: int = Field(primary_key=True, foreign_key="papers_form.id")
    sealed: bytes
