"""Settings: what production refuses to start with, and what development takes for granted."""

import pytest
from pydantic import ValidationError

from service.kernel.settings import DEVELOPMENT_SECRET, Environment, Settings

SOUND = {
    "PEIKAO_ENVIRONMENT": "production",
    "PEIKAO_PERSON_SECRET": "p" * 32,
    "PEIKAO_SEALING_SECRET": "q" * 32,
    "PEIKAO_SIGNING_SECRET": "r" * 32,
    "PEIKAO_SECURE_COOKIES": "true",
}


def read(monkeypatch: pytest.MonkeyPatch, **environment: str | None) -> Settings:
    """The settings of a process that finds exactly this environment."""
    for name, value in environment.items():
        if value is None:
            monkeypatch.delenv(name)
        else:
            monkeypatch.setenv(name, value)
    return Settings()


def test_production_starts_with_secrets_of_its_own_and_secure_cookies(monkeypatch: pytest.MonkeyPatch) -> None:
    found = read(monkeypatch, **SOUND)

    assert (found.environment, found.secure_cookies) == (Environment.PRODUCTION, True)
    secrets = (found.person_secret, found.sealing_secret, found.signing_secret)
    assert [secret.get_secret_value() for secret in secrets] == ["p" * 32, "q" * 32, "r" * 32]


PERSON, SEALING, SIGNING = (
    f"PEIKAO_{name}_SECRET must be set to at least 32 random characters" for name in ("PERSON", "SEALING", "SIGNING")
)
COOKIES = "PEIKAO_SECURE_COOKIES must be true in production"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        pytest.param("PEIKAO_PERSON_SECRET", None, PERSON, id="default person secret"),
        pytest.param("PEIKAO_SEALING_SECRET", None, SEALING, id="default sealing secret"),
        pytest.param("PEIKAO_SIGNING_SECRET", None, SIGNING, id="default signing secret"),
        pytest.param("PEIKAO_PERSON_SECRET", DEVELOPMENT_SECRET, PERSON, id="the known secret, spelled out"),
        pytest.param("PEIKAO_PERSON_SECRET", "p" * 31, PERSON, id="person secret one character short"),
        pytest.param("PEIKAO_SEALING_SECRET", "q" * 31, SEALING, id="sealing secret one character short"),
        pytest.param("PEIKAO_SIGNING_SECRET", "", SIGNING, id="empty signing secret"),
        pytest.param("PEIKAO_CLOCK_FILE", "shift", "PEIKAO_CLOCK_FILE is for development only", id="movable clock"),
        pytest.param("PEIKAO_SECURE_COOKIES", None, COOKIES, id="cookies by default"),
        pytest.param("PEIKAO_SECURE_COOKIES", "false", COOKIES, id="cookies over plain HTTP"),
    ],
)
def test_production_does_not_start_with(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str | None, sentence: str
) -> None:
    read(monkeypatch, **SOUND)

    with pytest.raises(ValidationError) as refused:
        read(monkeypatch, **{name: value})

    assert [fault["msg"] for fault in refused.value.errors()] == [f"Value error, {sentence}"]


def test_development_needs_nothing_at_all() -> None:
    found = Settings()

    assert found.environment is Environment.DEVELOPMENT
    assert found.person_secret.get_secret_value() == DEVELOPMENT_SECRET


def test_development_may_move_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    assert str(read(monkeypatch, PEIKAO_CLOCK_FILE="shift").clock_file) == "shift"


@pytest.mark.parametrize("hours", ["0", "25"])
def test_a_session_lasts_between_an_hour_and_a_day(monkeypatch: pytest.MonkeyPatch, hours: str) -> None:
    assert read(monkeypatch, PEIKAO_SESSION_HOURS="24").session_hours == 24

    with pytest.raises(ValidationError):
        read(monkeypatch, PEIKAO_SESSION_HOURS=hours)


def test_no_secret_is_printed_with_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    found = read(monkeypatch, **SOUND)

    assert "environment=" in repr(found)
    assert [letter * 32 in repr(found) for letter in "pqr"] == [False, False, False]


def test_every_setting_is_described() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
    assert "environment" in Settings.model_fields
