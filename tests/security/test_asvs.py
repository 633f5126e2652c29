"""OWASP ASVS 5.0, levels 1 and 2, requirement by requirement: what each names as meeting it is really there.

The table is ``asvs.toml``; beneath are the few requirements that a look at the code itself meets.
"""

import ast
import re
import ssl
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from service import schema
from service.access.tables import Account
from service.kernel import database
from service.kernel.settings import ROOT
from service.main import create_app
from tests.conftest import application

TABLE = ROOT / "tests" / "security" / "asvs.toml"
# How many there are of each level, by chapter (OWASP ASVS 5.0.0).
COUNTS = {
    "V1": 27, "V2": 11, "V3": 19, "V4": 10, "V5": 9, "V6": 35, "V7": 18, "V8": 7, "V9": 7,
    "V10": 29, "V11": 14, "V12": 9, "V13": 13, "V14": 9, "V15": 13, "V16": 16, "V17": 7,
}  # fmt: skip
STANDINGS = ("met", "no", "unmet", "under_way")


def requirements() -> dict[str, dict[str, Any]]:
    chapters = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return {number: one for rows in chapters.values() for number, one in rows.items()}


def standing(one: dict[str, Any]) -> str:
    (found,) = [name for name in STANDINGS if name in one]
    return found


def is_there(place: str) -> bool:
    """Whether a test of this name exists, or a file holds this text."""
    if "::" in place:
        where, name = place.split("::")
        path = ROOT / "tests" / f"{where}.py"
        return path.is_file() and re.search(rf"def test_{name}\(", path.read_text(encoding="utf-8")) is not None
    where, text = place.split(":", 1)
    path = ROOT / where
    return path.is_file() and text in path.read_text(encoding="utf-8")


def test_every_requirement_stands_in_the_table() -> None:
    chapters = tomllib.loads(TABLE.read_text(encoding="utf-8"))

    assert {chapter: len(rows) for chapter, rows in chapters.items()} == COUNTS
    assert all(number.startswith(f"{chapter[1:]}.") for chapter, rows in chapters.items() for number in rows)
    assert {one["level"] for one in requirements().values()} == {1, 2}


def test_what_meets_a_requirement_is_there() -> None:
    missing = {
        number: [place for place in one["met"] if not is_there(place)]
        for number, one in requirements().items()
        if standing(one) == "met"
    }

    assert {number: places for number, places in missing.items() if places} == {}
    assert not is_there("kernel/test_sealing::a_test_that_there_is_not") and not is_there("README.md:no such text")
    assert all(one["met"] for one in requirements().values() if standing(one) == "met")


def test_nearly_all_that_applies_is_met(capsys: pytest.CaptureFixture[str]) -> None:
    counts = {name: sum(standing(one) == name for one in requirements().values()) for name in STANDINGS}
    share = counts["met"] / (counts["met"] + counts["unmet"])
    everything = counts["met"] / (sum(counts.values()) - counts["no"])
    with capsys.disabled():
        print(f"\nASVS 5.0 L1+L2: {counts}; {share:.1%} met, {everything:.1%} with what is under way")  # noqa: T201

    assert share >= 0.95


def test_what_is_not_met_is_told() -> None:
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| V(\d+\.\d+\.\d+) \|", text, re.MULTILINE))

    assert told == {number for number, one in requirements().items() if standing(one) in ("unmet", "under_way")}


# --- met by the code as it stands ---


