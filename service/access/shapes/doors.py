"""What crosses HTTP for second factors, sessions and devices."""

from typing import Any

from pydantic import BaseModel, Field


class Enrolment(BaseModel):
    """A new authenticator: the secret, the address in the QR code, and the picture as a data address."""

    secret: str
    address: str
    picture: str


class Code(BaseModel):
    """Six digits, or a recovery code."""

    code: str = Field(min_length=6, max_length=40)


class Activation(BaseModel):
    """What the security administrator gave one."""

    code: str = Field(min_length=4, max_length=40)


class Codes(BaseModel):
    """Recovery codes, shown this once; none where there are some already."""

    codes: list[str]


class NewPasskey(BaseModel):
    name: str = Field(min_length=1, max_length=40)
    credential: dict[str, Any]


class Challenge(BaseModel):
    """Options for ``navigator.credentials``, binary values in base64url."""

    options: dict[str, Any]


class Proof(BaseModel):
    """The password, or a code of the second factor."""

    password: str = Field("", max_length=200)
    code: str = Field("", max_length=40)


class Ended(BaseModel):
    """How many sessions were ended."""

    ended: int
