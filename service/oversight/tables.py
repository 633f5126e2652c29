"""Separation certificates, as they were signed."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from service.kernel.database import Instant


class SeparationCertificate(SQLModel, table=True):
    """Who did what for a class; the text is kept as it was signed, and a later one stands beside it."""

    __tablename__ = "oversight_certificate"
    __table_args__ = (sa.UniqueConstraint("class_id", "number"), sa.CheckConstraint("number >= 1", name="counted"))

    id: int | None = Field(default=None, primary_key=True)
    class_id: int = Field(foreign_key="programme_class.id")
    number: int
    document: str = Field(sa_type=sa.Text)
    digest: str = Field(max_length=64)
    signature: bytes
    issued_at: datetime = Field(sa_type=Instant)