def sources(folder: str = "service") -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted((ROOT / folder).rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def calls(tree: ast.Module) -> set[str]:
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


def imports(tree: ast.Module) -> set[str]:
    found = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return found | {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


SHELLS = {
    "eval",
    "exec",
    "os.system",
    "os.popen",
    "pickle.loads",
    "pickle.load",
    "yaml.load",
    "marshal.loads",
    "compile",
}


def test_the_service_starts_no_shell_and_evaluates_nothing() -> None:
    found = {path.name: calls(tree) & SHELLS for path, tree in sources()}

    assert {name: names for name, names in found.items() if names} == {}
    assert calls(ast.parse("import os\nos.system('x')")) & SHELLS == {"os.system"}
    starting = {str(path.relative_to(ROOT)) for path, tree in sources() if "subprocess" in imports(tree)}
    # A process of our own that assembles, by a list of arguments and a code that we drew; and the build's own number.
    assert starting == {"service/papers/api/jobs.py", "service/kernel/build.py"}
    assert all("shell=True" not in path.read_text(encoding="utf-8") for path, _ in sources())


CONNECTING = {"httpx2", "httpx", "requests", "urllib.request", "http.client", "socket", "smtplib", "ftplib", "aiohttp"}


def test_the_service_opens_no_connection_of_its_own() -> None:
    found = {str(path.relative_to(ROOT)): imports(tree) & CONNECTING for path, tree in sources()}

    # The witness is a program by itself, on another body's machine; it asks the address that it is started with. A job
    # notes on which machine it runs; how much of an answer was taken is asked of the connection that came.
    assert {name: names for name, names in found.items() if names} == {
        "service/witness.py": {"urllib.request"},
        "service/papers/actions/jobs.py": {"socket"},
        "service/kernel/taking.py": {"socket"},
    }
    assert _used("service/papers/actions/jobs.py") == {"gethostname"}
    assert all(name.isupper() for name in _used("service/kernel/taking.py")), "names of options, and no socket is made"


def _used(path: str) -> set[str]:
    """What a file takes from the module of sockets."""
    return set(re.findall(r"\bsocket\.(\w+)", (ROOT / path).read_text(encoding="utf-8")))


def test_no_regular_expression_is_built_from_input() -> None:
    built = [
        f"{path.name}: {ast.unparse(node)}" for path, tree in sources() for node in ast.walk(tree) if _is_built(node)
    ]

    assert built == []
    for one in ("re.match(f'{asked}.', x)", "re.match('a' + b, x)"):
        assert _is_built(ast.parse(one, mode="eval").body)


def _is_built(node: ast.AST) -> bool:
    """Whether an expression is put together of anything but constants, which have names in capitals."""
    if not (isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re.")) or not node.args:
        return False
    pattern = node.args[0]
    names = {part.id for part in ast.walk(pattern) if isinstance(part, ast.Name)}
    return isinstance(pattern, ast.JoinedStr | ast.BinOp) and not all(name.isupper() for name in names)


WEAK = re.compile(r"\b(md5|sha1|MODE_ECB|modes\.ECB|PKCS1v15|TripleDES|Blowfish|ARC4|SHA1|MD5)\b")


def test_no_weak_cryptography_is_named_in_the_code() -> None:
    # One-time codes are HMAC-SHA-1 (RFC 6238), the one kind that every authenticator knows; collisions do not help.
    assert [path.name for path, _ in sources() if WEAK.search(path.read_text(encoding="utf-8"))] == ["one_time.py"]
    assert WEAK.search("hashes.SHA1()") and WEAK.search("modes.ECB(x)")


def test_nothing_runs_in_debug_mode() -> None:
    assert create_app().debug is False
    assert [
        path.name for path, _ in sources() if re.search(r"debug=True|reload=True", path.read_text(encoding="utf-8"))
    ] == []


def test_no_password_has_an_age() -> None:
    columns = schema.metadata.tables["access_account"].columns.keys()

    assert [name for name in columns if "password" in name] == ["password_hash"]


def test_an_empty_installation_has_no_account(empty_url: str) -> None:
    with database.reading() as session:
        assert session.exec(select(Account)).all() == []


def test_our_server_speaks_only_modern_tls() -> None:
    """What uvicorn makes of our certificate: Python's server context, which refuses everything before TLS 1.2."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

    assert context.minimum_version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)
    weak = re.compile(r"RC4|3DES|NULL|EXPORT|MD5|anon", re.IGNORECASE)
    assert [cipher["name"] for cipher in context.get_ciphers() if weak.search(cipher["name"])] == []


SENSITIVE = re.compile(r"password|secret|citizen|id_tail|token|phone", re.IGNORECASE)
# A page's own key in every address of a Safe Exam Browser sitting; worth nothing without the session's cookie.
KNOWN_IN_ADDRESSES = {"t"}


def test_no_address_asks_for_what_is_sensitive() -> None:
    asked = {
        parameter["name"]
        for operations in application().openapi()["paths"].values()
        for operation in operations.values()
        for parameter in operation.get("parameters", [])
    }

    assert {name for name in asked if SENSITIVE.search(name)} == set()
    assert {"class_id", "paper_id"} <= asked and SENSITIVE.search("id_tail")


def scripts() -> dict[str, str]:
    folder = ROOT / "templates" / "static" / "js"
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.js"))}


def test_no_script_of_ours_writes_html_from_text() -> None:
    writing = re.compile(r"(inner|outer)HTML\s*\+?=[^=]|insertAdjacentHTML|document\.write|new Function|\beval\(")

    assert {name for name, text in scripts().items() if writing.search(text)} == set()
    assert len(scripts()) > 40


def test_no_script_of_ours_listens_to_other_windows() -> None:
    """Messages come from our own worker, which no other origin can reach; never from a window."""
    listening = re.compile(r"window\.addEventListener\(\s*[\"']message|window\.onmessage|parent\.postMessage")

    assert {name for name, text in scripts().items() if listening.search(text)} == set()


def test_no_script_of_ours_merges_objects_from_outside() -> None:
    merging = re.compile(r"__proto__|\.prototype\[|constructor\[|deepMerge|lodash")

    assert {name for name, text in scripts().items() if merging.search(text)} == set()
