"""The settings of one installation, read from the environment (prefix ``PEIKAO_``) or a ``.env`` file."""

from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parents[2]
DEVELOPMENT_SECRET = "development-only-secret-never-use-in-production"  # noqa: S105


# Scheme, host and port; whatever came after would be a page there.
Address = Annotated[str, Field(pattern=r"^https?://[^/?#\s]+/?$")]


class Environment(StrEnum):
    DEVELOPMENT = "development"
    PRODUCTION = "production"


class FeeBasis(StrEnum):
    PERSON = "person"
    HOUR = "hour"


class Suite(StrEnum):
    AES = "aes"
    SM = "sm"


class Settings(BaseSettings):
    """Every field is described here once; the README's table is rendered from these descriptions."""

    model_config = SettingsConfigDict(env_prefix="PEIKAO_", extra="ignore")

    environment: Environment = Field(
        Environment.DEVELOPMENT,
        description="`development` allows default secrets and a set clock; `production` refuses both.",
    )
    database_url: str = Field(
        f"sqlite:///{ROOT / 'var' / 'peikao.db'}",
        description="`sqlite:///…` for one process, or `postgresql+psycopg://…` for many.",
    )
    person_secret: SecretStr = Field(
        SecretStr(DEVELOPMENT_SECRET),
        description="Encrypts citizen ids and phone numbers and keys their look-up index.",
    )
    person_secrets_before: list[SecretStr] = Field(
        [],
        description="A JSON list of person secrets that some personal data may still lie under: what was before, or, "
        "on the first of several processes to restart, what comes next. `peikao keys rotate` moves every row to the "
        "present secret; then this can be emptied.",
    )
    personal_suite: Suite = Field(
        Suite.AES,
        description="What personal data lie under: `aes` (AES-256-GCM, HMAC-SHA-256) or `sm` (SM4-GCM, HMAC-SM3: "
        "Chinese commercial cryptography). Both are always read; `peikao keys rotate` moves every row to this one.",
    )
    sealing_secret: SecretStr = Field(
        SecretStr(DEVELOPMENT_SECRET),
        description="Wraps the key of every sealed paper; keep it apart from the database and its backups.",
    )
    signing_secret: SecretStr = Field(
        SecretStr(DEVELOPMENT_SECRET),
        description="Seeds the P-256 key that signs admission tickets and access tokens.",
    )
    journal_key_file: Path | None = Field(
        None,
        description="An Ed25519 private key (PKCS 8, PEM) that signs the heads of the journal; by default one is "
        "derived from the signing secret.",
    )
    head_seconds: float = Field(
        60.0,
        gt=0,
        description="How often a head of the journal is signed when there are new entries, in seconds; a head is also "
        "signed with every publication of results and every signature under a room record (our choice, 2026-11-26).",
    )
    journal_memory: Path = Field(
        ROOT / "var",
        description="The folder in which the service keeps which head of the journal it signed last, and signs nothing "
        "that does not grow out of it. Not where the database is, and not in its backups; processes on one machine "
        "share it.",
    )
    public_url: str = Field(
        "http://127.0.0.1:8000",
        description="The address people reach; printed in certificates and used as the token issuer.",
    )
    further_addresses: list[Address] = Field(
        [],
        description="A JSON list of further addresses people reach the service by (`https://10.1.2.3:8443`), where a "
        "proxy asks it by another name than the browser asked the proxy: pages of these count as its own.",
    )
    secure_cookies: bool = Field(False, description="Send session cookies over HTTPS only, with the `__Host-` prefix.")
    clock_file: Path | None = Field(
        None,
        description="Development only: a file whose number of seconds is added to the clock.",
    )
    authority_certificate: Path | None = Field(None, description="What `peikao tls` made, to be offered on `/trust`.")
    question_bank: Path = Field(ROOT / "question_bank", description="The folder with regulations and blueprints.")
    templates: Path = Field(ROOT / "templates", description="The folder with page templates and static files.")
    appeal_days: int = Field(
        15,
        ge=1,
        le=365,
        description="For how many days after publication a candidate may appeal. The document sets none: "
        "the custom of safety exams, unconfirmed.",
    )
    resits: int = Field(
        1,
        ge=0,
        le=5,
        description="How often whoever failed may sit again without being trained again. The document sets none; "
        "one, unconfirmed.",
    )
    marks_apart_percent: int = Field(
        20,
        ge=0,
        le=100,
        description="How far the marks that two people give a free text may lie apart, in percent of what it is worth, "
        "before a third person marks it and decides. The document sets none: our choice, unconfirmed.",
    )
    keep_answers_days: int = Field(
        3653,
        ge=1096,
        le=36_525,
        description="Days after the newest edition of a class's results until two people may dispose of answers and "
        "marks by position. Three years at least; ten by our choice, unconfirmed.",
    )
    smallest_cell: int = Field(
        5,
        ge=1,
        le=100,
        description="Groups of fewer people than this are put together in statistics for programs and others who may "
        "not see persons, and no smaller part of a group is told apart (our choice).",
    )
    two_parameter_answers: int = Field(
        500,
        ge=200,
        le=100_000,
        description="From how many answers to every item of a calibration each of them gets a discrimination of its "
        "own (2PL); with fewer they have one together (Rasch). Hulin, Lissak and Drasgow 1982 found 500 to be enough.",
    )
    fee_basis: FeeBasis = Field(
        FeeBasis.PERSON,
        description="What the training fee is paid for: `person` who trained and passed, or `hour` credited to them. "
        "The document leaves it to the service agreement.",
    )
    fee_fen: int = Field(
        0,
        ge=0,
        le=10_000_000,
        description="The fee for each of them in fen (1/100 yuan), by the service agreement; 0 while it is not agreed.",
    )
    retraining_percent: int = Field(
        100,
        ge=0,
        le=100,
        description="How much of the credited hours counts as work-safety re-training hours, in percent, rounded "
        "down to whole hours. The document says that they count and not how much: all of them (unconfirmed).",
    )
    tie_months: int = Field(
        12,
        ge=0,
        le=120,
        description="How many months a declared tie to an institution goes on counting after its end; "
        "source: our choice, unconfirmed.",
    )
    matrix_report: Path | None = Field(
        None,
        description="The file in which `tests/security/test_matrix.py` left its last run; the attestation tells of it.",
    )
    session_hours: int = Field(10, ge=1, le=24, description="How long a person stays signed in at most, in hours.")
    idle_minutes: int = Field(
        60,
        ge=5,
        le=1440,
        description="After how many minutes without a request a member of staff is signed out (NIST SP 800-63B §4.2.3: "
        "one hour); an open board counts as being there, and candidates are not concerned.",
    )
    step_up_minutes: int = Field(
        5,
        ge=1,
        le=1440,
        description="How long a password or code given again is good for before publishing and granting duties; "
        "production allows 30 at most (our choice, 2026-11-26).",
    )
    second_factor_required: bool | None = Field(
        None,
        description="Whether the duties of the bureau, proctoring apart, sleep until a second factor was shown; "
        "by default in production only.",
    )
    shortest_password: int = Field(
        12,
        ge=10,
        le=64,
        description="The least number of characters of a new password (our choice; NIST SP 800-63B §3.1.1.2 asks for 8 "
        "beside a second factor and 15 without).",
    )
    exam_sweeps: bool = Field(
        True,
        description="Whether this process hands in what is overdue, seals the journal and certifies separation; "
        "`false` for a second process under the role `peikao_training`.",
    )
    requests_per_account: int = Field(
        1200,
        ge=60,
        description="How many requests one account, program or candidate may make within a minute, those of the "
        "express lanes (answers, heartbeats, check-ins) apart.",
    )
    requests_per_address: int = Field(
        12_000,
        ge=600,
        description="How many requests without a sign-in one address may make within a minute; a room of 300 "
        "candidates has one address.",
    )
    sweep_seconds: float = Field(2.0, gt=0, description="How often the service looks for seats whose time has run out.")

    @model_validator(mode="after")
    def refuse_development_settings_in_production(self) -> "Settings":
        """A known secret or a movable clock would void every guarantee, so production does not start with them."""
        if self.environment is Environment.PRODUCTION:
            for name in ("person_secret", "sealing_secret", "signing_secret"):
                secret = getattr(self, name).get_secret_value()
                if secret == DEVELOPMENT_SECRET or len(secret) < 32:
                    raise ValueError(f"PEIKAO_{name.upper()} must be set to at least 32 random characters")
            if any(len(one.get_secret_value()) < 32 for one in self.person_secrets_before):
                raise ValueError("PEIKAO_PERSON_SECRETS_BEFORE must hold at least 32 random characters each")
            if self.clock_file is not None:
                raise ValueError("PEIKAO_CLOCK_FILE is for development only")
            if not self.secure_cookies:
                raise ValueError("PEIKAO_SECURE_COOKIES must be true in production")
            if self.step_up_minutes > 30:
                raise ValueError("PEIKAO_STEP_UP_MINUTES may be 30 at most in production")
        return self

    @property
    def asks_second_factor(self) -> bool:
        """Whether the duties that need a second factor sleep without one."""
        if self.second_factor_required is None:
            return self.environment is Environment.PRODUCTION
        return self.second_factor_required


@lru_cache(maxsize=1)
def current() -> Settings:
    """The settings of this process, read once."""
    return Settings()
