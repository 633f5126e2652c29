"""The attestation says which policy and build this is, and does not claim what was not run."""

import json
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.access.rules import attesting
from service.cli import app
from service.kernel import build, settings
from tests.conftest import Browser, application
from tests.world import World

PLACE = "/api/v1/separation/attestation"


def test_the_version_is_that_of_the_package() -> None:
    project = tomllib.loads((settings.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert project["version"] == build.VERSION and build.described().startswith(build.VERSION)


def test_what_was_not_run_is_not_claimed(staffed: World) -> None:
    browser = Browser(application())
    told = browser.of("auditor").get(PLACE).json()

    assert told == {
        "policy": attesting.policy_digest(),
        "routes": told["routes"],
        "build": build.described(),
        "proof": "not run on this database",
        "matrix": "not run on this build",
        "journal": "begins with all that was signed",
    }
    assert browser.of("statistician").get(PLACE).json() == told
    assert {who: browser.of(who).get(PLACE).status_code for who in ("institution", "arranger", "administrator")} == {
        "institution": 403,
        "arranger": 403,
        "administrator": 403,
    }


def test_a_proof_and_a_matrix_of_this_build_are_told(
    staffed: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = CliRunner().invoke(app, ["separation", "prove", "--record"])
    assert ran.exit_code == 0
    client = Browser(application()).of("auditor")
    told = client.get(PLACE).json()
    report = tmp_path / "matrix.json"
    digests = {"policy": told["policy"], "routes": told["routes"]}
    run = {"at": "2026-11-26T07:00:00+00:00", "cells": 9, "failures": 0, "build": "0.1.0", **digests}
    counts = {"sides": {"own": 5, "other class": 4}, "answers": {"reached": 9}, "times": {"after": 9}, "left_out": {}}
    report.write_text(json.dumps(run), encoding="utf-8")
    monkeypatch.setattr(settings.current(), "matrix_report", report)
    again = client.get(PLACE).json()

    assert told["proof"]["holds"] and told["proof"]["of_this_build"] and told["proof"]["states"] > 10_000
    assert (again["matrix"]["cells"], again["matrix"]["of_this_build"]) == (9, True)
    assert [again["matrix"][name] for name in counts] == [{}, {}, {}, {}], "as an older build left it"
    report.write_text(json.dumps(run | counts), encoding="utf-8")
    matrix = client.get(PLACE).json()["matrix"]
    assert {name: matrix[name] for name in counts} == counts
    report.write_text(json.dumps(run | {"routes": "other"}), encoding="utf-8")
    assert client.get(PLACE).json()["matrix"]["of_this_build"] is False
