"""What the service is made of: pinned, tested as it runs, under licences that were looked at, and unchanged."""

import importlib.util
import json
import shutil
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest

from service.kernel.settings import ROOT


def program() -> ModuleType:
    loader = SourceFileLoader("audit_dependencies", str(ROOT / "scripts" / "audit_dependencies"))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


AUDIT = program()
PINNED = "one==1.0 \\\n    --hash=sha256:" + "a" * 64 + "\n"


def test_nothing_is_wrong_with_what_we_use() -> None:
    faults, said = AUDIT.audit(ROOT)

    assert faults == []
    assert int(said.split()[0]) > 60


@pytest.mark.parametrize(
    ("running", "testing", "wanted", "faults"),
    [
        pytest.param(PINNED, PINNED, {"one"}, [], id="as it should be"),
        pytest.param("one==1.0\n", PINNED, set(), ["one==1.0 has no digest"], id="no digest"),
        pytest.param(
            PINNED.replace("==1.0", ">=1.0"),
            PINNED,
            set(),
            ["one>=1.0 is not pinned to one version", "one  runs and is not tested"],
            id="a range",
        ),
        pytest.param(
            PINNED.replace("==1.0", "==1.*"), "", set(), ["one==1.* is not pinned to one version"], id="a family"
        ),
        pytest.param(
            PINNED.replace("one==1.0", "one @ https://example.org/one.whl"),
            PINNED,
            set(),
            ["one @ https://example.org/one.whl is not pinned to one version"],
            id="an address",
        ),
        pytest.param(PINNED, PINNED.replace("1.0", "1.1"), set(), ["one 1.0 runs and is not tested"], id="another"),
        pytest.param(PINNED, PINNED, {"two"}, ["two is asked for and not locked"], id="forgotten"),
    ],
)
def test_what_is_wrong_with_a_lock_is_found(running: str, testing: str, wanted: set[str], faults: list[str]) -> None:
    found = list(AUDIT.faults_of_locks(list(AUDIT.entries(running)), list(AUDIT.entries(testing)), wanted))

    assert found[: len(faults)] == faults and (bool(found) is bool(faults))


@pytest.mark.parametrize(
    ("about", "classifiers", "licence", "allowed"),
    [
        ({"License-Expression": "MIT"}, [], "MIT", True),
        ({"License-Expression": "MIT AND PSF-2.0"}, [], "MIT AND PSF-2.0", True),
        ({"License-Expression": "MIT AND GPL-3.0-only"}, [], "MIT AND GPL-3.0-only", False),
        ({"License-Expression": "GPL-3.0-only OR MIT"}, [], "GPL-3.0-only OR MIT", True),
        ({"License-Expression": "(MIT OR CC0-1.0)"}, [], "(MIT OR CC0-1.0)", True),
        ({}, ["License :: OSI Approved :: BSD License"], "BSD-3-Clause", True),
        ({"License": "AGPL-3.0\nlong text"}, [], "AGPL-3.0", False),
        ({}, [], "", False),
    ],
)
def test_a_licence_is_read_and_judged(
    about: dict[str, str], classifiers: list[str], licence: str, allowed: bool
) -> None:
    found = AUDIT.licence_of(about, classifiers)

    assert (found, AUDIT.may_be_used(found)) == (licence, allowed)


def test_another_version_than_the_locked_one_is_found() -> None:
    text = "typer==0.0.1 \\\n    --hash=sha256:" + "a" * 64
    elsewhere = "typer==0.0.1 ; sys_platform == 'nowhere' --hash=sha256:" + "a" * 64

    [fault] = AUDIT.faults_of_installed(list(AUDIT.entries(text)))
    assert fault.startswith("typer ") and fault.endswith(" is installed, 0.0.1 is locked")
    assert list(AUDIT.faults_of_installed(list(AUDIT.entries(elsewhere)))) == []


def test_a_changed_a_strange_and_an_old_file_for_the_browser_are_found(tmp_path: Path) -> None:
    static = ROOT / "templates" / "static"
    shutil.copytree(static / "vendor", tmp_path / "vendor")
    shutil.copy(static / "package-lock.json", tmp_path)
    assert list(AUDIT.faults_of_browser_files(tmp_path)) == []

    (tmp_path / "vendor" / "pico" / "pico.min.css").write_text("body{}")
    (tmp_path / "vendor" / "pico" / "more.js").write_text("go()")
    lock = json.loads((tmp_path / "package-lock.json").read_text(encoding="utf-8"))
    lock["packages"]["node_modules/zxing-wasm"]["version"] = "9.9.9"
    lock["packages"]["node_modules/zxing-wasm"].pop("integrity")
    (tmp_path / "package-lock.json").write_text(json.dumps(lock))

    assert set(AUDIT.faults_of_browser_files(tmp_path)) == {
        "pico/more.js is in no manifest",
        "pico/pico.min.css is not the file of the manifest",
        "zxing-wasm 3.1.4 is served, 9.9.9 is locked",
        "node_modules/zxing-wasm has no digest",
    }
