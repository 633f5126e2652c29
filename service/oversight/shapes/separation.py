"""Separation certificates and the attestation as they cross HTTP."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from service.oversight.actions.separation import Attestation
from service.oversight.tables import SeparationCertificate


class CertificateLine(BaseModel):
    """A published class, and its newest separation certificate if there is one."""

    class_id: int
    code: str
    name: str
    number: int | None
    digest: str | None
    issued_at: datetime | None


class CertificateShape(BaseModel):
    """A separation certificate: the text as it was signed, its ES256 signature (r‖s) in hexadecimal, the key in PEM."""

    document: str
    signature: str
    public_key: str

    @classmethod
    def of(cls, certificate: SeparationCertificate, public_key: str) -> "CertificateShape":
        signature = certificate.signature.hex()
        return cls(document=certificate.document, signature=signature, public_key=public_key)


class LastProof(BaseModel):
    """The last run of `peikao separation prove --record`; ``of_this_build`` when it proved these very tables."""

    at: datetime
    seq: int
    states: int
    holds: bool
    build: str
    of_this_build: bool


class LastMatrix(BaseModel):
    """The last run of every route by every kind of account; ``of_this_build`` when it tried these very routes.

    ``cells`` are counted once more by whose the things were that were asked for (``sides``), by what was to be
    answered (``answers``) and by when (``times``); ``left_out`` says why others were not tried, and how many. A report
    without these counts was left by an older build.
    """

    at: datetime
    cells: int
    failures: int
    build: str
    of_this_build: bool
    sides: dict[str, int] = Field(default_factory=dict)
    answers: dict[str, int] = Field(default_factory=dict)
    times: dict[str, int] = Field(default_factory=dict)
    left_out: dict[str, int] = Field(default_factory=dict)


class AttestationShape(BaseModel):
    """What an outside auditor may rely on, and how it was found out; what was not run is said to be so."""

    policy: str = Field(description="SHA-256 of the tables of rights, holders and exclusions.")
    routes: str = Field(description="SHA-256 of every route with the right it asks for.")
    build: str
    proof: LastProof | Literal["not run on this database"]
    matrix: LastMatrix | Literal["not run on this build"]
    journal: Literal["begins with all that was signed", "rewritten"] = Field(
        description="Whether the journal grew out of the last head that this service remembers to have signed."
    )

    @classmethod
    def of(cls, found: Attestation) -> "AttestationShape":
        digests = {"policy": found.policy, "routes": found.routes}

        def last(told: Mapping[str, Any]) -> dict[str, Any]:
            return {**told, "of_this_build": {name: told.get(name) for name in digests} == digests}

        return cls(
            **digests,
            build=found.build,
            proof=LastProof(**last(found.proof)) if found.proof else "not run on this database",
            matrix=LastMatrix(**last(found.matrix)) if found.matrix else "not run on this build",
            journal="rewritten" if found.rewritten else "begins with all that was signed",
        )
