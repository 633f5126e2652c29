"""Files: templates that compile and are used, vendored files as they came, and code of a size that can be read."""

import ast
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest
from jinja2 import meta

from service.kernel import rendering
from service.kernel.settings import ROOT

SERVICE, TEMPLATES = ROOT / "service", ROOT / "templates"
SLICES = {"access", "programme", "bank", "papers", "sittings", "results", "oversight"}
# Whole pages that belong to no slice: rendered by the kernel and by main.
ITS_OWN = {"service/kernel/problems.py", "service/main.py"}
LONGEST_FILE, LONGEST_FUNCTION = 250, 60


# --- templates ---


def rendered() -> dict[str, set[str]]:
    """The templates that code renders, by the file that does."""
    found: dict[str, set[str]] = {}
    for path in SERVICE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _is_page(node.func) and len(node.args) > 1:
                (name,) = [one.value for one in ast.walk(node.args[1]) if isinstance(one, ast.Constant)]
                found.setdefault(str(path.relative_to(ROOT)), set()).add(str(name))
    return found


def _is_page(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and function.attr == "page" and ast.unparse(function) == "rendering.page"


def templates() -> set[str]:
    return {str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html") if "static" not in path.parts}


def referenced() -> set[str]:
    """The templates that other templates extend, include or import."""
    environment = jinja2.Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"])
    found = set()
    for name in templates():
        tree = environment.parse(text_of(name))
        found |= {str(one) for one in meta.find_referenced_templates(tree)}
    return found


def test_every_template_compiles() -> None:
    assert {name for name in rendering.compile_all() if not name.startswith("static/")} == templates()
    assert "access/sign_in.html" in templates()


def test_every_page_that_code_renders_has_its_template() -> None:
    named = {name for names in rendered().values() for name in names}

    assert {"access/sign_in.html", "sittings/board.html", "problem.html"} <= named
    assert named - templates() == set()


def test_no_template_is_unused() -> None:
    used = {name for names in rendered().values() for name in names} | referenced()

    assert "base.html" in used
    assert templates() - used == set()


def test_what_templates_extend_and_include_is_there() -> None:
    assert referenced() - templates() == set()


def test_a_slice_renders_the_templates_of_its_own_folder() -> None:
    strangers = {
        (file, name)
        for file, names in rendered().items()
        for name in names
        if file not in ITS_OWN and name.split("/")[0] != file.split("/")[1]
    }

    assert strangers == set()
    assert {file.split("/")[1] for file in rendered() if file not in ITS_OWN} <= SLICES


# --- what came from elsewhere ---

VENDOR = TEMPLATES / "static" / "vendor"


def manifest() -> dict[str, dict[str, str]]:
    return {entry["file"]: entry for entry in json.loads((VENDOR / "MANIFEST.json").read_text(encoding="utf-8"))}


def test_vendored_files_are_the_ones_in_the_manifest_to_the_byte() -> None:
    present = {
        str(path.relative_to(VENDOR)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "MANIFEST.json"
    }

    assert "pico/pico.min.css" in present
    assert present == {name: entry["sha256"] for name, entry in manifest().items()}


def test_vendored_packages_come_with_version_and_licence_text() -> None:
    folders: dict[str, set[str]] = {}
    for name, entry in manifest().items():
        assert entry["version"] and entry["licence"], name
        folders.setdefault(name.split("/")[0], set()).add(Path(name).name)

    assert [folder for folder, names in folders.items() if not any("LICENSE" in name for name in names)] == []


def test_no_page_loads_anything_from_elsewhere() -> None:
    """The content security policy would refuse it; a mine has no internet anyway."""
    foreign = re.compile(r"""(?:src|href|action)\s*=\s*["'](?:https?:)?//[^"']*""")
    assert foreign.search('<script src="https://cdn.example/x.js">')

    assert {name: found for name in templates() if (found := foreign.findall(text_of(name)))} == {}


@pytest.mark.parametrize(
    ("pattern", "example", "allowed"),
    [
        # Data for scripts travels as JSON, which no browser runs.
        pytest.param(
            r"<script(?![^>]*(\bsrc=|application/json))[^>]*>", "<script>go()</script>", set(), id="script in the page"
        ),
        pytest.param(r"\sstyle\s*=\s*[\"']", "<p style='color: red'>", set(), id="style attribute"),
        pytest.param(r"\son[a-z]+\s*=\s*[\"']", "<p onclick='go()'>", set(), id="event attribute"),
        # The QR code of a certificate is drawn by us.
        pytest.param(r"\|\s*safe\b", "{{ name|safe }}", {"results/certificate.html"}, id="unescaped text"),
    ],
)
def test_no_template_contains(pattern: str, example: str, allowed: set[str]) -> None:
    """What the content security policy forbids, and the one filter that would let a name become markup."""
    assert re.search(pattern, example)

    assert {name for name in templates() if re.search(pattern, text_of(name))} == allowed


def text_of(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


# --- sizes ---


def code() -> Iterator[Path]:
    return (path for path in SERVICE.rglob("*.py") if "versions" not in path.parts)


def functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def test_no_file_is_longer_than_can_be_read_at_a_sitting() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in code()}

    assert len(lengths) > 100
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    lengths = {f"{path.relative_to(ROOT)}:{name}": length for path in code() for name, length in functions(path)}

    assert len(lengths) > 500
    assert {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION} == {}


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT)) for path in code() if not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]

    assert silent == []
