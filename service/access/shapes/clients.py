"""What crosses HTTP for programs of other bodies."""

from pydantic import BaseModel, Field


class NewClient(BaseModel):
    organisation_id: int
    client_id: str = Field(min_length=3, max_length=60, pattern=r"^[a-z0-9-]+$")
    certificate_sha256: str = Field("", max_length=100, description="Fingerprint of the certificate it has to show.")


class RenewClient(BaseModel):
    """The certificate from now on; none lifts the binding."""

    certificate_sha256: str = Field("", max_length=100)


class RemoveClient(BaseModel):
    """Why, for whoever reads the record later."""

    reason: str = Field(min_length=4, max_length=200)


class ClientSecret(BaseModel):
    """Shown once."""

    client_id: str
    client_secret: str


class AccessToken(BaseModel):
    """RFC 6749 §5.1."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105
    expires_in: int
    scope: str
